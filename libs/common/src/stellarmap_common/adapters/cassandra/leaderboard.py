"""The board that is read: one partition, every change of it one conditional batch on what stood there before.

So whoever publishes reads plainly, and writes only what differs from it: had it read anything that no longer holds, its write is
refused, and it reads again.
"""

from dataclasses import dataclass

from stellarmap_common.adapters.cassandra.moments import micros
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement, Write
from stellarmap_common.adapters.standing_bytes import board_of, packed_chunks, packed_head
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.ports.standing_store import Board

TRIES = 50  # a tracker publishes alone; at a change of owners two may, and one of them is first each time

_STANDING = Statement("board", "SELECT number, as_of, head, chunk, rows FROM leaderboard WHERE network = ?")
_FIRST = Statement(
    "board begin", "INSERT INTO leaderboard (number, as_of, head, network) VALUES (?, ?, ?, ?) IF NOT EXISTS"
)
_NEXT = Statement(
    "board swap",
    "UPDATE leaderboard SET number = ?, as_of = ?, head = ? WHERE network = ? IF number = ? AND as_of = ?",
)
_PUT = Statement("board chunk", "INSERT INTO leaderboard (network, chunk, rows) VALUES (?, ?, ?)")
_DROP = Statement("board chunk gone", "DELETE FROM leaderboard WHERE network = ? AND chunk = ?")


@dataclass(frozen=True, slots=True)
class _Published:
    """A board as it is stored."""

    number: int
    as_of: int
    head: bytes
    chunks: dict[int, bytes]


async def publish(session: CassandraSession, board: Board) -> None:
    """Afterwards the board is read, unless a newer one is; chunks that are as they were are not written."""
    place = (board.number, micros(board.as_of))
    head, chunks = packed_head(board), packed_chunks(board)
    for _ in range(TRIES):
        standing = await _standing(session, board.network)
        if standing and (standing.number, standing.as_of) > place:
            return
        values = (*place, head, board.network)
        first: Write = (_NEXT, (*values, standing.number, standing.as_of)) if standing else (_FIRST, values)
        known = standing.chunks if standing else {}
        writes: list[Write] = [first]
        writes += [
            (_PUT, (board.network, chunk, rows)) for chunk, rows in enumerate(chunks) if known.get(chunk) != rows
        ]
        writes += [(_DROP, (board.network, chunk)) for chunk in known if chunk >= len(chunks)]
        if await session.applied_batch(writes):
            return
    raise StoreUnavailable(f"Others published boards of {board.network} {TRIES} times meanwhile. It is tried again.")


async def published(session: CassandraSession, network: NetworkKey) -> Board | None:
    """The latest board."""
    standing = await _standing(session, network)
    return board_of(standing.head, (standing.chunks[chunk] for chunk in sorted(standing.chunks))) if standing else None


async def _standing(session: CassandraSession, network: NetworkKey) -> _Published | None:
    rows = await session.rows(_STANDING, network)
    if not rows:
        return None
    number, as_of, head, *_ = rows[0]
    return _Published(number, as_of, head, {chunk: packed for *_, chunk, packed in rows if chunk is not None})
