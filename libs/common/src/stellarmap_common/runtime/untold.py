"""Accounts that stand where nothing was ever told of them: asked by whoever looks for them, and by whoever then tells."""

from collections.abc import Iterable

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.ports.standing_store import ChangeQuery, StandingStore


async def untold_of(standings: StandingStore, account: AccountRef, thresholds_xlm: Iterable[int]) -> tuple[int, ...]:
    """Those of the thresholds at which no change of the account was ever told. Raises: StoreUnavailable."""
    found = [
        (xlm, await standings.changes_of(account, ChangeQuery(threshold_xlm=xlm, limit=1))) for xlm in thresholds_xlm
    ]
    return tuple(xlm for xlm, changes in found if not changes)
