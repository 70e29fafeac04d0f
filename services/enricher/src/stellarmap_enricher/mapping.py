"""Horizon's and the directory's records as parts of a profile: here, and nowhere else, decimal text becomes stroops.

Optional fields are absent, not null. What the owner of an account chose (home domain, names) is a stranger's text.
"""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from stellarmap_common.domain.amounts import InvalidAmount, stroops_from_decimal
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.profile import (
    LONGEST_DOMAIN,
    LONGEST_NAME,
    LONGEST_TAG,
    MOST_TAGS,
    Entry,
    Flag,
    Issued,
    IssuedAsset,
    Listing,
    Signer,
    Thresholds,
    TrustLine,
    horizon_version,
    printable,
)
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.ports.horizon import HORIZON_PAGE, Record

_NATIVE = "native"
_LONGEST_CODE = 12


class _Balance(msgspec.Struct, kw_only=True):
    balance: str
    asset_type: str
    asset_code: str | None = None
    asset_issuer: str | None = None
    liquidity_pool_id: str | None = None
    is_authorized: bool = True


class _Thresholds(msgspec.Struct, kw_only=True):
    low_threshold: int = 0
    med_threshold: int = 0
    high_threshold: int = 0


class _Signer(msgspec.Struct, kw_only=True):
    key: str
    type: str
    weight: int


class _Account(msgspec.Struct, kw_only=True):
    sequence: str
    last_modified_ledger: int
    subentry_count: int = 0
    home_domain: str | None = None
    thresholds: _Thresholds = msgspec.field(default_factory=_Thresholds)
    flags: dict[str, bool] = msgspec.field(default_factory=dict)
    balances: tuple[_Balance, ...] = ()
    signers: tuple[_Signer, ...] = ()
    sponsor: str | None = None
    num_sponsoring: int = 0
    num_sponsored: int = 0


class _Holders(msgspec.Struct):
    authorized: int = 0


class _Amounts(msgspec.Struct):
    authorized: str = "0"


class _Asset(msgspec.Struct, kw_only=True):
    asset_type: str
    asset_code: str
    accounts: _Holders = msgspec.field(default_factory=_Holders)
    balances: _Amounts = msgspec.field(default_factory=_Amounts)


class _Listed(msgspec.Struct, kw_only=True):
    address: str
    name: str | None = None
    domain: str | None = None
    tags: tuple[str, ...] = ()


def entry_of(record: Record) -> Entry:
    """The account's entry. Raises: SourceUnavailable, when it cannot be read."""
    account = _converted(record, _Account)
    native = next((each for each in account.balances if each.asset_type == _NATIVE), None)
    return Entry(
        exists=True,
        version=horizon_version(account.last_modified_ledger),
        balance_stroops=_stroops(native.balance) if native else 0,
        home_domain=printable(account.home_domain, LONGEST_DOMAIN),
        flags=tuple(flag for flag in Flag if account.flags.get(flag)),
        thresholds=Thresholds(
            low=account.thresholds.low_threshold,
            medium=account.thresholds.med_threshold,
            high=account.thresholds.high_threshold,
        ),
        signers=tuple(Signer(key=each.key, kind=each.type, weight=each.weight) for each in account.signers),
        subentry_count=account.subentry_count,
        sequence=_integer(account.sequence),
        sponsor=Address(account.sponsor) if account.sponsor else None,
        sponsoring=account.num_sponsoring,
        sponsored=account.num_sponsored,
    )


def trust_lines_of(record: Record) -> tuple[TrustLine, ...]:
    """What the account holds besides XLM, in Horizon's order. Raises: SourceUnavailable, when it cannot be read."""
    return tuple(
        TrustLine(
            kind=each.asset_type,
            balance_stroops=_stroops(each.balance),
            code=printable(each.asset_code, _LONGEST_CODE),
            issuer=Address(each.asset_issuer) if each.asset_issuer else None,
            pool=each.liquidity_pool_id,
            authorized=each.is_authorized,
        )
        for each in _converted(record, _Account).balances
        if each.asset_type != _NATIVE
    )


def issued_of(records: Sequence[Record]) -> Issued:
    """The assets on a page of an issuer's. Raises: SourceUnavailable, when one cannot be read."""
    assets = tuple(_issued(_converted(record, _Asset)) for record in records)
    return Issued(assets=assets, complete=len(records) < HORIZON_PAGE)


def listing_of(record: Record) -> tuple[Address, Listing]:
    """An entry of the directory, and whose it is. Raises: SourceUnavailable, when it cannot be read."""
    listed = _converted(record, _Listed)
    tags = [tag for each in listed.tags if (tag := printable(each, LONGEST_TAG))]
    return Address(listed.address), Listing(
        name=printable(listed.name, LONGEST_NAME),
        domain=printable(listed.domain, LONGEST_NAME),
        tags=tuple(dict.fromkeys(tags))[:MOST_TAGS],
    )


def _issued(asset: _Asset) -> IssuedAsset:
    try:
        amount: int | None = stroops_from_decimal(asset.balances.authorized)
    except InvalidAmount:
        amount = None  # all of it together may be more than any one account can hold
    return IssuedAsset(
        code=printable(asset.asset_code, _LONGEST_CODE) or "",
        kind=asset.asset_type,
        holders=asset.accounts.authorized,
        amount_stroops=amount,
    )


R = TypeVar("R")


def _converted(record: Record, wanted: type[R]) -> R:
    try:
        return msgspec.convert(record, wanted)
    except msgspec.ValidationError as error:
        raise SourceUnavailable(f"a source sent something that cannot be read: {error}") from error


def _stroops(text: str) -> int:
    try:
        return stroops_from_decimal(text)
    except InvalidAmount as error:
        raise SourceUnavailable(f"Horizon sent a balance that cannot be read: {error}") from error


def _integer(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise SourceUnavailable(f"Horizon sent a sequence number that cannot be read: {text[:40]!r}")
    return int(text)
