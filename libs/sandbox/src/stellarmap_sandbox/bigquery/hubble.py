"""The network as Hubble loads it: facts in order, and how many operations of each kind lie on each day.

An operation's `account` is the one created or merged, `funder` who created it, `into` where it was merged. Creations by contract
calls are no `create_account`: they have no funder here, and are found among the transfers.
"""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from threading import Lock
from typing import Final

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.strkey import InvalidStrkey
from stellarmap_sandbox.bigquery.answers import Row
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.rows import CREATE, MERGE, OPERATION_BITS
from stellarmap_sandbox.spec import FIRST_CLOSE, LEDGER_SECONDS, close_time

LEDGERS_A_DAY: Final = 86_400 // LEDGER_SECONDS
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=FIRST_CLOSE.tzinfo)
_MICROSECOND: Final = timedelta(microseconds=1)
_KIND_BITS: Final = 7  # with that of failure


def day_of(ledger: int) -> int:
    """The number of the ledger's day: 0 is that of the first ledger."""
    return (ledger - 1) // LEDGERS_A_DAY


def micros_of(ledger: int) -> int:
    """The ledger's close time as microseconds since 1970."""
    return (close_time(ledger) - _EPOCH) // _MICROSECOND


def ledger_from(moment: datetime) -> int:
    """The first ledger that closed then or later; 1 for a time before all of them."""
    return max(1, -(-(moment - FIRST_CLOSE) // timedelta(seconds=LEDGER_SECONDS)) + 1)


def xlm(stroops: int) -> float:
    """XLM as FLOAT64: not every amount is exact."""
    return stroops / STROOPS_PER_XLM


class Hubble:
    """What is known of a network's rows: looked through once, and then from where that ended."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.facts = array("I")  # rows of successful creations and merges, in order
        self._counts: defaultdict[int, int] = defaultdict(int)  # rows of a day and kind
        self._looked = 0
        self._lock = Lock()  # queries run in threads

    def moment(self) -> "Moment":
        """The network as it is now: to be called where ledgers are closed, so that none is half there."""
        network = self.network
        return Moment(self, rows=len(network.rows), accounts=len(network.accounts), ledger=network.ledger)

    def look(self, until: int) -> None:
        """Afterwards all rows before that one are known. Of 1,000,000 rows it takes a third of a second, once."""
        with self._lock:
            rows, counts, facts = self.network.rows, self._counts, self.facts
            news = range(self._looked, until)
            fresh = not self._looked  # then the columns are read from their beginning, which is faster
            kinds = islice(rows.kind, until) if fresh else (rows.kind[row] for row in news)
            operations = islice(rows.op, until) if fresh else (rows.op[row] for row in news)
            for row, kind, operation in zip(news, kinds, operations, strict=True):
                counts[((operation >> 32) - 1) // LEDGERS_A_DAY << _KIND_BITS | kind] += 1
                if kind <= MERGE:
                    facts.append(row)
            self._looked = max(self._looked, until)

    def count(self, days: Collection[int], kinds: Collection[int]) -> int:
        """How many rows of those kinds lie on the days."""
        counts = self._counts
        return sum(counts.get(day << _KIND_BITS | kind, 0) for day in days for kind in kinds)


@dataclass(frozen=True, slots=True)
class Moment:
    """The network at a moment: what came later is not seen, but for the present state of accounts."""

    hubble: Hubble
    rows: int
    accounts: int
    ledger: int

    @property
    def network(self) -> Network:
        """The network itself."""
        return self.hubble.network

    def address(self, number: int) -> str:
        """The address of an account or a contract."""
        return self.network.keys.address(number)

    def numbers(self, addresses: Collection[str]) -> list[int]:
        """Those of the addresses that ever were accounts of this network."""
        return [number for address in addresses if (number := self._number(address)) is not None]

    def facts(self) -> tuple["array[int]", int]:
        """The rows of all creations and merges; so many of them are of this moment."""
        self.hubble.look(self.rows)
        return self.hubble.facts, bisect_left(self.hubble.facts, self.rows)

    def first_row(self, moment: datetime) -> int:
        """The first row of a ledger that closed then or later."""
        return min(self.network.first_row(ledger_from(moment)), self.rows)

    def days(self, since: datetime, until: datetime) -> range:
        """The days that have ledgers, of those that a span touches; `until` is outside."""
        if until <= since:
            return range(0)
        last = (until - FIRST_CLOSE - _MICROSECOND) // timedelta(days=1)
        return range(max(0, (since - FIRST_CLOSE) // timedelta(days=1)), min(last, day_of(self.ledger)) + 1)

    def all_days(self) -> range:
        """Every day that has ledgers."""
        return range(day_of(self.ledger) + 1)

    def rows_of(self, number: int, first: int = 0, end: int | None = None) -> Iterator[int]:
        """The rows of an account from `first` to before `end`."""
        entries = self.network.entries(number)
        last = self.rows if end is None else min(end, self.rows)
        for position in range(bisect_left(entries, first << 1), bisect_left(entries, last << 1)):
            yield entries[position] >> 1

    def facts_about(self, number: int, first: int = 0, end: int | None = None) -> Iterator[int]:
        """Creations and merges of the account."""
        rows = self.network.rows
        for row in self.rows_of(number, first, end):
            kind = rows.kind[row]
            if (kind == CREATE and rows.b[row] == number) or (kind == MERGE and rows.a[row] == number):
                yield row

    def facts_by(self, number: int, first: int = 0) -> Iterator[int]:
        """Creations by the account, and merges into it."""
        rows = self.network.rows
        for row in self.rows_of(number, first):
            kind = rows.kind[row]
            if (kind == CREATE and rows.a[row] == number) or (kind == MERGE and rows.b[row] == number):
                yield row

    def fact(self, row: int) -> Row:
        """op_id, closed_at, account, funder, starting_balance, merged_into."""
        rows = self.network.rows
        operation, a, b = rows.op[row], self.address(rows.a[row]), self.address(rows.b[row])
        closed_at = micros_of(operation >> 32)
        if rows.kind[row] == CREATE:
            return operation, closed_at, b, a, xlm(rows.amount[row]), None
        return operation, closed_at, a, None, None, b

    def transaction_hash(self, row: int) -> str:
        """The hash of the row's transaction."""
        return self.network.keys.transaction_hash(self.network.rows.op[row] & ~OPERATION_BITS)

    def _number(self, address: str) -> int | None:
        try:
            number = self.network.number_of(address)
        except InvalidStrkey:
            return None
        return number if number is not None and number < self.accounts else None


def rows_together(*parts: Iterator[int]) -> "array[int]":
    """All the rows, in order of operation."""
    return array("I", sorted(chain(*parts)))
