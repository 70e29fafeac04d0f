"""The seed of a network's standings: how far it is told."""

from datetime import datetime

from pydantic import Field

from stellarmap_gateway.schemas.common import Schema, Scoped


class SeedCoverage(Schema):
    """What the last seed that was told to its end covers: every account of the network from that balance on."""

    ledger: int = Field(description="As of this ledger.")
    from_xlm: int
    read_at: datetime


class StandingsSeedView(Scoped):
    """Balances of all large accounts, read by one query, so that ranks are those of the whole network."""

    wished_at: datetime | None = Field(description="When somebody asked for one last.")
    answered: bool = Field(description="One was read since then.")
    under_way: bool = Field(description="What was read is being told.")
    told: int = Field(description="Accounts of the latest one that are told, the largest balance first.")
    covers: SeedCoverage | None = Field(description="Null: none was told to its end yet.")
    trouble: str | None = Field(description="Why the latest turn went no further; null: it did.")
    tried_at: datetime | None = Field(description="When that was.")
