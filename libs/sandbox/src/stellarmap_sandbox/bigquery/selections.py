"""The rows of each query's answer, in the order of its SQL. Each says the same as the file of its name."""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Final

from stellarmap_sandbox.bigquery.accounts import CurrentAccount, current_account, last_modified_ledger
from stellarmap_sandbox.bigquery.answers import Answer, Row
from stellarmap_sandbox.bigquery.hubble import Moment, day_of, micros_of, rows_together, xlm
from stellarmap_sandbox.bigquery.parameters import Values
from stellarmap_sandbox.bigquery.tables import BOOLEAN, FLOAT, INTEGER, STRING, TIMESTAMP, columns_of
from stellarmap_sandbox.filling import note_entries
from stellarmap_sandbox.generator.story import ALIVE
from stellarmap_sandbox.rows import CALLS, CREATE, MERGE, PAYMENT
from stellarmap_sandbox.sequences import sequence_of_account
from stellarmap_sandbox.spec import FIRST_CLOSE

END: Final = datetime(2200, 1, 1, tzinfo=UTC)
FACTS: Final = columns_of(
    op_id=INTEGER, closed_at=TIMESTAMP, account=STRING, funder=STRING, starting_balance=FLOAT, merged_into=STRING
)
CHEAP_FACTS: Final = FACTS[2:]
LEDGERS_OF_ACCOUNTS: Final = columns_of(
    account_id=STRING,
    first_ledger=INTEGER,
    latest_ledger=INTEGER,
    deleted=BOOLEAN,
    last_modified_ledger=INTEGER,
    first_closed_at=TIMESTAMP,
    latest_closed_at=TIMESTAMP,
    modified_closed_at=TIMESTAMP,
)
FACTS_OF_CREATORS: Final = (*columns_of(creator=STRING), *FACTS, *columns_of(total=INTEGER))
CHEAP_CHILDREN: Final = columns_of(
    creator=STRING, account=STRING, starting_balance=FLOAT, ledger=INTEGER, total=INTEGER
)
COMPLETIONS: Final = columns_of(
    op_id=INTEGER,
    closed_at=TIMESTAMP,
    account=STRING,
    creator=STRING,
    merged_into=STRING,
    transaction_hash=STRING,
    amount_raw=STRING,
)
SEEDS: Final = columns_of(
    account_id=STRING, balance=FLOAT, home_domain=STRING, last_modified_ledger=INTEGER, loaded_ledger=INTEGER
)
BALANCES: Final = (*SEEDS[:4], *columns_of(deleted=BOOLEAN))
_TRANSFERS: Final = CALLS | {PAYMENT}
_UNKNOWN: Final = 0


def days_asked(moment: Moment, values: Values) -> set[int]:
    """The days of `days` that lie in the span from `since` to `until`."""
    first = FIRST_CLOSE.date()
    days = {(day - first) // timedelta(days=1) for day in values.days("days")}
    return days.intersection(moment.days(values.moment("since"), values.moment("until")))


def account_ledgers(moment: Moment, values: Values) -> Answer:
    """Where the lives of accounts lie."""
    asked = [current_account(moment, number) for number in moment.numbers(values.texts("accounts"))]
    asked.sort(key=lambda account: moment.address(account.number))
    found = {ledger for account in asked for ledger in _ledgers(account) if 1 <= ledger <= moment.ledger}

    def closed_at(ledger: int) -> int | None:
        return micros_of(ledger) if ledger in found else None

    def shown(place: int) -> Row:
        account = asked[place]
        first, latest = account.min_sequence_number >> 32, account.sequence_number >> 32
        modified = account.last_modified_ledger
        times = (closed_at(first), closed_at(latest), closed_at(modified))
        return moment.address(account.number), first, latest, account.deleted, modified, *times

    return Answer(LEDGERS_OF_ACCOUNTS, range(len(asked)), shown)


def _ledgers(account: CurrentAccount) -> Iterator[int]:
    yield account.min_sequence_number >> 32
    yield account.sequence_number >> 32
    if account.deleted:
        yield account.last_modified_ledger


def lives(moment: Moment, values: Values) -> Answer:
    """Creations and merges: of accounts on days, of others in a span. Who is asked for twice is told twice."""
    rows, days = moment.network.rows, days_asked(moment, values)
    first, end = moment.first_row(values.moment("since")), moment.first_row(values.moment("until"))
    on_days = (
        row
        for number in moment.numbers(values.texts("accounts"))
        for row in moment.facts_about(number, first, end)
        if day_of(rows.op[row] >> 32) in days
    )
    first_whole = moment.first_row(values.moment("whole_since"))
    end_whole = moment.first_row(values.moment("whole_until"))
    in_between = (
        row
        for number in moment.numbers(values.texts("whole"))
        for row in moment.facts_about(number, first_whole, end_whole)
    )
    return Answer(FACTS, rows_together(on_days, in_between), moment.fact)


def lives_cheap(moment: Moment, values: Values) -> Answer:
    """Creations and merges over all time, without operations: merges of an account before its creations."""
    found = (row for number in moment.numbers(values.texts("accounts")) for row in moment.facts_about(number))
    rows = sorted((moment.fact(row)[2:] for row in found), key=_nulls_first)
    return Answer(CHEAP_FACTS, range(len(rows)), rows.__getitem__)


def _nulls_first(row: Row) -> tuple[tuple[bool, object], ...]:
    account, funder, balance, merged_into = row
    return tuple((each is not None, each) for each in (account, funder, merged_into, balance))


def children(moment: Moment, values: Values) -> Answer:
    """What accounts created from a time on, and the merges into them."""
    rows, first = moment.network.rows, moment.first_row(values.moment("since"))
    asked = sorted(moment.numbers(values.texts("creators")), key=moment.address)
    found, totals = array("I"), Counter[int]()
    for number in asked:
        before = len(found)
        found.extend(moment.facts_by(number, first))
        totals[number] = len(found) - before

    def shown(row: int) -> Row:
        creator = rows.a[row] if rows.kind[row] == CREATE else rows.b[row]
        return moment.address(creator), *moment.fact(row), totals[creator]

    return Answer(FACTS_OF_CREATORS, found, shown)


def children_cheap(moment: Moment, values: Values) -> Answer:
    """What accounts created, without operations; the ledger of those that were created once."""
    rows = moment.network.rows
    asked = sorted(moment.numbers(values.texts("creators")), key=moment.address)
    found, ledgers, totals = array("I"), array("q"), Counter[int]()
    for number in asked:
        before = len(found)
        for ledger, row in _in_order(moment, (row for row in moment.facts_by(number) if rows.kind[row] == CREATE)):
            found.append(row)
            ledgers.append(ledger)
        totals[number] = len(found) - before

    def shown(place: int) -> Row:
        row, ledger = found[place], ledgers[place]
        creator = rows.a[row]
        known = None if ledger == _UNKNOWN else ledger
        return moment.address(creator), moment.address(rows.b[row]), xlm(rows.amount[row]), known, totals[creator]

    return Answer(CHEAP_CHILDREN, range(len(found)), shown)


def _in_order(moment: Moment, made: Iterator[int]) -> Iterator[tuple[int, int]]:
    """Ledgers and rows of creations, by ledger, address and balance; addresses are made of one ledger at a time."""
    rows = moment.network.rows
    told = sorted((_ledger_of_once(moment, row), row) for row in made)
    for ledger, same in groupby(told, key=itemgetter(0)):
        together = [row for _, row in same]
        if len(together) > 1:  # to write an address takes longer than all the rest
            together.sort(key=lambda row: (moment.address(rows.b[row]), rows.amount[row]))
        for row in together:
            yield ledger, row


def _ledger_of_once(moment: Moment, row: int) -> int:
    """The first ledger of the account that the row created, if it was created in no other; else one before all others."""
    rows, account = moment.network.rows, moment.network.rows.b[row]
    all_creations = moment.network.creations_of(account)
    creations = [at for at in all_creations if at < moment.rows and rows.kind[at] == CREATE]
    first = rows.op[all_creations[0]] >> 32
    in_one = len(creations) == 1 and sequence_of_account(moment.network, account)[0] >> 32 == first
    return first if in_one else _UNKNOWN


def completions(moment: Moment, values: Values) -> Answer:
    """The first XLM that accounts were sent in each ledger of the days, if by a contract; and the merges of others in a span."""
    rows, days = moment.network.rows, days_asked(moment, values)
    first, end = moment.first_row(values.moment("since")), moment.first_row(values.moment("until"))
    first_whole = moment.first_row(values.moment("whole_since"))
    end_whole = moment.first_row(values.moment("whole_until"))

    def firsts(number: int) -> Iterator[int]:
        latest = 0
        for row in moment.rows_of(number, first, end):
            ledger = rows.op[row] >> 32
            received = rows.kind[row] in _TRANSFERS and rows.b[row] == number
            if received and ledger != latest and day_of(ledger) in days:
                latest = ledger
                if rows.kind[row] in CALLS:
                    yield row

    def shown(row: int) -> Row:
        operation, a, b = rows.op[row], moment.address(rows.a[row]), moment.address(rows.b[row])
        closed_at = micros_of(operation >> 32)
        if rows.kind[row] == MERGE:
            return operation, closed_at, a, None, b, None, None
        return operation, closed_at, b, a, None, moment.transaction_hash(row), str(rows.amount[row])

    found = [row for number in moment.numbers(values.texts("accounts")) for row in firsts(number)]
    for number in moment.numbers(values.texts("whole")):
        found += [row for row in moment.facts_about(number, first_whole, end_whole) if rows.kind[row] == MERGE]
    found.sort(key=lambda row: (rows.op[row], moment.address((rows.a if rows.kind[row] == MERGE else rows.b)[row])))
    return Answer(COMPLETIONS, array("I", found), shown)


def network(moment: Moment, _values: Values) -> Answer:
    """Every creation and merge."""
    return _facts_from(moment, 0)


def network_since(moment: Moment, values: Values) -> Answer:
    """Those from a time on."""
    return _facts_from(moment, moment.first_row(values.moment("since")))


def _facts_from(moment: Moment, first: int) -> Answer:
    """No copy of them: the answer of a network of any size is a span of what is known anyway."""
    facts, count = moment.facts()
    start = bisect_left(facts, first, 0, count)
    return Answer(FACTS, range(start, count), lambda place: moment.fact(facts[place]))


def standings_seed(moment: Moment, values: Values) -> Answer:
    """Every account that has at least so much now, and the latest ledger that is loaded."""
    accounts, lowest = moment.network.accounts, values.number("lowest")
    loaded = _loaded_ledger(moment)  # before the balances: whatever closes meanwhile, they are at least as young
    stroops = zip(
        range(moment.accounts), accounts.balance, accounts.flags, strict=False
    )  # younger ones are not asked for
    rich = [number for number, balance, flags in stroops if flags & ALIVE and xlm(balance) >= lowest]
    found = sorted(
        (current_account(moment, number) for number in rich),
        key=lambda account: (-account.balance, moment.address(account.number)),
    )

    def shown(place: int) -> Row:
        row = found[place]
        return moment.address(row.number), row.balance, row.home_domain, row.last_modified_ledger, loaded

    return Answer(SEEDS, range(len(found)), shown)


def _loaded_ledger(moment: Moment) -> int:
    """The latest ledger in which an account was changed, as the rows of accounts tell it."""
    network, rows = moment.network, moment.network.rows
    latest = 1  # that of genesis
    for row in range(moment.rows - 1, -1, -1):
        if rows.op[row] >> 32 <= latest:
            break
        changed = [number for number, _ in note_entries(rows, row) if number < moment.accounts]
        latest = max([latest, *(last_modified_ledger(network, number) for number in changed)])
    return latest


def balances(moment: Moment, values: Values) -> Answer:
    """What accounts have now, and whether they are gone."""
    asked = [current_account(moment, number) for number in moment.numbers(values.texts("accounts"))]
    asked.sort(key=lambda account: moment.address(account.number))

    def shown(place: int) -> Row:
        row = asked[place]
        return moment.address(row.number), row.balance, row.home_domain, row.last_modified_ledger, row.deleted

    return Answer(BALANCES, range(len(asked)), shown)
