"""The home page of a network."""

import asyncio

from stellarmap_common.domain.status import AccountStatus
from stellarmap_common.domain.toid import Ledger
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.networks import Network
from stellarmap_common.runtime.resources import Example as Worth
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.installation import Example, Figures, Overview, RecentAccount
from stellarmap_gateway.views.counts import counted
from stellarmap_gateway.views.networks import fill_view
from stellarmap_gateway.views.scope import scope_of
from stellarmap_gateway.views.standings.movers import biggest_moves
from stellarmap_gateway.views.standings.ranking import ranking_of

RECENT = 8
MOVES = 8
_LAST_LEDGER = Ledger(2**31 - 1)


async def overview_of(gateway: Gateway, network: Network) -> Overview:
    """Figures, what was mapped lately, who moved most, and what is worth seeing."""
    figures, ranking, states = await asyncio.gather(
        _figures(gateway, network),
        ranking_of(gateway, network.key),
        gateway.stores.accounts.states(network.key, (AccountStatus.COMPLETE,), requested_only=True, limit=RECENT),
    )
    recent = await asyncio.gather(*(_recent(gateway, state) for state in states))
    worth = gateway.resources.examples(network.key) or (Worth(network.genesis, "Genesis"),)
    examples = await asyncio.gather(*(_example(gateway, each) for each in worth))
    return Overview(
        **scope_of(gateway, network.key),
        figures=figures,
        recent=recent,
        biggest_moves=await biggest_moves(gateway, network.key, ranking, MOVES),
        examples=examples,
        fill=fill_view(gateway.resources.filling(network.key)),
    )


async def _figures(gateway: Gateway, network: Network) -> Figures:
    known = await gateway.stores.accounts.figures(network.key)
    latest, _ = await gateway.stores.ledgers.anchors_around(network.key, _LAST_LEDGER)
    return Figures(
        accounts_mapped=known.accounts_mapped,
        creations=known.creations,
        merges=known.ends,
        pending=known.pending,
        failed=known.failed,
        ledger=latest.ledger if latest else None,
        ledger_closed_at=latest.closed_at if latest else None,
        counted_at=known.as_of,
    )


async def _recent(gateway: Gateway, state: AccountState) -> RecentAccount:
    walk, known = await asyncio.gather(gateway.walker.walk(state.ref), counted(gateway, state.ref))
    return RecentAccount(
        address=state.ref.address,
        hops=max(len(walk.hops) - 1, 0),
        lineage=walk.state,
        children=known.total,
        children_complete=known.complete,
        created_at=walk.hops[0].creation.created_at if walk.hops else None,
        completed_at=state.completed_at,
    )


async def _example(gateway: Gateway, worth: Worth) -> Example:
    state = await gateway.stores.accounts.state_of(worth.account)
    mapped = state is not None and state.status is AccountStatus.COMPLETE
    return Example(address=worth.account.address, label=worth.title, mapped=mapped)
