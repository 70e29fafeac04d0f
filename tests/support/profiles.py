"""Profiles for tests: parts as a source answers them, one at a time."""

from datetime import datetime, timedelta
from typing import Any

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.profile import (
    Entry,
    Flag,
    Issued,
    IssuedAsset,
    IssuedAt,
    Lines,
    ListedAt,
    Listing,
    Profile,
    Signer,
    Told,
    TrustLine,
    horizon_version,
)
from tests.support.stores import NOON, address


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def entry(ledger: int, xlm: int = 5, **values: Any) -> Entry:
    """An account as Horizon shows it, last changed in that ledger."""
    return Entry(**{"exists": True, "version": horizon_version(ledger), "balance_stroops": xlm * 10_000_000, **values})


def read(account: AccountRef, ledger: int, at: int, **values: Any) -> Profile:
    """The entry of an account, read in that minute."""
    return Profile(account=account, entry=entry(ledger, **values), entry_at=minute(at))


def holding(account: AccountRef, at: int, lines: int = 1) -> Profile:
    """An account with so many trust lines."""
    held = tuple(
        TrustLine(kind="credit_alphanum4", balance_stroops=number, code=f"A{number}", issuer=address("issuer"))
        for number in range(lines)
    )
    return Profile(account=account, lines=Lines(at=minute(at), held=held))


def issuing(account: AccountRef, at: int, *codes: str) -> Profile:
    """An account that issues these."""
    assets = tuple(IssuedAsset(code=code, kind="credit_alphanum4", holders=3, amount_stroops=4) for code in codes)
    return Profile(account=account, issued=IssuedAt(at=minute(at), issued=Issued(assets=assets)))


def listed(account: AccountRef, at: int, name: str | None = None, *tags: str) -> Profile:
    """What the directory said of an account; without a name: nothing."""
    listing = Listing(name=name, tags=tags) if name else None
    return Profile(account=account, listed=ListedAt(at=minute(at), listing=listing))


def told(account: AccountRef, at: int, digest: str) -> Profile:
    """What was published of an account."""
    return Profile(account=account, told=Told(at=minute(at), digest=digest, balance=(5, 6, "example.org")))


def everything(account: AccountRef, at: int = 0) -> tuple[Profile, ...]:
    """One answer of each kind."""
    whole = read(
        account,
        100,
        at,
        home_domain="<b>example</b>",
        flags=(Flag.AUTH_REQUIRED,),
        signers=(Signer(key=account.address, kind="ed25519_public_key", weight=1),),
        sponsor=address("sponsor"),
    )
    return (
        whole,
        holding(account, at, 3),
        issuing(account, at, "GOLD"),
        listed(account, at, "Gold", "issuer"),
        told(account, at, "abc"),
    )
