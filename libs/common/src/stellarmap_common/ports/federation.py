"""Federation addresses (SEP-2): `name*domain`, looked up at that domain through a guard against requests to inner hosts."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationRecord:
    """What a federation server answers."""

    account: str  # unchecked text, as received
    memo_type: str | None = None
    memo: str | None = None


class Federation(Protocol):
    """Looks federation addresses up."""

    async def resolve(self, name: str) -> FederationRecord | None:
        """The record of `name*domain`; None when the domain does not know the name.

        Raises: SourceRejected (a domain that must not be asked, or one without a federation server), SourceUnavailable.
        """
        ...
