"""All of an account in three rounds: its status, then its runs, then its facts at once."""

import asyncio

from stellarmap_common.adapters.cassandra.account_store import CassandraAccountStore
from stellarmap_common.adapters.cassandra.creation_store import CassandraCreationStore, unplaced_beside
from stellarmap_common.adapters.cassandra.recording import UNPLACED_OF
from stellarmap_common.adapters.cassandra.run_store import CassandraRunStore
from stellarmap_common.adapters.cassandra.session import CassandraSession
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Step
from stellarmap_common.ports.known_store import Known


class CassandraKnownStore:
    """Accounts in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._accounts = CassandraAccountStore(session)
        self._runs = CassandraRunStore(session)
        self._creations = CassandraCreationStore(session)

    async def known_of(self, account: AccountRef) -> Known:
        # Each round begins when the one before has ended: whoever writes in the other order is seen as the port promises.
        state = await self._accounts.state_of(account)
        runs = await self._runs.runs_of(account)
        creations, ends, heard = await asyncio.gather(
            self._creations.creations_of(account),
            self._creations.ends_of(account),
            self._session.rows(UNPLACED_OF, account.network, [account.address]),
        )
        return Known(
            state=state,
            creator_run=runs.get(Step.CREATOR),
            children_run=runs.get(Step.CHILDREN),
            creations=creations,
            ends=ends,
            unplaced=unplaced_beside(account, heard, creations),
        )
