"""An account's lineage and children as one JSON document."""

from datetime import datetime

from pydantic import Field

from stellarmap_gateway.schemas.common import AccountAddress, Life, Scoped
from stellarmap_gateway.schemas.lineage import LineageState


class ExportHead(Scoped):
    """What an export begins with. Children that are recorded while it is read may be in it, or not."""

    address: AccountAddress
    since: datetime | None = Field(description="`from`, as it was understood; null: from the first child on.")
    until: datetime | None = Field(description="`to`, as it was understood; null: up to the last child.")
    q: str | None = Field(description="The part of the address that the children have; null: all of them.")
    total: int = Field(description="Children known when reading began, before any filter.")
    complete: bool = Field(description="True: `total` is exact. False: at least.")
    lineage: LineageState
    creator_unknown_reason: str | None
    incarnations: list[Life] = Field(description="Every known life of this account, oldest first.")
    ancestors: list[Life] = Field(
        description="Nearest first: the creator, its creator, … genesis. Not the account itself."
    )


class AccountExport(ExportHead):
    """The whole document: the head, every child, and how many they are. One cut short ends before that, and is no JSON."""

    children: list[Life] = Field(description="In operation order. A child created twice stands here twice.")
    exported: int = Field(description="How many children stand above; the last field.")
