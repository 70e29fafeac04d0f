"""The board that is read: one transaction writes a new one, one read sees all of it."""

import sqlite3

from stellarmap_common.adapters.sqlite.encoding import NETWORK_ID, micros, network_id
from stellarmap_common.adapters.standing_bytes import board_of, packed_chunks, packed_head
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.ports.standing_store import Board

_PUBLISHED = "SELECT number, as_of FROM leaderboard WHERE network = ?"
_PUT_HEAD = "INSERT OR REPLACE INTO leaderboard (network, number, as_of, head) VALUES (?, ?, ?, ?)"
_PUT_CHUNK = """
    INSERT INTO leaderboard_chunk (network, chunk, rows) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET rows = excluded.rows WHERE excluded.rows <> rows
"""
_DROP_CHUNKS = "DELETE FROM leaderboard_chunk WHERE network = ? AND chunk >= ?"
_HEAD = f"SELECT head FROM leaderboard WHERE network = {NETWORK_ID}"
_CHUNKS = f"SELECT rows FROM leaderboard_chunk WHERE network = {NETWORK_ID} ORDER BY chunk"


def publish(connection: sqlite3.Connection, board: Board) -> None:
    """Afterwards the board is read, unless a newer one is; chunks that are as they were are not written."""
    network, as_of = network_id(connection, board.network), micros(board.as_of)
    standing = connection.execute(_PUBLISHED, (network,)).fetchone()
    if standing and standing > (board.number, as_of):
        return
    connection.execute(_PUT_HEAD, (network, board.number, as_of, packed_head(board)))
    chunks = packed_chunks(board)
    connection.executemany(_PUT_CHUNK, ((network, chunk, rows) for chunk, rows in enumerate(chunks)))
    connection.execute(_DROP_CHUNKS, (network, len(chunks)))


def published(connection: sqlite3.Connection, network: NetworkKey) -> Board | None:
    """The latest board."""
    head = connection.execute(_HEAD, (network,)).fetchone()
    if head is None:
        return None
    return board_of(head[0], [rows for (rows,) in connection.execute(_CHUNKS, (network,))])
