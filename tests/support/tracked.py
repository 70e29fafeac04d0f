"""Balances for tests of the tracker, on a board so small that few accounts fill it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.standing import Yardstick
from stellarmap_common.events.base import fact_id
from stellarmap_common.events.standings import BalanceUpdated
from stellarmap_hva_tracker import rules, window
from stellarmap_hva_tracker.stored import Stored
from stellarmap_hva_tracker.tracker import Tracker
from tests.support.standings_reference import Reference
from tests.support.stores import SANDBOX, address

THRESHOLDS_XLM = (10, 20, 40)
BOARD = 6
YARDSTICK = Yardstick(thresholds_xlm=THRESHOLDS_XLM, board_size=BOARD)
STEP = 2
ACCOUNTS = 14
XLM = 10_000_000
BEGAN = datetime(2026, 11, 6, 9, tzinfo=UTC)  # the second midnight after it ends four weeks


def small_steps(patch: pytest.MonkeyPatch) -> None:
    """Afterwards two positions are told: the rules are the same, and met sooner."""
    for module in (rules, window):
        patch.setattr(module, "RANK_STEP", STEP)


def balance(account: object, xlm: float, version: int, at: datetime = BEGAN, **values: Any) -> BalanceUpdated:
    """The account of that name has so much; its id follows from account and version, as that of a real one does."""
    network = values.pop("network", SANDBOX)
    return BalanceUpdated(
        **{
            "id": fact_id("balance", network, account, version),
            "network": network,
            "account": address(account),
            "balance_stroops": round(xlm * XLM),
            "version": version,
            "ledger": version // 10,
            "at": at,
            **values,
        }
    )


def tracker(network: NetworkKey = SANDBOX) -> Tracker:
    """One that knows nothing yet."""
    empty = Stored(network=network, epoch=1, last=None, balances=(), recorded={}, movements=())
    return Tracker(empty, YARDSTICK, BEGAN)


def reference(network: NetworkKey = SANDBOX) -> Reference:
    """The same, slowly."""
    return Reference(network, YARDSTICK, STEP)


@st.composite
def histories(draw: st.DrawFn, longest: int = 60) -> list[BalanceUpdated]:
    """Balances around the thresholds, many of them alike; some come late, some twice; hours lie between them."""
    steps = draw(
        st.lists(
            st.tuples(
                st.integers(0, ACCOUNTS - 1),
                st.sampled_from((0, 5, 9.9999999, 10, 10.4, 10.5, 11, 19.9, 20, 20.9, 21, 30, 40, 42, 60, 90)),
                st.integers(-2, 3),  # versions after, or before, the latest of the account
                st.integers(0, 3),  # operation that created it
                st.booleans(),
                st.sampled_from((0, 0, 1, 20, 60, 300, 1_500)),  # minutes since the one before
                st.sampled_from((0, 0, 30, 90)),  # minutes that it comes late
            ),
            min_size=draw(st.sampled_from((0, longest // 2))),  # else most are short: nobody moves twice
            max_size=longest,
        )
    )
    if draw(st.booleans()):  # the board is full from the beginning
        high = st.sampled_from((10, 11, 19.9, 20, 21, 30, 40, 60))
        steps = [*((account, draw(high), 1, 0, False, 0, 0) for account in range(ACCOUNTS)), *steps]
    latest: dict[int, int] = {}
    told: dict[tuple[int, int], BalanceUpdated] = {}
    now, found = BEGAN, []
    for account, xlm, newer, created, discovered, minutes, late in steps:
        now += timedelta(minutes=minutes)
        version = max(1, latest.get(account, 0) + newer)
        latest[account] = max(version, latest.get(account, 0))
        event = balance(
            account,
            xlm,
            version,
            now - timedelta(minutes=late),
            created_op=created,
            discovered=discovered,
            home_domain=f"{account}.example" if account % 2 else None,
        )
        found.append(told.setdefault((account, version), event))
    return found


@dataclass
class SetClock:
    """It is as late as a test says."""

    at: datetime = BEGAN

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - BEGAN).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
