"""What is published of a profile: only what differs from what was published last, under ids that a repeat makes again."""

from dataclasses import replace
from hashlib import sha256

import msgspec

from stellarmap_common.domain.profile import Profile
from stellarmap_common.events.base import Event, fact_id
from stellarmap_common.events.enrichment import AccountEnriched
from stellarmap_common.events.standings import BalanceUpdated

_DIGITS = 32

Balance = tuple[int, int, str | None]
"""Stroops, the operation that began the account's life, home domain: what standings are made of."""


def digest_of(profile: Profile) -> str:
    """The same for the same account as people see it: a sequence number that has moved on, or another reading, is no news."""
    parts = (
        profile.entry and replace(profile.entry, version=0, sequence=0),
        profile.lines and profile.lines.held,
        profile.issued and profile.issued.issued,
        profile.listed and profile.listed.listing,
    )
    return sha256(msgspec.json.encode(parts)).hexdigest()[:_DIGITS]


def balance_of(profile: Profile, created_op: int) -> Balance | None:
    """What standings are made of; None while no balance is known."""
    entry = profile.entry
    return None if entry is None else (entry.balance_stroops, created_op, entry.home_domain)


def news(profile: Profile, created_op: int) -> tuple[Event, ...]:
    """What is to be published; nothing where all of it was."""
    told = profile.told
    events: list[Event] = []
    if (digest := digest_of(profile)) != (told and told.digest):
        events += _enriched(profile, digest)
    if (balance := balance_of(profile, created_op)) != (told and told.balance):
        events += _balance(profile, balance)
    return tuple(events)


def _enriched(profile: Profile, digest: str) -> tuple[AccountEnriched, ...]:
    entry, account = profile.entry, profile.account
    if entry is None or profile.read_at is None:
        return ()
    listing = profile.listed.listing if profile.listed else None
    return (
        AccountEnriched(
            id=fact_id(AccountEnriched.type, account.network, account.address, entry.version, digest),
            network=account.network,
            account=account.address,
            version=entry.version,
            exists=entry.exists,
            balance_stroops=entry.balance_stroops,
            home_domain=entry.home_domain,
            flags=entry.flags,
            name=listing.name if listing else None,
            tags=listing.tags if listing else (),
            assets=len(profile.lines.held) if profile.lines else 0,
            issued=len(profile.issued.issued.assets) if profile.issued else 0,
            at=profile.read_at,
        ),
    )


def _balance(profile: Profile, balance: Balance | None) -> tuple[BalanceUpdated, ...]:
    entry, account = profile.entry, profile.account
    if entry is None or balance is None or profile.entry_at is None:
        return ()
    _, created_op, _ = balance
    return (
        BalanceUpdated(
            id=fact_id(BalanceUpdated.type, account.network, account.address, entry.version, created_op),
            network=account.network,
            account=account.address,
            balance_stroops=entry.balance_stroops,
            version=entry.version,
            ledger=entry.ledger,
            at=profile.entry_at,
            created_op=created_op,
            home_domain=entry.home_domain,
            discovered=profile.told is None or profile.told.balance is None,
        ),
    )
