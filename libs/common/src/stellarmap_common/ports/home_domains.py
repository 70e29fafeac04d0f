"""What home domains publish. They belong to strangers, so they are asked through a guard against requests to inner hosts."""

from enum import StrEnum
from typing import Protocol

from stellarmap_common.errors import SourceRejected, SourceUnavailable


class DomainFault(StrEnum):
    """Why a domain tells nothing."""

    UNKNOWN = "unknown"  # nobody knows an address of it
    INNER = "inner"  # it leads to an address that is not public
    ELSEWHERE = "elsewhere"  # it leads to another host, or to what is not plain https, or nowhere at all
    SILENT = "silent"  # nobody answers there, or not in https
    TIMEOUT = "timeout"
    FAILING = "failing"  # it answers that it cannot
    REFUSING = "refusing"  # it answers that it does not want to
    MISSING = "missing"  # it has no such file
    TOO_LARGE = "too-large"
    NO_TEXT = "no-text"


class DomainRefused(SourceRejected):
    """Asking again changes nothing."""

    def __init__(self, fault: DomainFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


class DomainUnavailable(SourceUnavailable):
    """It may answer later."""

    def __init__(self, fault: DomainFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


class HomeDomains(Protocol):
    """Asks home domains."""

    async def toml_of(self, domain: str) -> str:
        """The text of the stellar.toml of that domain, which is in ASCII; at most 100 KiB of it, whatever it says.

        Raises: DomainRefused, DomainUnavailable, RateLimited.
        """
        ...
