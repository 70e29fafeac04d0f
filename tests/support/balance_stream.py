"""Balances as one seed draws them, kept in a file: whoever feeds a tracker with them feeds it the same ones again."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

import msgspec

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import DEFAULT_THRESHOLDS_XLM
from stellarmap_common.events.standings import BalanceUpdated
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.publisher import EventPublisher
from tests.support.stores import PUBLIC, address
from tests.support.tracked import BEGAN, balance

PORTION = 100  # balances that are published together
LASTS = timedelta(days=3)  # in the tracker's time: the second of its midnights ends four weeks
# No machine's clock is there yet: a tracker that looks at it late would close a day by it, which no two runs do alike.
BEGINS = BEGAN + timedelta(days=28 * 1_000)
ENDS = BEGINS + LASTS  # the time of the last balance, and of no other

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(BalanceUpdated).decode


@dataclass(frozen=True, slots=True)
class Stream:
    """All accounts are told, the largest first; then they win, lose, leave, are merged, told again, and told late."""

    seed: int
    accounts: int
    updates: int

    def __len__(self) -> int:
        """How many balances it tells."""
        return self.accounts + self.updates + 1

    def addresses(self) -> list[Address]:
        return [address(f"high {number}") for number in range(self.accounts)]

    def balances(self) -> Iterator[BalanceUpdated]:
        """The same ones for the same stream."""
        yield from _Drawn(self).all()

    def write(self, file: Path) -> None:
        """Afterwards they stand in the file, each in a line."""
        with file.open("wb") as written:
            for each in self.balances():
                written.write(_encode(each) + b"\n")


class _Drawn:
    def __init__(self, stream: Stream) -> None:
        self._chance = random.Random(f"{stream}")
        self._stream = stream
        self._xlm = [self._wealth() for _ in range(stream.accounts)]
        self._versions = [0] * stream.accounts
        self._version = 1_000
        self._told: list[BalanceUpdated] = []

    def all(self) -> Iterator[BalanceUpdated]:
        for number in sorted(range(self._stream.accounts), key=self._xlm.__getitem__, reverse=True):
            yield self._tell(number, timedelta(0), discovered=True)
        for update in range(self._stream.updates):
            yield self._something(LASTS * update / self._stream.updates)
        yield self._tell(0, LASTS)

    def _something(self, after: timedelta) -> BalanceUpdated:
        number, what = self._chance.randrange(self._stream.accounts), self._chance.random()
        if what < 0.04:
            return self._chance.choice(self._told)
        if what < 0.07:
            return self._tell(number, after, version=self._versions[number] - self._chance.choice((1, 10)))
        if what < 0.09:
            self._xlm[number] = 0.0
        elif what < 0.2 or not self._xlm[number]:
            self._xlm[number] = self._wealth()
        else:
            self._xlm[number] *= self._chance.gauss(1, 0.03)
        return self._tell(number, after - self._chance.choice((0, 0, 0, 1)) * timedelta(minutes=10))

    def _tell(
        self, number: int, after: timedelta, *, version: int | None = None, discovered: bool = False
    ) -> BalanceUpdated:
        if version is None:
            self._version += 10
            version = self._versions[number] = self._version
        told = balance(
            f"high {number}",
            self._xlm[number],
            version,
            BEGINS + after,
            network=PUBLIC,
            created_op=number % 50 << 32,
            discovered=discovered,
            home_domain=f"{number % 100}.example" if number % 3 else None,
            covers_ledger=version // 10 if self._chance.random() < 0.001 else None,
            covers_xlm=DEFAULT_THRESHOLDS_XLM[0],
        )
        self._told.append(told)
        return told

    def _wealth(self) -> float:
        """Many are alike, some below the lowest threshold, few above the highest."""
        return round(8_000 * self._chance.paretovariate(0.9), self._chance.choice((-3, 7)))


def written(file: Path, first: int = 0) -> Iterator[BalanceUpdated]:
    """The balances of a file, from that one on."""
    with file.open("rb") as lines:
        yield from map(_decode, islice(lines, first, None))


async def feed(publisher: EventPublisher, balances: Iterator[BalanceUpdated], clock: Clock, per_s: float) -> None:
    """Afterwards all are published in their order, so many a second if that can be."""
    began, fed = clock.monotonic(), 0
    while portion := tuple(islice(balances, PORTION)):
        if (early_s := began + fed / per_s - clock.monotonic()) > 0:
            await clock.sleep(early_s)
        await publisher.publish(*portion)
        fed += len(portion)
