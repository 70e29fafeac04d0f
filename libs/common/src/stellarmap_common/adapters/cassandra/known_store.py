"""All of an account, read at once where that is as good as one after the other."""

import asyncio

from stellarmap_common.adapters.cassandra.account_store import CassandraAccountStore
from stellarmap_common.adapters.cassandra.counting import is_quiet, now_micros
from stellarmap_common.adapters.cassandra.creation_store import CassandraCreationStore, unplaced_beside
from stellarmap_common.adapters.cassandra.recording import UNPLACED_OF
from stellarmap_common.adapters.cassandra.run_store import CassandraRunStore
from stellarmap_common.adapters.cassandra.session import CassandraSession
from stellarmap_common.domain.creation import AccountEnd, Creation, UnplacedCreation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Step
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.known_store import Known
from stellarmap_common.ports.run_store import Run

_Facts = tuple[tuple[Creation, ...], tuple[AccountEnd, ...], tuple[UnplacedCreation, ...]]


class CassandraKnownStore:
    """Accounts in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._accounts = CassandraAccountStore(session)
        self._runs = CassandraRunStore(session)
        self._creations = CassandraCreationStore(session)

    async def known_of(self, account: AccountRef) -> Known:
        began = now_micros()
        (state, state_at), (runs, runs_at), facts = await asyncio.gather(
            self._accounts.dated_state_of(account),
            self._runs.dated_runs_of(account, serial=False),
            self._facts_of(account),
        )
        # They had been so for long before the first of them was asked for, and their facts were there before them: they are
        # the same in whatever order. Whoever wrote a run that is not seen yet does not know of that, and reads it again.
        if is_quiet(max(state_at, runs_at), since=began):
            return _known(state, runs, facts)
        # Each begins when the one before has ended: whoever writes in the other order is seen as the port promises.
        runs, _ = await self._runs.dated_runs_of(account, serial=True)
        return _known(state, runs, await self._facts_of(account))

    async def _facts_of(self, account: AccountRef) -> _Facts:
        creations, ends, heard = await asyncio.gather(
            self._creations.creations_of(account),
            self._creations.ends_of(account),
            self._session.rows(UNPLACED_OF, account.network, [account.address]),
        )
        return creations, ends, unplaced_beside(account, heard, creations)


def _known(state: AccountState | None, runs: dict[Step, Run], facts: _Facts) -> Known:
    creations, ends, unplaced = facts
    return Known(
        state=state,
        creator_run=runs.get(Step.CREATOR),
        children_run=runs.get(Step.CHILDREN),
        creations=creations,
        ends=ends,
        unplaced=unplaced,
    )
