"""Each file of SQL: BigQuery would read it, and what it selects is what the simulated network's Hubble answers."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from stellarmap_common.domain.network import Address
from stellarmap_ingest_bigquery import query as queries
from stellarmap_ingest_bigquery.query import OnDays, Query
from stellarmap_sandbox.spec import FIRST_CLOSE, NetworkSpec, close_time
from stellarmap_sandbox.truth import Truth
from tests.support.bigquery import ALWAYS, END, AskedHubble, asked_hubble
from tests.support.hubble import HubbleTables, fill, hubble_tables
from tests.support.sandbox import SEED, made_network

ACCOUNTS = 2_000  # enough for every scene: re-creations, merges, contracts, failed operations
SOME = 40
MIDDLE = FIRST_CLOSE + timedelta(days=1_500)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hubble")


@pytest.fixture
async def asked(folder: Path) -> AsyncIterator[AskedHubble]:
    async with asked_hubble(folder, accounts=ACCOUNTS) as asked:
        yield asked


@pytest.fixture(scope="module")
def tables(folder: Path) -> Iterator[HubbleTables]:
    network = made_network(folder, NetworkSpec(SEED, ACCOUNTS))
    with hubble_tables() as tables:
        fill(tables, network, Truth(network))
        yield tables


def everybody(asked: AskedHubble) -> list[Address]:
    """Every address that ever was, one that only failed creations name, one of nobody, and one that is none."""
    network = asked.network
    failed = network.keys.address(1 << 30)
    return [
        *asked.truth.accounts(),
        failed,
        Address("GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7"),
        Address("G"),
    ]


def days_of(asked: AskedHubble, accounts: list[Address]) -> set[datetime]:
    """The days on which each of them was created first."""
    lives = (asked.truth.creations(account)[:1] for account in accounts)
    return {close_time(life.ledger).replace(hour=0, minute=0, second=0) for found in lives for life in found}


def on_days(asked: AskedHubble) -> OnDays:
    some = everybody(asked)[::SOME]
    return OnDays(some, {day.date() for day in days_of(asked, some)})


def all_days(asked: AskedHubble) -> OnDays:
    return OnDays(everybody(asked), {FIRST_CLOSE.date() + timedelta(days=day) for day in range(3_300)})


CASES: dict[str, Callable[[AskedHubble], Query]] = {
    "account_ledgers of all": lambda asked: queries.account_ledgers(everybody(asked)),
    "account_ledgers of none": lambda _: queries.account_ledgers([]),
    "lives on days": lambda asked: queries.lives([], on_days(asked), [], ALWAYS),
    "lives of some over all time": lambda asked: queries.lives([], OnDays((), ()), everybody(asked)[1::SOME], ALWAYS),
    "lives of both kinds, some of them twice": lambda asked: queries.lives(
        [], on_days(asked), everybody(asked)[:: SOME * 2], MIDDLE
    ),
    "lives_cheap of all": lambda asked: queries.lives_cheap([], everybody(asked)),
    "children of all": lambda asked: queries.children(everybody(asked), ALWAYS),
    "children since a time": lambda asked: queries.children(everybody(asked)[::2], MIDDLE),
    "children_cheap of all": lambda asked: queries.children_cheap(everybody(asked)),
    "completions on days": lambda asked: queries.completions([], on_days(asked), [], ALWAYS),
    "completions on all days": lambda asked: queries.completions([], all_days(asked), [], ALWAYS),
    "completions by merges": lambda asked: queries.completions([], OnDays((), ()), everybody(asked), MIDDLE),
    "completions of both kinds": lambda asked: queries.completions([], all_days(asked), everybody(asked)[::2], ALWAYS),
    "network": lambda _: queries.network(),
    "network_since a time": lambda _: queries.network_since(MIDDLE),
    "network_since a ledger's close": lambda _: queries.network_since(close_time(50_000_000)),
    "network_since the future": lambda _: queries.network_since(END),
    "standings_seed": lambda _: queries.standings_seed(1_000.0),
    "standings_seed of all": lambda _: queries.standings_seed(0.0),
    "balances of all": lambda asked: queries.balances(everybody(asked)),
    "balances of some": lambda asked: queries.balances(everybody(asked)[::SOME]),
}


def test_every_query_is_among_the_cases() -> None:
    assert {case.split()[0] for case in CASES} == set(queries.names())


@pytest.mark.parametrize("name", queries.names())
def test_it_is_sql_of_bigquery_whose_parameters_stand_in_its_head(name: str) -> None:
    text = queries.text_of(name)
    head = " ".join(line.removeprefix("-- ") for line in text.splitlines() if line.startswith("--"))
    (statement,) = sqlglot.parse(text, read="bigquery")
    assert isinstance(statement, exp.Query)
    assert {each.name for each in statement.find_all(exp.Parameter)} == set(re.findall(r"@(\w+) [A-Z]", head))


@pytest.mark.parametrize("case", CASES)
async def test_the_simulated_hubble_answers_what_the_sql_selects(
    case: str, asked: AskedHubble, tables: HubbleTables
) -> None:
    query = CASES[case](asked)
    selected = tables.answer(query)
    assert await asked.rows(query) == selected
    assert bool(selected) is (case not in {"account_ledgers of none", "network_since the future"})
