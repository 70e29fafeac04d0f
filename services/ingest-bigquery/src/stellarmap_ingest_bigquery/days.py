"""Days, as Hubble's tables are parted by them."""

from datetime import UTC, datetime

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.lineage.run_rules import is_answered
from stellarmap_common.ports.known_store import KnownStore

FIRST_DAY = datetime(2015, 9, 30, tzinfo=UTC)  # of the public network


async def first_day_of(store: KnownStore, account: AccountRef) -> datetime | None:
    """The day of the account's first creation; None while not all of its lives are known, or not their times."""
    known = await store.known_of(account)
    run = known.creator_run
    if run is None or not is_answered(run) or not known.creations or known.unplaced:
        return None
    first = known.creations[0].created_at
    return day_of(first) if first else None


def day_of(moment: datetime) -> datetime:
    """The beginning of its day, UTC."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
