"""Days, as Hubble's tables are parted by them."""

from datetime import UTC, datetime

FIRST_DAY = datetime(2015, 9, 30, tzinfo=UTC)  # of the public network


def day_of(moment: datetime) -> datetime:
    """The beginning of its day, UTC."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
