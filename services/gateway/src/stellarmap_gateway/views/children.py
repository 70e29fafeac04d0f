"""Pages of children: all of them in operation order, or those that are known, chosen and sorted by what they are."""

import asyncio

from stellarmap_common.domain.network import AccountRef
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.lineage import Children
from stellarmap_gateway.views.child_pages import FEW, ChildPage, page_of_all, page_of_few, page_of_wanted
from stellarmap_gateway.views.children_question import ChildrenQuestion, Sorting
from stellarmap_gateway.views.counts import known_and_counted
from stellarmap_gateway.views.known_children import Choice, chosen_children, notable_views, sorted_page
from stellarmap_gateway.views.lives import begun_view, known_lives
from stellarmap_gateway.views.scope import scope_of


async def children_page(gateway: Gateway, account: AccountRef, question: ChildrenQuestion) -> Children:
    """One page. Raises: Missing, when nothing is known of the account; ApiProblem, for a cursor of another question."""
    (stored, counted), (page, choice) = await asyncio.gather(
        known_and_counted(gateway, account), _page(gateway, account, question)
    )
    lives = known_lives(gateway, account, stored, counted)
    begun = await gateway.stores.creations.lives_of_children(account, page.found)
    return Children(
        **scope_of(gateway, account.network),
        address=account.address,
        children=begun_view(begun, lives=lives),
        notable=await notable_views(gateway, begun, choice.known) if choice else [],
        total=counted.total,
        complete=counted.complete,
        of_known=choice.of_known if choice else None,
        known_truncated=choice is not None and (choice.known.truncated or choice.cut > 0),
        issuers_cut=choice.cut if choice else 0,
        next_cursor=page.next_cursor,
        truncated=page.truncated,
        scanned=page.scanned,
    )


async def _page(gateway: Gateway, account: AccountRef, question: ChildrenQuestion) -> tuple[ChildPage, Choice | None]:
    if question.of_all:
        return await page_of_all(gateway, account, question), None
    choice = await chosen_children(gateway, account, question)
    if question.sort is not Sorting.CREATED:
        return await sorted_page(gateway, account, question, choice), choice
    if len(choice.places) <= FEW:
        return await page_of_few(gateway, account, question, choice.children), choice
    return await page_of_wanted(gateway, account, question, choice.children.__contains__), choice
