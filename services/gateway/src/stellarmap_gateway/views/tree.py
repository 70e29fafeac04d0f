"""What an account created, and what that created, as one nested tree: for small ones, cut where it is larger.

Level by level: all children of a level have room before any of the next, each account's in operation order.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from stellarmap_common.domain.creation import Incarnation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Step
from stellarmap_common.ports.run_store import RunRef
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.problems import Missing
from stellarmap_gateway.schemas.common import Life
from stellarmap_gateway.schemas.tree import Tree, TreeNode
from stellarmap_gateway.views.counts import Counted, known_and_counted
from stellarmap_gateway.views.life import life_view
from stellarmap_gateway.views.life_children import LifeOf, count_made, first_made
from stellarmap_gateway.views.lives import known_lives, lives_of, lives_view
from stellarmap_gateway.views.scope import scope_of

T = TypeVar("T")

AT_ONCE = 16  # nodes that are read
MAKERS = 1_000  # children of an account that are known to have children


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeQuestion:
    """How much of the tree is asked for."""

    depth: int
    limit: int
    life: str | None = None  # the operation that began the life asked for; None: the present one, or the last


@dataclass(slots=True)
class _Node:
    whose: LifeOf
    view: Life | None
    barren: bool = False  # it is known to have created nothing
    total: int = 0
    complete: bool = False
    children: "list[_Node]" = field(default_factory=list)


async def tree_of(gateway: Gateway, account: AccountRef, question: TreeQuestion) -> Tree:
    """The tree. Raises: Missing, when nothing is known of the account, or not of such a life; ApiProblem, without a turn."""
    root = await _root(gateway, account, question.life)
    async with gateway.tree_turns.one():
        nodes = await _grown(gateway, root, question)
    shown = _shown(root)
    return Tree(
        **scope_of(gateway, account.network),
        address=account.address,
        depth=question.depth,
        limit=question.limit,
        nodes=nodes,
        truncated=_is_cut(shown),
        root=shown,
    )


async def _grown(gateway: Gateway, root: _Node, question: TreeQuestion) -> int:
    """Level by level; how many nodes there are then."""
    nodes, level = 1, [root]
    await _each(level, lambda node: _fill(gateway, node))
    for _ in range(question.depth):
        await _each(_rooms(level, question.limit - nodes), lambda each: _grow(gateway, *each))
        level = [child for node in level for child in node.children]
        await _each(level, lambda node: _fill(gateway, node))
        nodes += len(level)
    return nodes


async def _root(gateway: Gateway, account: AccountRef, asked: str | None) -> _Node:
    stored, counted = await known_and_counted(gateway, account)
    lives = known_lives(gateway, account, stored, counted)
    life = _asked_life(lives, asked)
    view = None if life is None else (await lives_view(gateway, [life], ()))[0]
    return _Node(LifeOf(account, life, lives), view)


def _asked_life(lives: Sequence[Incarnation], asked: str | None) -> Incarnation | None:
    """The one that the operation began; without one the latest with a ledger, else the first of the others."""
    placed = [life for life in lives if life.creation.placed]
    if asked is None:
        return placed[-1] if placed else next(iter(lives), None)
    for life in placed:
        if str(life.creation.created_op) == asked:
            return life
    raise Missing(
        "no-such-life",
        "No operation of that id began a life of this account, as far as is known.",
        advice="Take the `created_op` of one of its `incarnations` in GET …/lineage, or leave `life` out.",
    )


def _rooms(level: Iterable[_Node], room: int) -> list[tuple[_Node, int]]:
    """How many children of each are shown, in order, as long as there is room."""
    found = []
    for node in level:
        shown = min(node.total, room)
        room -= shown
        if shown:
            found.append((node, shown))
    return found


async def _grow(gateway: Gateway, node: _Node, shown: int) -> None:
    """Afterwards it has its first children."""
    account = node.whose.account
    made, makers = await asyncio.gather(
        first_made(gateway, node.whose, shown), gateway.stores.creations.children_with_children(account, MAKERS)
    )
    begun = await gateway.stores.creations.lives_of_children(account, made)
    known = {child.account for child, _ in makers}
    for life in begun:
        child = _Node(LifeOf(life.creation.ref, life, (life,)), life_view(life, node.whose.life))
        child.barren = len(makers) < MAKERS and life.creation.account not in known
        node.children.append(child)


async def _fill(gateway: Gateway, node: _Node) -> None:
    """Afterwards its total is known."""
    account = node.whose.account
    run = await gateway.stores.runs.run_of(RunRef(account, Step.CHILDREN))
    node.complete = Counted(run, 0).complete
    if node.barren:
        return
    if node.whose.life is not None:
        lives = await lives_of(gateway, account)
        node.whose = LifeOf(account, _same(node.whose.life, lives), lives)
    node.total = await count_made(gateway, node.whose)


def _same(life: Incarnation, lives: Iterable[Incarnation]) -> Incarnation:
    """That life as it is known with all others: its end may be."""
    return next((each for each in lives if each.creation == life.creation), life)


def _shown(node: _Node) -> TreeNode:
    return TreeNode(
        address=node.whose.account.address,
        life=node.view,
        total=node.total,
        complete=node.complete,
        truncated=len(node.children) < node.total,
        children=[_shown(child) for child in node.children],
    )


def _is_cut(node: TreeNode) -> bool:
    return node.truncated or any(map(_is_cut, node.children))


async def _each(items: Iterable[T], work: Callable[[T], Awaitable[None]]) -> None:
    """The work on each of them, on some at once."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> None:
        async with turn:
            await work(item)

    await asyncio.gather(*map(one, items))
