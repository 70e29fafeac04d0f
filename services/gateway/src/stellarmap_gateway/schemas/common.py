"""Shapes that several answers share."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from stellarmap_common.domain.creation import CreationKind, Source

OperationId = Annotated[
    str, Field(pattern=r"^[0-9]{1,19}$", description="Total order id (SEP-35); text, because it can exceed 2^53.")
]
Stroops = Annotated[
    str, Field(pattern=r"^-?[0-9]{1,19}$", description="Integer stroops (1 XLM = 10^7) as text: they can exceed 2^53.")
]
AccountAddress = Annotated[str, Field(pattern=r"^G[A-Z2-7]{55}$", description="An account, G….")]
CreatorAddress = Annotated[str, Field(pattern=r"^[GC][A-Z2-7]{55}$", description="G… account, or C… contract.")]
Month = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$", description="A calendar month in UTC.")]


class Schema(BaseModel):
    """Base of every answer: fixed fields, frozen, all of them always present."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class Asked(BaseModel):
    """Base of every body: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Scoped(Schema):
    """Every answer about a network names it, its key (the epoch or seed), and whether that epoch is over."""

    network: str = Field(
        description="Network as in the path: public, testnet, sandbox; of an epoch that is over, its key: testnet-1."
    )
    network_key: str = Field(description="Network and epoch; nothing crosses keys.")
    as_of: datetime = Field(description="When this was read from the store.")
    epoch: int | None = Field(default=None, description="Epoch of a network that resets; null for any other.")
    current: bool = Field(
        default=True, description="False: the network was reset since; this is what was mapped before."
    )
    reset_at: datetime | None = Field(default=None, description="When it was seen that this epoch is over.")


class Life(Schema):
    """One life of an account (an incarnation) with the evidence of its creation and, if it is over, of its end."""

    address: AccountAddress
    created_op: OperationId | None = Field(
        description="Operation that created it; null where not even the ledger is known. "
        "Low 32 bits zero: only the ledger is known (`exact` is false), or genesis, which no operation made."
    )
    creator: CreatorAddress | None = Field(description="Who created it; null for genesis alone.")
    creator_created_op: OperationId | None = Field(
        description="The life of the creator that did it; null if unknown, a contract, or genesis."
    )
    kind: CreationKind
    exact: bool = Field(description="False: provisional, the operation within the ledger is not known.")
    ledger: int | None
    created_at: datetime | None = Field(description="Close time of the ledger; null = time unknown.")
    transaction_hash: str | None
    transaction_source: CreatorAddress | None
    sponsor: CreatorAddress | None
    starting_balance_stroops: Stroops | None
    ended_op: OperationId | None = Field(description="Merge that ended this life; null while it lives or is not known.")
    ended_at: datetime | None
    merged_into: CreatorAddress | None
    source: Source = Field(description="Where the creation was read.")
