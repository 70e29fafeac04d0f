"""All of an account, in one read of one moment: each trip to the reading thread costs more than the rows it brings."""

import msgspec

from stellarmap_common.adapters.sqlite.account_store import STATE, state_of_row
from stellarmap_common.adapters.sqlite.creation_store import (
    CREATION,
    END,
    END_NAMED,
    NAMED,
    UNPLACED,
    UNPLACED_NAMED,
    creation_of_row,
    end_of_row,
    unplaced_of_row,
)
from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import ACCOUNT_ID, Row
from stellarmap_common.adapters.sqlite.run_store import RUN, run_of_row
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Step
from stellarmap_common.ports.known_store import Known
from stellarmap_common.ports.run_store import RunRef

# One row of JSON: for every row and statement this thread gives the interpreter up, and has to win it back.
_LISTED = "(SELECT json_group_array(json_array({columns})) FROM {rows} WHERE {of}.account = it.id)"
_KNOWN_OF = f"""
    WITH it (id) AS MATERIALIZED (SELECT {ACCOUNT_ID})
    SELECT json_array(
        {_LISTED.format(columns=STATE, rows="account_status", of="account_status")},
        {_LISTED.format(columns=f"step, {RUN}", rows="run", of="run")},
        {_LISTED.format(columns=CREATION, rows=f"creation AS made {NAMED}", of="made")},
        {_LISTED.format(columns=END, rows=f"account_end AS ended {END_NAMED}", of="ended")},
        {_LISTED.format(columns=UNPLACED, rows=f"creation_unplaced AS heard {UNPLACED_NAMED}", of="heard")}
    ) FROM it
"""

Rows = list[Row]

_lists = msgspec.json.Decoder(tuple[Rows, Rows, Rows, Rows, Rows])


class SqliteKnownStore:
    """Accounts in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known_of(self, account: AccountRef) -> Known:
        ((found,),) = await self._database.rows(_KNOWN_OF, account.network, account.address)
        states, runs, creations, ends, unplaced = _lists.decode(found)
        for facts in (creations, ends, unplaced):
            facts.sort(key=list)  # by operation, or by creator and source
        run_of = {step: run_of_row(RunRef(account, Step(step)), row) for step, *row in runs}
        return Known(
            state=state_of_row(account, states[0]) if states else None,
            creator_run=run_of.get(Step.CREATOR),
            children_run=run_of.get(Step.CHILDREN),
            creations=tuple(creation_of_row(account.network, row) for row in creations),
            ends=tuple(end_of_row(account.network, row) for row in ends),
            unplaced=tuple(unplaced_of_row(account, row) for row in unplaced),
        )
