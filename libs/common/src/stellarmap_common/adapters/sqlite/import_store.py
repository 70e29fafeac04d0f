"""Imports in SQLite. A large one drops indexes and derived tables, appends in the order of the keys, and makes them at the end.

Each part is one transaction, and the state that tells of it is in it. While the indexes are away a row of `network_import`
holds their definitions: by it everybody knows that nothing but an import can use the store.
"""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import msgspec

from stellarmap_common.adapters.sqlite.accounts import insert_rows
from stellarmap_common.adapters.sqlite.connection import connect_to_look, translated_errors
from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import network_id
from stellarmap_common.adapters.sqlite.imported_accounts import ImportedIds, know_accounts
from stellarmap_common.adapters.sqlite.loading import LOADED_FROM, derive, drop_indexes
from stellarmap_common.adapters.sqlite.recording import (
    CREATION_WIDTH,
    END_WIDTH,
    FACTS_TOGETHER,
    KEEP_CREATION,
    KEEP_END,
    creation_values,
    end_values,
    record_facts,
)
from stellarmap_common.domain.creation import AccountEnd, Creation
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.errors import StellarmapError
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.import_store import NetworkImport

CACHE_KIB = 64 * 1024  # of the writer, while it imports

_STATE_OF = "SELECT state FROM network_import WHERE network = ?"
_LOADING = "SELECT network, indexes, state FROM network_import WHERE indexes IS NOT NULL"
_PUT = """
    INSERT INTO network_import (network, state) VALUES (?, ?) ON CONFLICT DO UPDATE SET state = excluded.state
"""
_BEGIN = "UPDATE network_import SET indexes = ? WHERE network = ?"
_END = "UPDATE network_import SET indexes = NULL"
_STORED = "SELECT coalesce(sum(creations), 0) FROM fact_count"
_HAS_INDEX = "SELECT 1 FROM sqlite_schema WHERE type = 'index' AND sql = ?"
_KEEP_CREATION = KEEP_CREATION.format(table="creation")

_state = msgspec.json.Decoder(NetworkImport)
_definitions = msgspec.json.Decoder(list[str])


class ImportUnderWay(StellarmapError):
    """The store is half imported; the message says what to do."""


def require_no_import(path: Path) -> None:
    """Returns if the store has its indexes. Raises: ImportUnderWay, StoreUnavailable."""
    if not path.exists():
        return
    with translated_errors(path), closing(connect_to_look(path)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'network_import'").fetchone():
            return
        loading = connection.execute(_LOADING).fetchone()
    if loading:
        state = _state.decode(loading[2])
        raise ImportUnderWay(
            f"An import of {state.network} into {path} is under way, or was interrupted: {state.rows:,} rows are stored. Until "
            "it has ended nothing else can use the store. Wait for it, or run the same `stellarmap import network` again: it "
            "goes on where it was."
        )


class SqliteImportStore:
    """Imports in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loads = False  # this process appends, and leaves what is derived to the end

    async def state_of(self, network: NetworkKey) -> NetworkImport | None:
        rows = await self._database.rows(_STATE_OF, network)
        return _state.decode(rows[0][0]) if rows else None

    async def begin(self, state: NetworkImport, expected: int) -> None:
        self._loads = await self._database.write(partial(_begin, state=state, expected=expected))

    async def keep(
        self, state: NetworkImport, creations: Sequence[Creation] = (), ends: Sequence[AccountEnd] = ()
    ) -> None:
        # The state is in the last transaction: a power cut that takes facts takes it too.
        if self._loads:
            await self._database.write(partial(_load, state=state, creations=creations, ends=ends), durable=False)
        else:
            await self._record(creations, ends)
            await self._database.write(partial(_put, state=state), durable=False)
        failpoint("after_import_kept")

    async def _record(self, creations: Sequence[Creation], ends: Sequence[AccountEnd]) -> None:
        """Keeps up what is derived, a part at a time: others may be waiting for the one writer."""
        for start in range(0, max(len(creations), len(ends)), FACTS_TOGETHER):
            part = slice(start, start + FACTS_TOGETHER)
            await self._database.write(
                partial(record_facts, creations=creations[part], ends=ends[part], unplaced=()), durable=False
            )

    async def finishing(self, state: NetworkImport) -> AsyncIterator[str]:
        if self._loads:
            await self._database.write(partial(_keep_temporary, where="FILE"), durable=False)
            loading = await self._database.rows(_LOADING)
            missing = _definitions.decode(loading[0][1]) if loading else []
            for number, definition in enumerate(missing, 1):
                yield f"building index {number} of {len(missing)}"
                await self._database.write(partial(_make_index, definition=definition))
                failpoint("after_import_index")
            yield "counting children"
        else:
            yield "writing down that all is stored"
        await self._database.write(partial(_finish, state=state, loaded=self._loads))
        if self._loads:
            await self._database.write(partial(_keep_temporary, where="MEMORY"), durable=False)
        self._loads = False


def _begin(connection: sqlite3.Connection, state: NetworkImport, expected: int) -> bool:
    """True if the facts are to be loaded: what is derived from them comes at the end."""
    _put(connection, state)
    loading = connection.execute(_LOADING).fetchone()
    if loading is None:
        if expected < max(LOADED_FROM, connection.execute(_STORED).fetchone()[0]):
            return False  # to make all indexes anew would take longer than to keep them up
        definitions = msgspec.json.encode(drop_indexes(connection)).decode()
        connection.execute(_BEGIN, (definitions, state.network))
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    know_accounts(connection, network_id(connection, state.network))
    return True


def _load(
    connection: sqlite3.Connection, state: NetworkImport, creations: Sequence[Creation], ends: Sequence[AccountEnd]
) -> None:
    number = network_id(connection, state.network)
    ids = ImportedIds(connection, number, creations, ends)
    made, ended = creation_values(number, creations, ids), end_values(number, ends, ids)
    ids.keep_new()
    insert_rows(connection, _KEEP_CREATION, CREATION_WIDTH, made)
    insert_rows(connection, KEEP_END, END_WIDTH, ended)
    _put(connection, state)


def _keep_temporary(connection: sqlite3.Connection, where: str) -> None:
    """Afterwards there is no temporary table, and what is sorted is kept there: the sorting of an index takes 100 bytes a row."""
    # It cannot be changed within a transaction. An import is alone in its own: nothing of others is committed with it.
    connection.execute("COMMIT")
    connection.execute(f"PRAGMA temp_store = {where}")
    connection.execute("BEGIN IMMEDIATE")


def _make_index(connection: sqlite3.Connection, definition: str) -> None:
    if not connection.execute(_HAS_INDEX, (definition,)).fetchone():
        connection.execute(definition)


def _finish(connection: sqlite3.Connection, state: NetworkImport, *, loaded: bool) -> None:
    if loaded:
        derive(connection)
        connection.execute(_END)
    _put(connection, state)


def _put(connection: sqlite3.Connection, state: NetworkImport) -> None:
    connection.execute(_PUT, (state.network, msgspec.json.encode(state).decode()))
