"""What an account created, and what that created, nested."""

from pydantic import Field

from stellarmap_gateway.schemas.common import AccountAddress, Life, Schema, Scoped


class TreeNode(Schema):
    """One life of an account, and what was created in it."""

    address: AccountAddress
    life: Life | None = Field(description="Null where none is known: only at the top.")
    total: int = Field(description="Children known of this very life.")
    complete: bool = Field(description="True: the account's children are all known. False: `total` is at least.")
    truncated: bool = Field(description="True: fewer children stand here than there are.")
    children: list["TreeNode"] = Field(description="The first of them, in operation order.")


class Tree(Scoped):
    """The tree below an account: level by level, until `depth` or `limit` is met."""

    address: AccountAddress
    depth: int
    limit: int
    nodes: int = Field(description="How many stand in it, the account among them.")
    truncated: bool = Field(description="True: some node is.")
    root: TreeNode
