"""Sees that a network was reset, and begins its next epoch.

Asked of the Horizon itself: is its latest ledger about where it was, and is a ledger we kept still the same? It takes two
looks that agree. Until they do nothing of the network is recorded, so that no row of the next epoch is stored in this one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from stellarmap_common.domain.network import FIRST_EPOCH, NetworkKey
from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import NetworkReset, SourceRejected, SourceUnavailable, TransientError
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.epoch_store import Epoch, EpochStore, KeptLedger
from stellarmap_common.ports.horizon import HorizonApi, Record, latest_ledger
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.runtime.epochs import Epochs
from stellarmap_ingest_horizon.reset_rules import (
    has_fallen,
    is_out_of_history,
    reset_reason,
    worth_keeping,
)
from stellarmap_ingest_horizon.shared import Shared

log = structlog.get_logger(__name__)

FRESH_S = 30.0  # so long a look answers for what is read; a call that fails ends that at once
AGAIN_S = 15.0  # between two looks that must agree
KEPT_S = 3_600.0  # the kept ledger is read again, and a later one kept
TURN_S = 5.0
LANE = Lane.USER  # steps of every lane wait for the same look

_NEVER = float("-inf")


@dataclass(slots=True)
class _Seen:
    """What the looks at one epoch came to, in seconds of the monotonic clock."""

    looked_at: float = _NEVER
    confirmed_at: float = _NEVER
    kept_at: float = _NEVER  # when the kept ledger was last known again
    suspected_at: float | None = None
    doubts: int = 0
    looking: Shared = field(default_factory=Shared)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One look at a network, in an epoch."""

    network: Network
    epoch: Epoch
    seen: _Seen
    horizon: HorizonApi
    root: Record
    doubts: int  # there were when it began

    @property
    def latest(self) -> int:
        """The latest ledger there is now."""
        return latest_ledger(self.root)

    async def has(self, kept: KeptLedger) -> bool | None:
        """Whether the ledger of that number is that one; None when there is none."""
        ledger = await self.horizon.ledger(kept.sequence, LANE)
        return None if ledger is None else ledger.get("hash") == kept.hash

    async def lasting(self) -> KeptLedger | None:
        """A ledger worth keeping."""
        sequence = worth_keeping(self.root)
        ledger = await self.horizon.ledger(sequence, LANE) if sequence else None
        return KeptLedger(sequence, str(ledger["hash"])) if sequence and ledger and ledger.get("hash") else None


class ResetWatch:
    """Looks at networks that reset: while steps read them, and every `every_s` besides."""

    def __init__(
        self,
        networks: Networks,
        store: EpochStore,
        horizon: Callable[[NetworkKey], HorizonApi],
        clock: Clock,
        *,
        every_s: float,
    ) -> None:
        self._networks = networks
        self._store = store
        self._horizon = horizon
        self._clock = clock
        self._every_s = every_s
        self._fresh_s = min(FRESH_S, every_s)
        self._again_s = min(AGAIN_S, every_s)
        self._epochs = Epochs(networks, store)
        self._seen: dict[NetworkKey, _Seen] = {}

    async def confirm(self, key: NetworkKey) -> None:
        """Returns once a look not older than 30 s says that what the Horizon tells is of this epoch.

        Whoever comes while one is made has its outcome: nobody waits for more than one, and one that fails fails for all.
        Raises: NetworkReset (it is over), SourceUnavailable (perhaps it is), RateLimited.
        """
        network = self._current(key)
        if network is None or network.epoch is None:
            return
        seen = self._seen.setdefault(key, _Seen())
        if self._since(seen.confirmed_at) > self._fresh_s:
            await self._look(network, seen)
        self._current(key)

    def doubt(self, key: NetworkKey) -> None:
        """Afterwards no earlier look counts: a call failed, and a network that is reset is away for a while."""
        if key in self._seen:
            self._seen[key].confirmed_at = _NEVER
            self._seen[key].doubts += 1

    async def look_around(self) -> None:
        """Afterwards each network that resets was looked at as often as it should be, if anything of it was ever read."""
        for network in self._networks:
            if network.epoch is None or network.began_at is None:
                continue
            seen = self._seen.setdefault(network.key, _Seen())
            if self._since(seen.looked_at) < (self._every_s if seen.suspected_at is None else self._again_s):
                continue
            try:
                await self._look(network, seen)
            except NetworkReset:
                pass  # told where it was seen
            except TransientError as error:
                log.info("epoch_not_confirmed", network=network.key, reason=str(error))

    def _current(self, key: NetworkKey) -> Network | None:
        network = self._networks.of(key)
        if network and not network.current:
            raise NetworkReset(network.over)
        return network

    async def _look(self, network: Network, seen: _Seen) -> None:
        await seen.looking.run(lambda: self._look_at(network, seen))

    async def _look_at(self, network: Network, seen: _Seen) -> None:
        """Confirms the epoch. Raises: as `confirm`."""
        self._hold_back_suspects(network, seen)
        seen.looked_at = self._clock.monotonic()
        try:
            await self._judge(await self._asked(network, seen))
        except SourceRejected as error:  # at fault is the network's Horizon, not the step that has to wait for it
            raise SourceUnavailable(f"Whether {network.name} was reset cannot be seen: {error}") from error

    async def _asked(self, network: Network, seen: _Seen) -> _Look:
        doubts, horizon = seen.doubts, self._horizon(network.key)
        root = _usable(network, await horizon.root(LANE))
        epoch = await self._stored(network, latest_ledger(root))
        return _Look(network=network, epoch=epoch, seen=seen, horizon=horizon, root=root, doubts=doubts)

    async def _judge(self, look: _Look) -> None:
        network, seen = look.network, look.seen
        known_again = await self._known_again(look)
        reason = reset_reason(look.epoch, look.latest, known_again=known_again)
        if reason is None and not known_again and has_fallen(look.epoch, look.latest):
            seen.suspected_at, seen.confirmed_at = None, _NEVER
            raise SourceUnavailable(_behind(look))
        if reason is None:
            await self._confirmed(look, known_again=known_again)
        elif seen.suspected_at is None:
            seen.suspected_at, seen.confirmed_at = self._clock.monotonic(), _NEVER
            log.warning("network_perhaps_reset", network=network.key, reason=reason)
            self._hold_back_suspects(network, seen)
        else:
            await self._refuse_the_epoch_before(look)
            await self._begin_next(look, reason)

    def _hold_back_suspects(self, network: Network, seen: _Seen) -> None:
        if seen.suspected_at is None:
            return
        left_s = self._again_s - self._since(seen.suspected_at)
        if left_s > 0:
            told = f"{network.name} may have been reset: it is looked at again before anything of it is recorded."
            raise SourceUnavailable(told, retry_after_s=left_s)

    async def _stored(self, network: Network, latest: int) -> Epoch:
        """The epoch as it is stored; it is, if it was not. Raises: NetworkReset, when another process began the next."""
        found = await self._epochs_of(network)
        if not found:
            first = Epoch(network=network.name, number=FIRST_EPOCH, began_at=self._clock.now(), highest=latest)
            await self._store.begin(first)
            found = await self._epochs_of(network)
        await self._epochs.learn()
        self._current(network.key)
        return found[-1]

    async def _epochs_of(self, network: Network) -> list[Epoch]:
        return [epoch for epoch in await self._store.epochs() if epoch.network is network.name]

    async def _known_again(self, look: _Look) -> bool | None:
        """Whether the kept ledger has the hash it had; None when there is no need to ask, or no such ledger."""
        epoch, seen = look.epoch, look.seen
        if epoch.kept is None or (self._since(seen.kept_at) < KEPT_S and not has_fallen(epoch, look.latest)):
            return None
        return await look.has(epoch.kept)

    async def _confirmed(self, look: _Look, *, known_again: bool | None) -> None:
        epoch, seen, kept = look.epoch, look.seen, None
        if known_again or epoch.kept is None or is_out_of_history(epoch.kept, look.root):
            kept = await look.lasting()
            seen.kept_at = self._clock.monotonic()
        if kept or look.latest > epoch.highest:
            await self._store.note(epoch.network, epoch.number, highest=look.latest, kept=kept)
        seen.suspected_at = None
        if seen.doubts != look.doubts:
            raise SourceUnavailable(
                f"A call to {look.network.name} failed while it was looked at: it is looked at again."
            )
        seen.confirmed_at = self._clock.monotonic()

    async def _refuse_the_epoch_before(self, look: _Look) -> None:
        """Raises: SourceUnavailable, when this is the network as it was before the last reset: that never comes back."""
        for before in await self._epochs_of(look.network):
            if before.number == look.epoch.number - 1 and before.kept and await look.has(before.kept):
                told = f"Horizon at {look.horizon.base_url} answers as {look.network.name} did before it was reset."
                raise SourceUnavailable(told)

    async def _begin_next(self, look: _Look, reason: str) -> None:
        """Raises: NetworkReset. Whoever else saw it too may have been first; there is one next epoch."""
        following = Epoch(
            network=look.network.name,
            number=look.epoch.number + 1,
            began_at=self._clock.now(),
            reason=reason,
            highest=look.latest,
        )
        if await self._store.begin(following):
            log.warning("network_reset", network=look.network.name, epoch=following.number, reason=reason)
        failpoint("after_epoch_began")
        await self._epochs.learn()
        self._seen.pop(look.network.key, None)
        self._current(look.network.key)

    def _since(self, moment: float) -> float:
        return self._clock.monotonic() - moment


def _behind(look: _Look) -> str:
    return (
        f"{look.network.horizon_url} is at ledger {look.latest}, {look.epoch.highest - look.latest} behind what it was, and "
        f"does not have the ledger by which {look.network.name} is known again: nothing is recorded until it catches up."
    )


def _usable(network: Network, root: Record) -> Record:
    """The root, if it says enough. Raises: SourceUnavailable."""
    if root.get("network_passphrase", network.passphrase) != network.passphrase:
        raise SourceUnavailable(f"{network.horizon_url} answers, but for another network.")
    if not latest_ledger(root):
        raise SourceUnavailable(f"Horizon at {network.horizon_url} has just started and does not know its ledgers yet")
    return root
