"""Finds who stands where nothing was ever told of them, and asks the tracker, who alone writes standings, to tell it."""

import asyncio
from uuid import uuid4

from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.standing import HeldBalance, thresholds_stood_at
from stellarmap_common.events.standings import RecalculationRequested
from stellarmap_common.ports.networks import Network
from stellarmap_common.runtime.untold import untold_of
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.cursors import VERSION, BalancesCursor, question_of, read_cursor, written
from stellarmap_gateway.schemas.recalculation import RecalculateAsk, Recalculation, Untold
from stellarmap_gateway.views.scope import scope_of
from stellarmap_gateway.views.standings.ranking import ranking_of

BALANCES = 500  # of a page


async def recalculate(gateway: Gateway, network: Network, asked: RecalculateAsk) -> Recalculation:
    """Afterwards the tracker is asked to tell what is due of this page, unless it is a dry run. Safe to repeat.

    Raises: ApiProblem, for a threshold that is not ranked by, or a cursor of another question.
    """
    ranking = await ranking_of(gateway, network.key)
    for threshold_xlm in asked.thresholds:
        ranking.check(threshold_xlm)
    thresholds_xlm = tuple(sorted(set(asked.thresholds))) or ranking.thresholds
    question = question_of("recalculate", network.key, thresholds_xlm)
    place = read_cursor(asked.cursor, question, BalancesCursor).place if asked.cursor is not None else ""
    balances, following = await gateway.stores.standings.balances_after(network.key, place, BALANCES)
    standing = [each for each in balances if thresholds_stood_at(each.balance_stroops, thresholds_xlm)]
    looked_at = await asyncio.gather(*(_due(gateway, network, asked, each, thresholds_xlm) for each in standing))
    due = [each for each in looked_at if each]
    event = _event(network, asked, due, thresholds_xlm) if due and not asked.dry_run else None
    if event:
        await gateway.resources.publisher.publish(event)
    return Recalculation(
        **scope_of(gateway, network.key),
        dry_run=asked.dry_run,
        standing=len(standing),
        ranked=ranking.board.ranked if ranking.board else 0,
        accounts=due,
        cause=event.id if event else None,
        next_cursor=written(BalancesCursor(VERSION, question, following)) if following else None,
    )


async def _due(
    gateway: Gateway, network: Network, asked: RecalculateAsk, held: HeldBalance, thresholds_xlm: tuple[int, ...]
) -> Untold | None:
    stood_at = thresholds_stood_at(held.balance_stroops, thresholds_xlm)
    if not asked.clear_existing:
        account = AccountRef(network.key, held.account)
        stood_at = await untold_of(gateway.stores.standings, account, stood_at)
    return Untold(address=held.account, thresholds_xlm=list(stood_at)) if stood_at else None


def _event(
    network: Network, asked: RecalculateAsk, due: list[Untold], thresholds_xlm: tuple[int, ...]
) -> RecalculationRequested:
    return RecalculationRequested(
        id=str(uuid4()),
        network=network.key,
        accounts=tuple(Address(each.address) for each in due),
        thresholds_xlm=thresholds_xlm,
        anew=asked.clear_existing,
    )
