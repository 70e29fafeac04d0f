"""Poison among many records: all of it is set aside with its reason, no good one is, and no partition stands still for it."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.ports.dead_letters import DeadLetterEntry
from tests.support.bus import (
    GROUP,
    PUBLIC,
    REQUESTED,
    SANDBOX,
    EmbeddedBackend,
    Handled,
    OpenedBus,
    address,
    asked,
    on,
    until,
    until_read,
)
from tests.support.harness import progress
from tests.support.poison import OTHER_NETWORK, POISONS

ONE_IN = 100
TOGETHER = 100
LONGEST_HELD_S = 5.0
WITHIN_S = 240.0
KINDS = tuple(POISONS)


class Seen:
    """A handler that notes when it came to each partition."""

    def __init__(self) -> None:
        self.handled = Handled(self._first)
        self.times: defaultdict[str, list[float]] = defaultdict(list)

    async def _first(self, event: AccountRequested) -> None:
        self.times[event.key].append(time.monotonic())

    def longest_held_s(self, began: float) -> float:
        """The longest time in which a key with records waited for its next one."""
        return max(later - earlier for times in self.times.values() for earlier, later in pairwise((began, *times)))


async def test_a_hundredth_of_poison_harms_no_good_record_and_can_be_given_back(tmp_path: Path) -> None:
    await poisoned(tmp_path, 3_000)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_a_hundredth_of_poison_among_20_000_records_harms_none(tmp_path: Path) -> None:
    await poisoned(tmp_path, 20_000)


async def poisoned(folder: Path, count: int) -> None:
    """Publishes so many, a hundredth of them poison; then a kind of it is mended, and all is given back."""
    put = Counter(KINDS[number % len(KINDS)] for number in range(count // ONE_IN))
    seen = Seen()
    async with EmbeddedBackend(folder).open() as bus, bus.running(on(REQUESTED, seen.handled)):
        began = time.monotonic()
        good = await publish(bus, count)
        await until_all_read(bus)
        took_s = time.monotonic() - began
        letters = await every_letter(bus)
    held_s = seen.longest_held_s(began)
    assert Counter(seen.handled.ids) == Counter(good)
    assert Counter(kind_of(letter) for letter in letters) == put
    assert held_s < LONGEST_HELD_S
    progress(f"{count:,} records in {took_s:.1f} s, {len(letters)} dead letters; longest wait of a key {held_s:.2f} s")
    mended = await given_back(folder, letters)
    assert mended == put["an unknown network"]


async def given_back(folder: Path, letters: Sequence[DeadLetterEntry]) -> int:
    """How many are handled when all is given back to a group that knows one network more."""
    seen = Seen()
    backend = EmbeddedBackend(folder, frozenset({SANDBOX, PUBLIC, OTHER_NETWORK}))
    async with backend.open() as bus, bus.running(on(REQUESTED, seen.handled)):
        for at in range(0, len(letters), TOGETHER):
            assert await bus.bus.dead_letters.replay([letter.id for letter in letters[at : at + TOGETHER]]) == ()
        bad = sum(kind_of(letter) != "an unknown network" for letter in letters)
        label = {"group": GROUP, "topic": REQUESTED.name, "reason": "undecodable"}
        await until(lambda: bus.counted("stellarmap_events_dead_lettered_total", **label) == bad, "the rest", WITHIN_S)
        await seen.handled.all(len(letters) - bad)
        now = await every_letter(bus)
    assert len(now) == len(letters) + bad
    assert sum(letter.replayed_at is not None for letter in now) == len(letters)
    assert {event.network for event in seen.handled.events} == {OTHER_NETWORK}
    return len(seen.handled.events)


async def publish(bus: OpenedBus, count: int) -> list[str]:
    """So many records, the poison at random places of every partition. The ids of the good ones."""
    drawn = Random(count)
    bad = set(drawn.sample(range(count), count // ONE_IN))
    kinds = iter(KINDS * count)
    good: list[str] = []
    for numbers in _parts(count):
        events = [asked(number % 500, f"{number:06}") for number in numbers if number not in bad]
        await bus.publish(*events)
        good += [event.id for event in events]
        for _ in range(sum(number in bad for number in numbers)):
            value, headers, _ = POISONS[next(kinds)]
            key = f"{SANDBOX}:{address(drawn.randrange(500))}".encode()
            await bus.put(REQUESTED, value, headers, key=key)
    return good


async def until_all_read(bus: OpenedBus) -> None:
    await until_read(bus, within_s=WITHIN_S)


async def every_letter(bus: OpenedBus) -> list[DeadLetterEntry]:
    """All dead letters, page by page."""
    found: list[DeadLetterEntry] = []
    while page := await bus.bus.dead_letters.entries(limit=TOGETHER, before=found[-1].mark if found else None):
        found += page
    return found


def kind_of(letter: DeadLetterEntry) -> str:
    """The kind of poison whose reason it carries."""
    (kind,) = [
        kind for kind, (value, _, reason) in POISONS.items() if reason in letter.reason and value == letter.value
    ]
    return kind


def _parts(count: int) -> Iterator[range]:
    return (range(at, min(at + TOGETHER, count)) for at in range(0, count, TOGETHER))
