"""All of an account, in one read of one moment: each trip to the reading thread costs more than the rows it brings."""

import sqlite3

from stellarmap_common.adapters.sqlite.account_store import read_state
from stellarmap_common.adapters.sqlite.creation_store import read_creations, read_ends, read_unplaced
from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.run_store import read_run
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Step
from stellarmap_common.ports.known_store import Known
from stellarmap_common.ports.run_store import RunRef


class SqliteKnownStore:
    """Accounts in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known_of(self, account: AccountRef) -> Known:
        def work(connection: sqlite3.Connection) -> Known:
            return Known(
                state=read_state(connection, account),
                creator_run=read_run(connection, RunRef(account, Step.CREATOR)),
                children_run=read_run(connection, RunRef(account, Step.CHILDREN)),
                creations=read_creations(connection, (account,)),
                ends=read_ends(connection, (account,)),
                unplaced=read_unplaced(connection, account),
            )

        return await self._database.read(work)
