"""A stellar.toml (SEP-1) as it may be shown: what a domain says of itself. A stranger's text, which may be anything."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from stellarmap_common.domain.profile import printable

LONGEST_NAME = 60
LONGEST_VALUE = 1_000
MOST_FIELDS = 40  # of a table
MOST_TABLES = 100  # of one kind
MOST_ACCOUNTS = 100
MOST_DOTS = (
    100  # in a line: the time that tomllib takes for a key of n parts grows with n², for 100 KiB of them to 20 s
)

Fields = dict[str, str]


class UnreadableToml(ValueError):
    """The text is not TOML; the message says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Tables of one kind: the first of them, and how many there are."""

    first: tuple[Fields, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StellarToml:
    """Names and values as text. What is neither text, number nor true or false is left out."""

    general: Fields  # what stands before the first table
    accounts: tuple[str, ...]
    documentation: Fields  # the organisation
    principals: Tables
    currencies: Tables
    validators: Tables


def stellar_toml_of(text: str) -> StellarToml:
    """What the text says. Raises: UnreadableToml."""
    found = toml_of(text)
    accounts = found.get("ACCOUNTS")
    named = [printable(each, LONGEST_NAME) for each in accounts[:MOST_ACCOUNTS]] if isinstance(accounts, list) else []
    return StellarToml(
        general=_fields(found),
        accounts=tuple(filter(None, named)),
        documentation=_fields(found.get("DOCUMENTATION")),
        principals=_tables(found.get("PRINCIPALS")),
        currencies=_tables(found.get("CURRENCIES")),
        validators=_tables(found.get("VALIDATORS")),
    )


def toml_of(text: str) -> Mapping[str, object]:
    """All that the text says. Takes milliseconds for 100 KiB, whatever they are. Raises: UnreadableToml."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > MOST_DOTS:
            raise UnreadableToml(f"there are more than {MOST_DOTS} dots (in line {number})")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise UnreadableToml("values stand too deep within each other") from None
    except ValueError as error:  # a number of more than 4,300 digits is one, too
        raise UnreadableToml(printable(str(error), LONGEST_VALUE) or "it cannot be read") from None


def _tables(found: object) -> Tables:
    tables = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return Tables(first=tuple(_fields(each) for each in tables[:MOST_TABLES]), total=len(tables))


def _fields(table: object) -> Fields:
    if not isinstance(table, dict):
        return {}
    read = ((printable(name, LONGEST_NAME), _value(value)) for name, value in table.items())
    shown = [(name, value) for name, value in read if name and value is not None]
    return dict(shown[:MOST_FIELDS])


def _value(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        text = str(value) if isinstance(value, str | int | float) else ""
    except ValueError:  # an integer of more than 4,300 digits, which TOML may write as a hexadecimal number
        return None
    return printable(" ".join(text.split()), LONGEST_VALUE)
