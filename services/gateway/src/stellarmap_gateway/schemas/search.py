"""Accounts that are found by what somebody types."""

from enum import StrEnum

from pydantic import Field

from stellarmap_gateway.schemas.common import AccountAddress, Schema, Scoped, Stroops


class FoundBy(StrEnum):
    """What of an account begins with what was typed: of several, the first of these."""

    ADDRESS = "address"
    DOMAIN = "domain"
    TAG = "tag"


class FoundAccount(Schema):
    """A mapped account."""

    address: AccountAddress
    found_by: FoundBy
    term: str | None = Field(description="The domain or the tag, without capitals; null for an address.")
    name: str | None = Field(description="The directory's. A stranger's text, as domains and tags are.")
    home_domain: str | None
    tags: list[str] = Field(description="The directory's.")
    exists: bool | None = Field(description="False: merged away. Null: not known.")
    balance_stroops: Stroops | None = Field(description="Null while it is not known.")


class Search(Scoped):
    """A page of what was found."""

    accounts: list[FoundAccount]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null at the end.")
    truncated: bool = Field(description="True: the scan bound was met before the page was full; go on with the cursor.")
    scanned: int = Field(description="Rows read for this page.")
