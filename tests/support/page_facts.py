"""What an account page has to say, worked out from the generator of the simulated network: formats too are written anew."""

import re
from collections import Counter
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from stellarmap_common.domain.creation import CreationKind
from stellarmap_common.domain.network import Address
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.profiles import home_domain, listed
from stellarmap_sandbox.spec import close_time
from stellarmap_sandbox.truth import TrueCreation, TrueEnd, Truth

XLM = 10**7
TENTH, CENT = Decimal("0.1"), Decimal("0.01")
LISTED = 60  # children: with more the first view is a disc
KINDS = {
    CreationKind.CREATE_ACCOUNT: "create_account operation",
    CreationKind.CONTRACT_TRANSFER: "transfer by a contract",
}


def short(address: str) -> str:
    return f"{address[:5]}…{address[-5:]}"


def exact_amount(stroops: int) -> str:
    """`1,234.5 XLM`."""
    return f"{plain(Decimal(stroops) / XLM)} XLM"


def plain(value: Decimal) -> str:
    """With commas, without zeros at the end."""
    text = f"{value:,.7f}"
    return text.rstrip("0").rstrip(".")


def short_amount(stroops: int) -> str:
    """`4.2 B XLM`, `10 K XLM`; less than ten thousand with whole cents."""
    value = Decimal(stroops) / XLM
    if value < 10_000:
        return f"{plain(value.quantize(CENT, ROUND_DOWN) if value >= 1 else value)} XLM"
    for unit, name in ((1_000, "K"), (1_000_000, "M"), (1_000_000_000, "B")):
        rounded = (value / unit).quantize(TENTH, ROUND_HALF_UP)
        if rounded < 1_000 or name == "B":
            break
    return f"{plain(rounded)} {name} XLM"


def moment(ledger: int) -> str:
    return close_time(ledger).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(ledger: int) -> str:
    return close_time(ledger).strftime("%Y-%m-%d")


def long_day(ledger: int) -> str:
    at = close_time(ledger)
    return f"{at:%b} {at.day}, {at.year}"


def hops(count: int) -> str:
    """So many of them, in words."""
    return f"{count:,} hop{'' if count == 1 else 's'}"


def named(address: Address) -> tuple[str, list[str]]:
    """The account as it is written, and its title."""
    return short(address), [address]


class PageFacts:
    """Of one account."""

    def __init__(self, network: Network, address: Address) -> None:
        self.network, self.address = network, address
        self.truth = Truth(network)
        self.chain = self.truth.chain(address)
        self.lives = self.truth.creations(address)
        self.children = self.truth.children(address)
        number = network.number_of(address)
        assert number is not None
        assert self.lives, "genesis has no creation to tell of"
        self.number = number

    @property
    def contract(self) -> str | None:
        """The contract that the chain begins at."""
        first = self.chain[-1].creator
        return first if first.startswith("C") else None

    def figures(self) -> dict[str, tuple[str, list[str]]]:
        own = self.lives[-1]
        return {
            "balance": (exact_amount(self.balance()), []),
            "created": (long_day(own.ledger), [moment(own.ledger)]),
            "creator": (short(own.creator), [own.creator]),
            "children": (f"{len(self.children):,}", []),
        }

    def state(self) -> str:
        if not self.contract:
            return f"lineage complete · {hops(len(self.chain))}"  # genesis is one
        creators = len(self.chain) - 1  # whoever a contract has created has none
        return f"lineage complete · {f'{hops(creators)} from' if creators else 'created by'} a contract"

    def balance(self) -> int:
        return self.balance_of(self.number)

    def balance_of(self, number: int) -> int:
        return self.network.accounts.balance[number] if self.network.exists(number) else 0

    def spine(self) -> list[dict[str, Any]]:
        hops = [self._hop(life) for life in reversed(self.chain)]
        genesis = {
            "address": self.truth.genesis,
            "name": "Genesis",
            **dict.fromkeys(("amount", "exactly", "at", "date")),
        }
        return hops if self.contract else [genesis, *hops]

    def rows(self, told: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
        """The first children as rows. Of those that were looked at, what is told is true of today, and not of their creation."""
        children = self.children[:most]
        if len(told) != len(children):
            return [self._hop(child) for child in children]
        return [self._row(child, row) for child, row in zip(children, told, strict=True)]

    def _row(self, child: TrueCreation, told: dict[str, Any]) -> dict[str, Any]:
        number = self.network.number_of(child.account)
        assert number is not None
        names = {
            short(child.account),
            home_domain(self.network, number),
            getattr(listed(self.network, number), "name", None),
        }
        row = {
            **self._hop(child),
            "what": told["what"],
            "children": self._children_told(child.account, told["children"]),
        }
        if told["name"] in names:
            row["name"] = told["name"]
        if told["what"] == "balance":
            now = self.balance_of(number)
            row |= {"amount": short_amount(now), "exactly": exact_amount(now)}
        return row

    def _children_told(self, account: Address, told: str | None) -> str | None:
        """All that it has, or at least those that are known."""
        if told is None:
            return None
        total = len(self.truth.children(account))
        known = int(re.sub(r"\D", "", told))
        return told if told.startswith("≥") and known <= total else f"{total:,} child"

    def histogram(self) -> dict[str, Any] | None:
        """By month, from the first child's to the last one's: later months are empty."""
        if not self.children:
            return None
        return {f"{at:%b %Y}": count for at, count in self._months().items()}

    def _months(self) -> Counter[datetime]:
        return Counter(close_time(child.ledger).replace(day=1, hour=0, minute=0, second=0) for child in self.children)

    def lives_told(self) -> list[dict[str, tuple[str, list[str]]]]:
        """The evidence of each life, the present one first."""
        return [self.evidence(life) for life in reversed(self.lives)]

    def chain_told(self) -> list[dict[str, tuple[str, list[str]]]]:
        """The evidence of each hop beyond the account, the nearest first."""
        told = [{"Account": named(life.account)} | self.evidence(life) for life in self.chain[1:]]
        unknown = "Its ledger is known, not when that closed."
        genesis: dict[str, tuple[str, list[str]]] = {
            "Account": named(self.truth.genesis),
            "Kind": ("genesis: exists from ledger 1", []),
            "Time": (f"– unknown: {unknown}", [unknown]),
            "Ledger": ("1", []),
            "Certainty": ("exact", []),
            "Read from": ("the network's passphrase", []),
        }
        return told if self.contract else [*told, genesis]

    def evidence(self, life: TrueCreation) -> dict[str, tuple[str, list[str]]]:
        """What the details say of a creation."""
        hash_ = life.transaction_hash
        told: dict[str, tuple[str, list[str]]] = {
            "Kind": (KINDS[life.kind], []),
            "Creator": (short(life.creator), [life.creator]),
            "Time": (moment(life.ledger), []),
            "Created with": (exact_amount(life.starting_balance_stroops), []),
            "Ledger": (f"{life.ledger:,}", []),
            "Operation": (str(life.operation_id), []),
            "Transaction": (f"{hash_[:8]}…{hash_[-8:]}", [hash_]),
            "Certainty": ("exact", []),
            "Read from": ("Horizon", []),
        }
        if life.transaction_source != life.creator:
            told["Transaction source"] = (short(life.transaction_source), [life.transaction_source])
        if life.sponsor:
            told["Sponsor of the reserve"] = (short(life.sponsor), [life.sponsor])
        if end := self.end_of(life):
            told["Merged into"] = (short(end.merged_into), [end.merged_into])
            told["Merged at"] = (moment(end.operation_id >> 32), [])
        return told

    def end_of(self, life: TrueCreation) -> TrueEnd | None:
        """The merge that ended this life."""
        later = [
            each.operation_id for each in self.truth.creations(life.account) if each.operation_id > life.operation_id
        ]
        before = min(later, default=1 << 63)
        ends = [end for end in self.truth.ends(life.account) if life.operation_id < end.operation_id < before]
        return ends[0] if ends else None

    @staticmethod
    def _hop(life: TrueCreation) -> dict[str, Any]:
        return {
            "address": life.account,
            "name": short(life.account),
            "amount": short_amount(life.starting_balance_stroops),
            "exactly": exact_amount(life.starting_balance_stroops),
            "at": moment(life.ledger),
            "date": day(life.ledger),
        }
