"""The stages of a request that are the enricher's: 2 Horizon data, 3 attributes, 4 assets, 5 flags, 6 directory."""

from stellarmap_common.domain.profile import Entry, Profile
from stellarmap_common.domain.status import ENRICHER_STAGES, StageState
from stellarmap_common.lineage.stages import StageView, skipped

STATE, ATTRIBUTES, ASSETS, FLAGS, DIRECTORY = ENRICHER_STAGES
Views = dict[int, StageView]

_UNKNOWN = "Horizon has no account of this address now"
_MERGED = "the account was merged: it has none any more"
_OFF = "no Stellar Expert is configured for this network"


def running() -> Views:
    """All of them have begun."""
    return dict.fromkeys(ENRICHER_STAGES, StageView(StageState.RUNNING))


def failed(reason: str) -> Views:
    """None of them came to an end."""
    return dict.fromkeys(ENRICHER_STAGES, StageView(StageState.FAILED, error=reason))


def ended(profile: Profile, *, directory_error: str | None = None) -> Views:
    """How they ended, given what is known now."""
    return {**_of_entry(profile), DIRECTORY: _directory(profile, directory_error)}


def _of_entry(profile: Profile) -> Views:
    entry = profile.entry
    if entry is None:
        return dict.fromkeys((STATE, ATTRIBUTES, ASSETS, FLAGS), skipped(_UNKNOWN))
    state = StageView(
        StageState.DONE,
        detail={
            "balance_stroops": str(entry.balance_stroops),
            "ledger": entry.ledger,
            "merged": not entry.exists,
        },
    )
    if not entry.exists:
        return {STATE: state, **dict.fromkeys((ATTRIBUTES, ASSETS, FLAGS), skipped(_MERGED))}
    return {STATE: state, ATTRIBUTES: _attributes(entry), ASSETS: _assets(profile), FLAGS: _flags(entry)}


def _attributes(entry: Entry) -> StageView:
    return StageView(
        StageState.DONE,
        detail={"home_domain": entry.home_domain, "signers": len(entry.signers), "sponsor": entry.sponsor},
    )


def _assets(profile: Profile) -> StageView:
    held = len(profile.lines.held) if profile.lines else 0
    issued = len(profile.issued.issued.assets) if profile.issued else 0
    return StageView(StageState.DONE, detail={"assets": held, "issued": issued})


def _flags(entry: Entry) -> StageView:
    return StageView(StageState.DONE, detail={"flags": ", ".join(entry.flags) or "none"})


def _directory(profile: Profile, error: str | None) -> StageView:
    if error is not None:
        return StageView(StageState.FAILED, error=error)
    if profile.listed is None:
        return skipped(_OFF)
    listing = profile.listed.listing
    if listing is None:
        return StageView(StageState.DONE, detail={"listed": False})
    return StageView(StageState.DONE, detail={"listed": True, "name": listing.name, "tags": ", ".join(listing.tags)})
