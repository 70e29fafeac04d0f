"""Accounts that are asked about together, and what becomes of the answer."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from stellarmap_common.domain.network import Address
from stellarmap_common.errors import SourceUnavailable
from stellarmap_ingest_bigquery.together import KEPT_S, LONGEST, SAME_GROUP_S, Together


@dataclass
class Alarm:
    """Time that stands still; who sleeps wakes when a test says so."""

    passed_s: float = 0.0
    rings: list[asyncio.Event] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.passed_s

    async def sleep(self, seconds: float) -> None:
        ring = asyncio.Event()
        self.rings.append(ring)
        await ring.wait()
        self.passed_s += seconds

    async def ring(self) -> None:
        """Afterwards whoever slept has woken, and has done what could be done."""
        self.rings[-1].set()
        await turns()


@dataclass
class Answers:
    """Answers with the account's own name, and remembers what was asked together."""

    asked: list[tuple[Address, ...]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.held.set()

    async def __call__(self, accounts: Sequence[Address]) -> Mapping[Address, str]:
        self.asked.append(tuple(accounts))
        await self.held.wait()
        if self.errors:
            raise self.errors.pop()
        return {account: str(account) for account in accounts}


def together(answers: Answers, alarm: Alarm, most: int = 1_000, patience_s: float = 5.0) -> Together[str]:
    return Together(answers, alarm, window_s=2, most=lambda: most, patience_s=patience_s)


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def names(*texts: str) -> list[Address]:
    return [Address(text) for text in texts]


async def test_who_asks_within_the_window_is_answered_by_one_query() -> None:
    answers, alarm = Answers(), Alarm()
    asks = together(answers, alarm)
    waiting = [asyncio.create_task(asks.ask(each)) for each in names("B", "A", "C", "A")]
    await turns()
    assert answers.asked == []
    alarm.rings[0].set()
    assert await asyncio.gather(*waiting) == ["B", "A", "C", "A"]
    assert answers.asked == [("A", "B", "C")]


async def test_who_comes_while_a_query_is_under_way_waits_for_those_who_follow_from_it() -> None:
    answers, alarm = Answers(), Alarm()
    asks = together(answers, alarm, patience_s=100)
    answers.held.clear()

    async def a_step(account: Address) -> None:
        with asks.step():
            await asks.ask(account)

    first = asyncio.create_task(a_step(Address("A")))
    await turns()
    await alarm.ring()
    assert answers.asked == [("A",)]
    second = asyncio.create_task(a_step(Address("B")))
    await turns()
    for _ in range(9):
        await alarm.ring()
    assert len(answers.asked) == 1
    answers.held.set()
    await first
    third = asyncio.create_task(a_step(Address("C")))  # the next hop of the first
    await turns()
    while len(answers.asked) == 1:
        await alarm.ring()
    await asyncio.gather(second, third)
    assert answers.asked == [("A",), ("B", "C")]


async def test_a_step_at_work_does_not_keep_a_query_open_for_ever() -> None:
    answers, alarm = Answers(), Alarm()
    asks = together(answers, alarm, patience_s=1_000)
    with asks.step(), asks.step():  # its own, and another that never ends
        waiting = asyncio.create_task(asks.ask(Address("A")))
        await turns()
        while alarm.passed_s < LONGEST * 2:
            assert answers.asked == []
            await alarm.ring()
        assert await waiting == "A"


async def test_a_full_query_begins_at_once_and_the_next_collects_anew() -> None:
    answers, alarm = Answers(), Alarm()
    asks = together(answers, alarm, most=2)
    waiting = [asyncio.create_task(asks.ask(each)) for each in names("A", "B", "C")]
    await turns()
    assert answers.asked == [("A", "B")]
    alarm.rings[-1].set()
    assert await asyncio.gather(*waiting) == ["A", "B", "C"]
    assert answers.asked == [("A", "B"), ("C",)]


async def test_an_answer_is_kept_for_who_asks_again_and_not_for_ever() -> None:
    answers, alarm = Answers(), Alarm()
    asks = together(answers, alarm, most=1)
    assert await asks.ask(Address("A")) == await asks.ask(Address("A"))
    assert len(answers.asked) == 1
    alarm.passed_s += KEPT_S + 1
    await asks.ask(Address("A"))
    assert len(answers.asked) == 2


async def test_a_failure_reaches_all_who_waited_and_whoever_asks_again_asks_anew() -> None:
    answers, alarm = Answers(errors=[SourceUnavailable("away")]), Alarm()
    asks = together(answers, alarm, most=2)
    told = await asyncio.gather(*(asks.ask(each) for each in names("A", "B")), return_exceptions=True)
    assert [str(each) for each in told] == ["away", "away"]
    assert await asyncio.gather(*(asks.ask(each) for each in names("A", "B"))) == ["A", "B"]


async def test_a_query_goes_on_when_nobody_waits_for_it_any_more() -> None:
    answers, alarm = Answers(), Alarm()
    answers.held.clear()
    asks = together(answers, alarm, most=1, patience_s=0.01)
    with pytest.raises(SourceUnavailable, match="it goes on"):
        await asks.ask(Address("A"))
    impatient = asyncio.create_task(asks.ask(Address("A")))
    await turns()
    impatient.cancel()
    answers.held.set()
    assert await asks.ask(Address("A")) == "A"
    assert len(answers.asked) == 1


async def test_what_was_begun_before_is_asked_as_the_same_question() -> None:
    answers, alarm = Answers(), Alarm()
    asks = together(answers, alarm)
    asks.begin(names("C", "A"))
    assert await asks.ask(Address("A")) == "A"
    assert answers.asked == [("A", "C")]


async def test_those_who_were_asked_about_together_are_again_for_a_while() -> None:
    answers, alarm = Answers(), Alarm()
    asks = together(answers, alarm)
    asks.remember(names("C", "A"))
    asks.remember(names("D", "E"))
    assert await asks.ask(Address("A")) == "A"
    assert answers.asked == [("A", "C")]
    alarm.passed_s += SAME_GROUP_S + 1
    late = asyncio.create_task(asks.ask(Address("D")))
    await turns()
    alarm.rings[-1].set()
    assert await late == "D"
    assert answers.asked == [("A", "C"), ("D",)]


async def test_an_answer_that_is_not_to_be_kept_is_asked_for_again_with_the_same_others() -> None:
    answers, alarm = Answers(), Alarm()
    asks = together(answers, alarm, most=2)
    await asyncio.gather(*(asks.ask(each) for each in names("A", "B")))
    asks.ask_anew(Address("A"))
    assert await asks.ask(Address("A")) == "A"
    assert await asks.ask(Address("B")) == "B"
    assert answers.asked == [("A", "B"), ("A", "B")]


async def test_nothing_is_under_way_after_a_stop() -> None:
    answers, alarm = Answers(), Alarm()
    asks = together(answers, alarm)
    waiting = asyncio.create_task(asks.ask(Address("A")))
    await turns()
    await asks.stop()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert answers.asked == []
