"""The queries as values: a text from `queries/`, and the parameters it is asked with. Nothing is ever put into a text."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib.resources import files

from google.cloud.bigquery import ArrayQueryParameter, ScalarQueryParameter

from stellarmap_common.domain.network import Address

Parameter = ArrayQueryParameter | ScalarQueryParameter

_BEFORE = datetime(2015, 1, 1, tzinfo=UTC)  # the first partition
_NEVER = (_BEFORE, _BEFORE)
_END = datetime(2100, 1, 1, tzinfo=UTC)  # not the present: that would make another query of the same question
_TABLE = re.compile(r"`(crypto-stellar\.[\w.]+)`")


@dataclass(frozen=True, slots=True)
class Query:
    """One query. The same parameters make the same key, in whatever process."""

    name: str
    about: tuple[Address, ...]  # accounts it is for, all that were asked about together; none: the network
    parameters: tuple[Parameter, ...]
    narrowing: tuple[str, ...] = ()  # parameters that leave out only what holds no answer

    @property
    def text(self) -> str:
        """Its SQL."""
        return text_of(self.name)

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables it reads."""
        return tuple(sorted(set(_TABLE.findall(self.text))))

    @property
    def key(self) -> str:
        """Short text of what is asked: two jobs of one key give the same answer, as long as nothing new is loaded."""
        asked = (each for each in self.parameters if each.name not in self.narrowing)
        told = "\n".join([self.text, *(str(each.to_api_repr()) for each in asked)])
        return sha256(told.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class OnDays:
    """Accounts, and the days on which they are looked for."""

    accounts: Sequence[Address]
    days: Collection[date]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """With the span of the days: by that BigQuery leaves out partitions for certain."""
        days = sorted(self.days)
        span = (_midnight(days[0]), _midnight(days[-1]) + timedelta(days=1)) if days else _NEVER
        return _texts("accounts", self.accounts), ArrayQueryParameter("days", "DATE", days), *_span("", span)


@cache
def text_of(name: str) -> str:
    """The SQL of that name."""
    return (files("stellarmap_ingest_bigquery.queries") / f"{name}.sql").read_text()


def names() -> tuple[str, ...]:
    """All of them."""
    found = files("stellarmap_ingest_bigquery.queries").iterdir()
    return tuple(sorted(each.name.removesuffix(".sql") for each in found if each.name.endswith(".sql")))


def account_ledgers(accounts: Sequence[Address]) -> Query:
    """Where the lives of the accounts lie."""
    return Query("account_ledgers", tuple(accounts), (_texts("accounts", accounts),))


def lives(about: Sequence[Address], once: "OnDays", often: Sequence[Address], since: datetime) -> Query:
    """Creations and merges: of some accounts on days, of others on every day from `since` on."""
    return Query("lives", tuple(about), (*once.parameters, *_whole(often, since)))


def lives_cheap(about: Sequence[Address], accounts: Sequence[Address]) -> Query:
    """The same over all time, without operations."""
    return Query("lives_cheap", tuple(about), (_texts("accounts", accounts),))


def completions(about: Sequence[Address], sent: "OnDays", merged: Sequence[Address], since: datetime) -> Query:
    """The first XLM that some accounts were sent on days, and the merges of others on every day from `since` on."""
    return Query("completions", tuple(about), (*sent.parameters, *_whole(merged, since)))


def children(creators: Sequence[Address], since: datetime) -> Query:
    """What accounts created, and who was merged into them. `since`: before it there is nothing, whenever that was learned."""
    parameters = (_texts("creators", creators), _time("since", since))
    return Query("children", tuple(creators), parameters, narrowing=("since",))


def children_cheap(creators: Sequence[Address]) -> Query:
    """What accounts created, without operations."""
    return Query("children_cheap", tuple(creators), (_texts("creators", creators),))


def network() -> Query:
    """Every creation and merge."""
    return Query("network", (), ())


def network_since(since: datetime) -> Query:
    """Those from a day on."""
    return Query("network_since", (), (_time("since", since),))


def standings_seed(lowest_xlm: float) -> Query:
    """Every account that has at least so much."""
    return Query("standings_seed", (), (ScalarQueryParameter("lowest", "FLOAT64", lowest_xlm),))


def balances(accounts: Sequence[Address]) -> Query:
    """What these have. It is about no account that a step waits for."""
    return Query("balances", (), (_texts("accounts", accounts),))


def _whole(accounts: Sequence[Address], since: datetime) -> tuple[Parameter, ...]:
    span = (since, _END) if accounts else _NEVER
    return _texts("whole", accounts), *_span("whole_", span)


def _texts(name: str, values: Sequence[str]) -> ArrayQueryParameter:
    return ArrayQueryParameter(name, "STRING", list(values))


def _time(name: str, value: datetime) -> ScalarQueryParameter:
    return ScalarQueryParameter(name, "TIMESTAMP", value)


def _span(prefix: str, span: tuple[datetime, datetime]) -> tuple[ScalarQueryParameter, ScalarQueryParameter]:
    since, until = span
    return _time(f"{prefix}since", since), _time(f"{prefix}until", until)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
