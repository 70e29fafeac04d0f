"""Who an account is, as it was last read; and asking for it to be read again."""

from contextlib import suppress
from typing import Any
from uuid import uuid4

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.profile import EnrichmentReason, Entry, Issued, Listing, Profile
from stellarmap_common.errors import TransientError
from stellarmap_common.events.enrichment import EnrichmentRequested
from stellarmap_common.ports.config import Config
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.enrichment import (
    MOST_ASSETS,
    MOST_SIGNERS,
    Asset,
    Enrichment,
    Freshness,
    IssuedAsset,
    RefreshAsked,
    Signer,
    Thresholds,
)
from stellarmap_gateway.views.known import not_mapped, refuse_not_found
from stellarmap_gateway.views.scope import scope_of


async def enrichment_of(gateway: Gateway, account: AccountRef) -> Enrichment | None:
    """Who the account is; None while nobody has looked."""
    profile = await gateway.stores.profiles.profile_of(account)
    return None if profile is None else enrichment_view(profile, gateway.resources.config())


async def refresh_if_stale(gateway: Gateway, account: AccountRef) -> None:
    """Afterwards an account that somebody searches for again is read again, if what is known of it has become old.

    What was searched for is answered all the same, also where nothing can be published now.
    """
    profile = await gateway.stores.profiles.profile_of(account)
    if profile is None or not profile.is_fresh(gateway.resources.clock.now(), gateway.searches.fresh_for):
        with suppress(TransientError):
            await _request(gateway, account, EnrichmentReason.REPEAT_SEARCH)


async def refresh(gateway: Gateway, account: AccountRef) -> RefreshAsked:
    """Afterwards it is asked to be read again. Raises: Missing, when nobody ever asked for the account."""
    state = await gateway.stores.accounts.state_of(account)
    if state is None:
        raise not_mapped(gateway, account)
    refuse_not_found(gateway, account, state)
    profile = await gateway.stores.profiles.profile_of(account)
    return RefreshAsked(
        **scope_of(gateway, account.network),
        address=account.address,
        request_id=await _request(gateway, account, EnrichmentReason.REFRESH),
        fresh_as_of=_freshness(profile or Profile(account=account)),
    )


async def _request(gateway: Gateway, account: AccountRef, reason: EnrichmentReason) -> str:
    request_id = str(uuid4())
    await gateway.resources.publisher.publish(
        EnrichmentRequested(
            id=request_id, network=account.network, account=account.address, reason=reason, request_id=request_id
        )
    )
    return request_id


def enrichment_view(profile: Profile, config: Config) -> Enrichment:
    """All parts of a profile, the long ones cut."""
    entry, listing = profile.entry, (profile.listed.listing if profile.listed else None) or Listing()
    issued = profile.issued.issued if profile.issued else Issued()
    return Enrichment(
        **_entry(entry, hva_from_stroops=config.default_threshold_xlm * STROOPS_PER_XLM),
        name=listing.name,
        directory_domain=listing.domain,
        tags=list(listing.tags),
        assets=_assets(profile),
        assets_total=len(profile.lines.held) if profile.lines else 0,
        issued_assets=_issued(issued),
        issued_assets_total=len(issued.assets),
        issued_assets_complete=issued.complete,
        is_issuer=bool(issued.assets),
        fresh_as_of=_freshness(profile),
    )


def _entry(entry: Entry | None, *, hva_from_stroops: int) -> dict[str, Any]:
    here = entry if entry and entry.exists else None
    return {
        "exists": entry.exists if entry else None,
        "ledger": entry.ledger if entry else None,
        "balance_stroops": str(entry.balance_stroops) if entry else None,
        "is_hva": entry is not None and entry.balance_stroops >= hva_from_stroops,
        "home_domain": here.home_domain if here else None,
        "flags": list(here.flags) if here else [],
        "signers": [_signer(each.key, each.kind, each.weight) for each in here.signers[:MOST_SIGNERS]] if here else [],
        "thresholds": _thresholds(here) if here else None,
        "subentry_count": here.subentry_count if here else None,
        "sponsor": here.sponsor if here else None,
        "sponsoring": here.sponsoring if here else None,
        "sponsored": here.sponsored if here else None,
        "sequence": str(here.sequence) if here else None,
    }


def _signer(key: str, kind: str, weight: int) -> Signer:
    return Signer(key=key, kind=kind, weight=weight)


def _thresholds(entry: Entry) -> Thresholds:
    return Thresholds(low=entry.thresholds.low, medium=entry.thresholds.medium, high=entry.thresholds.high)


def _assets(profile: Profile) -> list[Asset]:
    held = profile.lines.held[:MOST_ASSETS] if profile.lines else ()
    return [
        Asset(
            code=each.code,
            issuer=each.issuer,
            pool=each.pool,
            kind=each.kind,
            balance_stroops=str(each.balance_stroops),
            authorized=each.authorized,
        )
        for each in held
    ]


def _issued(issued: Issued) -> list[IssuedAsset]:
    return [
        IssuedAsset(
            code=each.code,
            kind=each.kind,
            holders=each.holders,
            amount_stroops=None if each.amount_stroops is None else str(each.amount_stroops),
        )
        for each in issued.assets[:MOST_ASSETS]
    ]


def _freshness(profile: Profile) -> Freshness:
    return Freshness(
        account=profile.entry_at,
        assets=profile.lines.at if profile.lines else None,
        issued_assets=profile.issued.at if profile.issued else None,
        directory=profile.listed.at if profile.listed else None,
    )
