"""The chain of creators, read from stored facts: from an account's present life to genesis, or to where knowledge ends.

A stored creation answers only when the creator step of its account is complete: before, an earlier life may be missing. Where
nobody began that step, an import of the whole network stands for it.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from stellarmap_common.domain.creation import (
    Creation,
    Incarnation,
    UnplacedCreation,
    creator_incarnation,
    genesis_creation,
    incarnations,
)
from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.domain.strkey import is_contract
from stellarmap_common.lineage.imported import Imported
from stellarmap_common.lineage.run_rules import is_answered, may_reopen
from stellarmap_common.ports.known_store import Known
from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.run_store import Run, RunState
from stellarmap_common.ports.stores import Stores

CREATORS_KEPT = 4_096  # the latest used: those near genesis, which almost every chain goes through
LIVES_KEPT = 16  # of each: hardly any account was created more than once


class WalkState(StrEnum):
    """How a walk ended."""

    GENESIS = "genesis"
    CONTRACT = "contract"  # the last hop was created by a contract, which has no creator of its own
    UNKNOWN = "unknown"  # with a reason
    PENDING = "pending"  # a creator step has still to run


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What is known of an account's chain now."""

    hops: tuple[Incarnation, ...]  # the account's present life first, then the life of its creator that made it, …
    state: WalkState
    pending: AccountRef | None = None  # whose creator step is still to run
    begun: bool = False  # somebody has taken the run of that step
    reason: str | None = None  # why the chain ends unknown


@dataclass(frozen=True, slots=True)
class _NoLife:
    """Why a walk goes no further: a step is still to run, or its outcome is known and holds no life."""

    pending: AccountRef | None = None
    begun: bool = False
    reason: str | None = None


class Walker:
    """Walks chains. Keeps what can no longer change of a bounded number of creators: which life made exact creations."""

    def __init__(self, stores: Stores, networks: Networks, hears: Callable[[], bool] = lambda: True) -> None:
        self._stores = stores
        self._networks = networks
        self._imported = Imported(stores)
        self._hears = hears  # facts that others store are told here (`forget`): nothing is kept before
        # Lives of creators by the operation that began them, each with the latest one in which it is known to have made
        # an account: it made all accounts in between.
        self._lives: OrderedDict[AccountRef, dict[int, tuple[Incarnation, int]]] = OrderedDict()
        self._imports = 0  # seen: what was read before one is not kept after it

    async def walk(self, account: AccountRef, retrying: str | None = None, known: Known | None = None) -> Walk:
        """The chain of the account. With `retrying`, fruitless steps that this request has not reopened count as pending.

        `known`: what the caller has just read of the account, to spare reading it twice.
        """
        hops: dict[Creation, Incarnation] = {}
        at, child = account, None
        while True:
            life = await self._life(at, child, hops, retrying, known if child is None else None)
            if isinstance(life, _NoLife):
                state = WalkState.PENDING if life.pending else WalkState.UNKNOWN
                return Walk(
                    hops=tuple(hops.values()), state=state, pending=life.pending, begun=life.begun, reason=life.reason
                )
            child = life.creation
            hops[child] = life
            if child.creator is None:
                return Walk(hops=tuple(hops.values()), state=WalkState.GENESIS)
            if is_contract(child.creator):
                return Walk(hops=tuple(hops.values()), state=WalkState.CONTRACT)
            at = AccountRef(at.network, child.creator)

    def forget(self, account: AccountRef) -> None:
        """Drops the kept lives of this account: a fact of it was stored, perhaps the end of one of them."""
        self._lives.pop(account, None)

    def forget_network(self, network: NetworkKey) -> None:
        """Drops all kept lives of its accounts: an import has stored facts, which nobody tells one by one."""
        self._imports += 1
        for account in [each for each in self._lives if each.network == network]:
            del self._lives[account]

    async def _life(
        self,
        account: AccountRef,
        child: Creation | None,
        walked: Collection[Creation],
        retrying: str | None,
        known: Known | None,
    ) -> Incarnation | _NoLife:
        """The life of the account that made `child`; its present one if None."""
        if self._is_genesis(account):
            return Incarnation(genesis_creation(account))
        if child and (kept := self._kept(account, child)):
            return kept
        hears, imports = self._hears(), self._imports  # before it is read: what is stored from then on is told
        known = known or await self._stores.known.known_of(account)
        run = known.creator_run
        if not await self._is_read(known, account, child, retrying):
            return self._unread(account, begun=run is not None)
        if run and run.state is RunState.FAILED:
            return _NoLife(reason=run.progress.reason or f"the creator step of {account.address} failed")
        life = _known_life(known, child, walked)
        if life is None:  # an import does not know what contracts created: then its step is to run all the same
            return _NoLife(reason=_why_unknown(run, account, child)) if run else self._unread(account, begun=False)
        sure = hears and imports == self._imports
        if sure and child and child.exact and life.creation.exact and life == _known_life(known, child, ()):
            self._keep(account, child, life)
        return life

    async def _is_read(self, known: Known, account: AccountRef, child: Creation | None, retrying: str | None) -> bool:
        """True when what is stored answers: the creator step has told all, or an import of the network has."""
        run = known.creator_run
        if run is None:
            return await self._imported.knows(known, account.network, child)
        return is_answered(run) and not (retrying and may_reopen(run, retrying))

    def _unread(self, account: AccountRef, *, begun: bool) -> _NoLife:
        """Its creator step is still to run, unless its network was reset: then it never will."""
        network = self._networks.of(account.network)
        if network is None or network.current:
            return _NoLife(pending=account, begun=begun)
        return _NoLife(reason=f"{network.over}, and {account.address} had not been read by then")

    def _is_genesis(self, account: AccountRef) -> bool:
        network = self._networks.of(account.network)
        return network is not None and network.genesis == account

    def _kept(self, account: AccountRef, child: Creation) -> Incarnation | None:
        """The kept life of the account that made `child`."""
        lives = self._lives.get(account) if child.exact else None
        if lives is None:
            return None
        self._lives.move_to_end(account)
        made = [began for began, (_, latest) in lives.items() if began < child.created_op <= latest]
        return lives[max(made)][0] if made else None

    def _keep(self, account: AccountRef, child: Creation, life: Incarnation) -> None:
        lives = self._lives.setdefault(account, {})
        began = life.creation.created_op
        _, latest = lives.pop(began, (life, 0))
        lives[began] = life, max(latest, child.created_op)
        if len(lives) > LIVES_KEPT:
            del lives[next(iter(lives))]
        if len(self._lives) > CREATORS_KEPT:
            self._lives.popitem(last=False)


def _known_life(known: Known, child: Creation | None, walked: Collection[Creation]) -> Incarnation | None:
    lives = incarnations(known.creations, known.ends)
    if child is None:
        life = lives[-1] if lives else None
    elif child.placed:
        life = creator_incarnation(child, lives, walked)
    else:
        life = _life_by_time(lives, child, walked)
    return life or _unplaced_life(known.unplaced, child, walked)


def _life_by_time(lives: tuple[Incarnation, ...], child: Creation, walked: Collection[Creation]) -> Incarnation | None:
    """The latest life that may have made a child whose ledger nobody knows: not after its time, where that is known."""
    fitting = [life for life in lives if life.creation not in walked and _not_after(life.creation, child)]
    return fitting[-1] if fitting else None


def _unplaced_life(
    unplaced: tuple[UnplacedCreation, ...], child: Creation | None, walked: Collection[Creation]
) -> Incarnation | None:
    hops = [each.as_hop() for each in unplaced]
    fitting = [hop for hop in hops if hop not in walked and (child is None or _not_after(hop, child))]
    return Incarnation(fitting[-1]) if fitting else None


def _not_after(creation: Creation, child: Creation) -> bool:
    return not (creation.created_at and child.created_at and creation.created_at > child.created_at)


def _why_unknown(run: Run, account: AccountRef, child: Creation | None) -> str:
    if run.progress.reason:
        return run.progress.reason
    if child is None:
        return f"the network has never seen {account.address}" if run.progress.not_found else "no creation is known"
    return f"no life of {account.address} is known in which it could have created {child.account}"
