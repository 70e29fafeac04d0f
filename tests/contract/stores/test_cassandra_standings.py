"""What the tables of books promise by themselves: what was cut off is completed, what lapses does, what stays is not written."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from stellarmap_common.adapters.cassandra.applying import balance_shard, hour_of
from stellarmap_common.adapters.cassandra.session import Row, Statement, Write
from stellarmap_common.adapters.cassandra.stores import open_stores
from stellarmap_common.domain.standing import ChangeType, Closing
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.ports.standing_store import (
    CLOSINGS_KEPT_DAYS,
    MOVEMENTS_KEPT_DAYS,
    ChangeQuery,
    TakeOver,
)
from stellarmap_common.ports.stores import Stores
from tests.support.cassandra_places import CassandraBackend, CutOff, PlacedSession, placed
from tests.support.journal_rows import board, changed, journal_row, moved, owned, standing
from tests.support.stores import NOON, SANDBOX, account, address

DAY_S = 86_400
CLOSING = Closing(day=date(2026, 11, 1), account=address("A"), standing=standing(1, 20_000))
ROW = journal_row(
    1,
    *(moved(name, 20_000) for name in "ABC"),
    changed("A"),
    changed("B", ChangeType.RANK_UP),
    closings=(CLOSING,),
)
CHUNKS = Statement("chunks", "SELECT chunk, writetime(rows) FROM leaderboard WHERE network = ?")
MOVEMENTS = Statement(
    "movements left", "SELECT ttl(movements), writetime(movements) FROM balance_change WHERE network = ? AND hour = ?"
)
CLOSINGS = Statement(
    "closings left", "SELECT ttl(rank), writetime(rank) FROM standing_close WHERE network = ? AND account = ?"
)
STANDING = Statement(
    "when standing", "SELECT writetime(rank) FROM standing WHERE network = ? AND shard = ? AND account = ?"
)


async def everything(stores: Stores) -> list[object]:
    tracker, standings = stores.tracker, stores.standings
    names = [address(name) for name in "ABC"]
    return [
        sorted(str(one) for portion in [part async for part in tracker.balances(SANDBOX)] for one in portion),
        sorted(str(one) for portion in [part async for part in tracker.recorded(SANDBOX)] for one in portion),
        [one for portion in [part async for part in tracker.movements(SANDBOX, NOON)] for one in portion],
        await standings.balances_of(SANDBOX, names),
        [await standings.changes_of(account(name), ChangeQuery()) for name in "ABC"],
        await standings.changes(SANDBOX, ChangeQuery(threshold_xlm=10_000)),
        await standings.closings_of(account("A"), CLOSING.day),
    ]


@pytest.mark.parametrize("at", range(9))
async def test_a_row_that_was_cut_off_while_it_was_applied_is_completed_by_doing_it_again(
    cassandra_backend: CassandraBackend, at: int
) -> None:
    session = placed(cassandra_backend, CutOff)
    stores = open_stores(session)
    session.left = at
    try:
        await stores.tracker.apply(ROW)
    except StoreUnavailable:
        session.left = 1_000_000
        await stores.tracker.apply(ROW)
    else:
        pytest.fail(f"a row is applied in more than {at} writes")
    whole = open_stores(placed(cassandra_backend, PlacedSession))
    await whole.tracker.apply(ROW)
    assert await everything(stores) == await everything(whole)


class Unanswered(PlacedSession):
    """A session that hears nothing of its first conditional batch, which was done."""

    answers = -1

    async def applied_batch(self, writes: Sequence[Write]) -> bool:
        applied = await super().applied_batch(writes)
        self.answers += 1
        if not self.answers:
            raise StoreUnavailable("no answer")
        return applied


async def test_a_row_whose_append_was_not_answered_is_appended_by_doing_it_again(
    cassandra_backend: CassandraBackend,
) -> None:
    tracker = open_stores(placed(cassandra_backend, Unanswered)).tracker
    await tracker.take_over(SANDBOX)
    with pytest.raises(StoreUnavailable):
        await tracker.append(ROW)
    assert await tracker.append(ROW)
    assert await tracker.append(journal_row(2))
    assert (await tracker.take_over(SANDBOX)).last == journal_row(2)


async def test_a_row_that_was_not_answered_is_the_next_owners(cassandra_backend: CassandraBackend) -> None:
    tracker = open_stores(placed(cassandra_backend, Unanswered)).tracker
    await tracker.take_over(SANDBOX)
    with pytest.raises(StoreUnavailable):
        await tracker.append(ROW)
    assert await tracker.take_over(SANDBOX) == TakeOver(epoch=2, last=ROW, applied=False)
    assert not await tracker.append(journal_row(2, epoch=1))


async def test_a_board_that_was_not_answered_is_read_and_may_be_published_again(
    cassandra_backend: CassandraBackend,
) -> None:
    stores = open_stores(placed(cassandra_backend, Unanswered))
    first = board(1, 30_000, 20_000)
    with pytest.raises(StoreUnavailable):
        await stores.tracker.publish(first)
    await stores.tracker.publish(first)
    assert await stores.standings.board_of(SANDBOX) == first


async def test_only_the_chunks_of_a_board_that_changed_are_written(cassandra_backend: CassandraBackend) -> None:
    session = placed(cassandra_backend, PlacedSession)
    tracker = open_stores(session).tracker
    first = board(1, *range(230_000, 0, -1_000))
    await tracker.publish(first)
    before = await written(session)
    rows = (*first.rows[:60], replace(first.rows[60], balance_stroops=7), *first.rows[61:])
    await tracker.publish(replace(first, number=2, rows=rows))
    after = await written(session)
    assert {chunk for chunk in after if after[chunk] != before[chunk]} == {1}
    await tracker.publish(replace(first, number=3, rows=rows[:60]))
    assert set(await written(session)) == {0, 1}


async def written(session: PlacedSession) -> dict[int, int]:
    rows: list[Row] = await session.rows(CHUNKS, SANDBOX)
    return dict(rows)


async def test_movements_lapse_after_31_days_and_closings_after_62(cassandra_backend: CassandraBackend) -> None:
    session = placed(cassandra_backend, PlacedSession)
    await open_stores(session).tracker.apply(ROW)
    ((left, told),) = await session.rows(MOVEMENTS, SANDBOX, hour_of(ROW.at))
    assert MOVEMENTS_KEPT_DAYS * DAY_S - 60 < left <= MOVEMENTS_KEPT_DAYS * DAY_S
    assert abs(told / 1e6 - time.time()) < 60, "files are dropped whole by the time of what is in them"
    ((left, told),) = await session.rows(CLOSINGS, SANDBOX, address("A"))
    assert CLOSINGS_KEPT_DAYS * DAY_S - 60 < left <= CLOSINGS_KEPT_DAYS * DAY_S
    assert told == 1_793_491_200_000_000 + ROW.number, "that day's first microsecond, and the number of the row"


async def test_what_was_dropped_is_written_again_by_a_later_row_and_not_by_the_one_that_dropped_it(
    cassandra_backend: CassandraBackend,
) -> None:
    session = placed(cassandra_backend, PlacedSession)
    tracker = open_stores(session).tracker
    entered, exited = changed("A", cause="1"), changed("A", ChangeType.EXITED, cause="2")
    await owned(tracker, journal_row(1, entered), journal_row(2, entered, exited), journal_row(3, entered))
    key = (SANDBOX, balance_shard(address("A")), address("A"))
    assert await session.rows(STANDING, *key) == [(3,)]
    await asyncio.gather(*(tracker.apply(row) for row in (journal_row(2, entered, exited), journal_row(1, entered))))
    assert await session.rows(STANDING, *key) == [(3,)]
    await tracker.apply(journal_row(4, exited))
    await tracker.apply(journal_row(3, entered))
    assert await session.rows(STANDING, *key) == []
