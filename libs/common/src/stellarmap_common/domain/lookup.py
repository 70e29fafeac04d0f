"""What accounts are found by, besides their address: domains and tags. And what makes a child worth naming."""

from dataclasses import dataclass
from enum import StrEnum

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.profile import Profile

Terms = tuple["Term", ...]


class TermKind(StrEnum):
    """What a term is."""

    DOMAIN = "domain"  # the account's own home domain, or that of whoever the directory says it belongs to
    TAG = "tag"  # the directory's


@dataclass(frozen=True, slots=True, order=True)
class Term:
    """A word that accounts are found by, without capitals."""

    kind: TermKind
    text: str


def terms_of(profile: Profile) -> Terms:
    """All that the account is found by, in order."""
    listing = profile.listed.listing if profile.listed else None
    domains = (profile.entry and profile.entry.home_domain, listing and listing.domain)
    found = {Term(TermKind.DOMAIN, folded(domain)) for domain in domains if domain}
    found |= {Term(TermKind.TAG, folded(tag)) for tag in profile.tags}
    return tuple(sorted(term for term in found if term.text))


def folded(text: str) -> str:
    """The text as terms are compared."""
    return " ".join(text.lower().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Notable:
    """A child as it was read last. It is worth naming if it has a tag, a domain, or much, or issues an asset."""

    child: Address
    balance_stroops: int | None = None  # None: not known
    home_domain: str | None = None
    name: str | None = None
    tags: tuple[str, ...] = ()
    issues: tuple[str, ...] | None = None  # codes of its assets; None: not known, or put before that was kept
    issues_complete: bool | None = None  # False: there are more; None: as above


def notable(profile: Profile, *, large_from_stroops: int) -> Notable | None:
    """The account as a child worth naming; None if it is not."""
    face = face_of(profile)
    large = (face.balance_stroops or 0) >= large_from_stroops
    return face if face.home_domain or face.tags or face.issues or large else None


def face_of(profile: Profile) -> Notable:
    """The account as a child is told of, worth naming or not."""
    entry, listing = profile.entry, profile.listed.listing if profile.listed else None
    issued = profile.issued.issued if profile.issued else None
    return Notable(
        child=profile.account.address,
        balance_stroops=entry.balance_stroops if entry else None,
        home_domain=entry.home_domain if entry else None,
        name=listing.name if listing else None,
        tags=profile.tags,
        issues=tuple(asset.code for asset in issued.assets) if issued else None,
        issues_complete=issued.complete if issued else None,
    )
