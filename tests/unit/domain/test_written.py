"""Rows of a book by the hour: those of the last 24, the present one included."""

from datetime import UTC, datetime, timedelta

from stellarmap_common.domain.written import HOURS, NOTHING_WRITTEN, Rows

NOON = datetime(2026, 11, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_rows_of_one_hour_are_added_up() -> None:
    written = NOTHING_WRITTEN.until(NOON, Rows(1, 2, 3)).until(NOON + HOUR / 2, Rows(10, 0, 5))
    assert written.hours == (Rows(11, 2, 8),)


def test_hours_without_a_row_count_as_hours() -> None:
    written = NOTHING_WRITTEN.until(NOON, Rows(changes=1)).until(NOON + 3 * HOUR, Rows(changes=1))
    assert written.hours == (Rows(changes=1), Rows(), Rows(), Rows(changes=1))


def test_hours_of_the_day_before_are_forgotten() -> None:
    written = NOTHING_WRITTEN.until(NOON, Rows(balances=7)).until(NOON + 23 * HOUR, Rows(balances=1))
    assert (len(written.hours), written.rows.total) == (HOURS, 8)
    assert written.until(NOON + 24 * HOUR).rows.total == 1
    assert written.until(NOON + 900 * HOUR).hours == (Rows(),) * HOURS


def test_where_nothing_was_written_nothing_is_told() -> None:
    assert (NOTHING_WRITTEN.hours, NOTHING_WRITTEN.rows.total) == ((), 0)
