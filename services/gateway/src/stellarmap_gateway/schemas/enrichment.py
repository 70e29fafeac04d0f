"""Who an account is: balance, domain, assets, flags, tags, each with the moment it was last read."""

from datetime import datetime

from pydantic import Field

from stellarmap_common.domain.profile import Flag
from stellarmap_gateway.schemas.common import AccountAddress, Schema, Scoped, Stroops

MOST_ASSETS = 50
MOST_SIGNERS = 20


class Asset(Schema):
    """What the account holds besides XLM."""

    code: str | None = Field(description="Null for shares of a liquidity pool.")
    issuer: AccountAddress | None = Field(description="Null for shares of a liquidity pool.")
    pool: str | None = Field(description="Id of the liquidity pool; null for an asset.")
    kind: str = Field(description="As Horizon names it: credit_alphanum4, credit_alphanum12, liquidity_pool_shares.")
    balance_stroops: Stroops
    authorized: bool = Field(description="False: the issuer does not let it be moved.")


class IssuedAsset(Schema):
    """An asset of the account's own."""

    code: str
    kind: str
    holders: int = Field(description="Accounts that are authorized to hold it.")
    amount_stroops: Stroops | None = Field(description="In their hands; null: more than one amount can tell.")


class Signer(Schema):
    """A key that may sign for the account."""

    key: str
    kind: str
    weight: int


class Thresholds(Schema):
    """The weight that signatures need together, by kind of operation."""

    low: int
    medium: int
    high: int


class Freshness(Schema):
    """When each part was last read; null: never, or its source is off."""

    account: datetime | None = Field(description="Balance, home domain, flags, thresholds, signers, sponsor.")
    assets: datetime | None
    issued_assets: datetime | None
    directory: datetime | None


class Enrichment(Schema):
    """Who the account is. Domains and names are what strangers chose: text, never to be trusted or followed."""

    exists: bool | None = Field(description="False: merged away, its balance is 0. Null: Horizon did not know yet.")
    ledger: int | None = Field(description="The ledger in which balance, flags and the like were last changed.")
    balance_stroops: Stroops | None
    is_hva: bool = Field(description="True: a high-value account, its balance is at least the default threshold.")
    home_domain: str | None = Field(description="Chosen by the owner; not checked.")
    name: str | None = Field(description="In Stellar Expert's directory.")
    directory_domain: str | None = Field(description="The domain that the directory names for it.")
    tags: list[str] = Field(description="In Stellar Expert's directory.")
    flags: list[Flag]
    assets: list[Asset] = Field(max_length=MOST_ASSETS, description="The first ones, in Horizon's order.")
    assets_total: int
    issued_assets: list[IssuedAsset] = Field(max_length=MOST_ASSETS)
    issued_assets_total: int
    issued_assets_complete: bool = Field(description="False: it issues at least so many.")
    is_issuer: bool
    signers: list[Signer] = Field(max_length=MOST_SIGNERS)
    thresholds: Thresholds | None
    subentry_count: int | None
    sponsor: AccountAddress | None = Field(description="Who pays the reserve of the account.")
    sponsoring: int | None = Field(description="Reserves it pays for others.")
    sponsored: int | None = Field(description="Of its reserves, how many others pay.")
    sequence: str | None = Field(description="Its sequence number, as text.")
    fresh_as_of: Freshness


class RefreshAsked(Scoped):
    """The account will be read again; the live stream tells when it has changed."""

    address: AccountAddress
    request_id: str = Field(description="Of this refresh.")
    fresh_as_of: Freshness = Field(description="What is known until then.")
