"""The queries this Hubble can answer: by their names, not by reading SQL.

A job's label `stellarmap_query` names one of the files in ingest-bigquery's `queries/`; the parameters and columns in the head
of that file are what is kept to here. tests/contract/sql runs the SQL itself on the same tables, and compares.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from stellarmap_sandbox.bigquery import selections
from stellarmap_sandbox.bigquery.answers import Answer
from stellarmap_sandbox.bigquery.hubble import Moment
from stellarmap_sandbox.bigquery.parameters import DATES, MOMENT, NUMBER, STRINGS, Values
from stellarmap_sandbox.bigquery.refusals import invalid_query
from stellarmap_sandbox.bigquery.scans import Scan
from stellarmap_sandbox.bigquery.tables import ACCOUNTS, LEDGERS, OPERATIONS, TRANSFERS, Column

LABEL: Final = "stellarmap_query"
_CHEAP: Final = ("account", "funder", "starting_balance", "successful")
_FACTS: Final = (*_CHEAP, "op_id", "into")
_TIMED: Final = (*_FACTS, "closed_at")
_COMPLETING: Final = ("account", "into", "op_id", "closed_at", "successful", "type")

Scans = Callable[[Moment, Values], tuple[Scan, ...]]


@dataclass(frozen=True, slots=True)
class HubbleQuery:
    """One query: what it is asked with, what it reads, and its answer."""

    parameters: Mapping[str, str]
    columns: tuple[Column, ...]
    scans: Scans
    answer: Callable[[Moment, Values], Answer]


def query_of(name: str | None) -> HubbleQuery:
    """The query of that name. Raises: Refused."""
    found = QUERIES.get(name or "")
    if found is None:
        raise invalid_query(
            f"This Hubble reads no SQL: it answers jobs whose label {LABEL} is one of {', '.join(QUERIES)}; "
            + (f"'{name}' is none of them" if name else "this one has no such label")
        )
    return found


def _account_ledgers(_moment: Moment, _values: Values) -> tuple[Scan, ...]:
    current = ("account_id", "min_sequence_number", "sequence_number", "deleted", "last_modified_ledger")
    return Scan(ACCOUNTS, current), Scan(LEDGERS, ("sequence", "closed_at"))


def _lives(moment: Moment, values: Values) -> tuple[Scan, ...]:
    return (Scan(OPERATIONS, _TIMED, {*selections.days_asked(moment, values), *_whole(moment, values)}),)


def _whole(moment: Moment, values: Values) -> Collection[int]:
    return moment.days(values.moment("whole_since"), values.moment("whole_until"))


def _everything(columns: tuple[str, ...]) -> Scans:
    return lambda moment, _: (Scan(OPERATIONS, columns, moment.all_days()),)


def _since(moment: Moment, values: Values) -> tuple[Scan, ...]:
    first = moment.days(values.moment("since"), selections.END)
    return (Scan(OPERATIONS, _TIMED, first),)


def _children_cheap(moment: Moment, _values: Values) -> tuple[Scan, ...]:
    return (
        Scan(OPERATIONS, _CHEAP, moment.all_days()),
        Scan(ACCOUNTS, ("account_id", "min_sequence_number", "sequence_number")),
    )


def _completions(moment: Moment, values: Values) -> tuple[Scan, ...]:
    named = ("to", "from", "operation_id", "closed_at", "transaction_hash", "amount_raw")
    judged = ("event_topic", "asset_type", "ledger_sequence")
    days = selections.days_asked(moment, values)
    return Scan(TRANSFERS, (*named, *judged), days), Scan(OPERATIONS, _COMPLETING, {*days, *_whole(moment, values)})


def _network(moment: Moment, _values: Values) -> tuple[Scan, ...]:
    return Scan(OPERATIONS, _FACTS, moment.all_days()), Scan(LEDGERS, ("sequence", "closed_at"))


def _balances(_moment: Moment, _values: Values) -> tuple[Scan, ...]:
    named = ("account_id", "balance", "home_domain", "last_modified_ledger", "deleted")
    return (Scan(ACCOUNTS, named),)


_ON_DAYS: Final = {"accounts": STRINGS, "days": DATES, "since": MOMENT, "until": MOMENT}
_IN_A_SPAN: Final = {"whole": STRINGS, "whole_since": MOMENT, "whole_until": MOMENT}
QUERIES: Final = {
    "account_ledgers": HubbleQuery(
        {"accounts": STRINGS}, selections.LEDGERS_OF_ACCOUNTS, _account_ledgers, selections.account_ledgers
    ),
    "lives": HubbleQuery({**_ON_DAYS, **_IN_A_SPAN}, selections.FACTS, _lives, selections.lives),
    "lives_cheap": HubbleQuery(
        {"accounts": STRINGS}, selections.CHEAP_FACTS, _everything((*_CHEAP, "into")), selections.lives_cheap
    ),
    "children": HubbleQuery(
        {"creators": STRINGS, "since": MOMENT}, selections.FACTS_OF_CREATORS, _since, selections.children
    ),
    "children_cheap": HubbleQuery(
        {"creators": STRINGS}, selections.CHEAP_CHILDREN, _children_cheap, selections.children_cheap
    ),
    "completions": HubbleQuery(
        {**_ON_DAYS, **_IN_A_SPAN}, selections.COMPLETIONS, _completions, selections.completions
    ),
    "network": HubbleQuery({}, selections.FACTS, _network, selections.network),
    "network_since": HubbleQuery({"since": MOMENT}, selections.FACTS, _since, selections.network_since),
    "standings_seed": HubbleQuery({"lowest": NUMBER}, selections.SEEDS, _balances, selections.standings_seed),
    "balances": HubbleQuery({"accounts": STRINGS}, selections.BALANCES, _balances, selections.balances),
}
