"""Something worth seeing at once: on a fresh sandbox, a first lineage is mapped and its movers are ranked before anybody asks."""

import structlog

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.profile import EnrichmentReason
from stellarmap_common.events.base import fact_id
from stellarmap_common.events.enrichment import EnrichmentRequested
from stellarmap_common.lineage.requests import Ask, Requests
from stellarmap_common.lineage.routes import routes_in_force
from stellarmap_common.lineage.walk import Walker
from stellarmap_common.runtime.installation import Installation
from stellarmap_common.runtime.resources import Resources

log = structlog.get_logger(__name__)


async def map_first_example(installation: Installation) -> None:
    """Once the simulated network is made, its first example is asked for, if nothing of that network is mapped yet.

    Those whose balances move there are looked at too, so that the leaderboard lives from the beginning.
    """
    await installation.ready()
    resources = installation.resources
    for network in resources.networks:
        examples = resources.examples(network.key)
        figures = await resources.stores.accounts.figures(network.key)
        if examples and not figures.accounts_mapped:
            await resources.publisher.publish(*map(_looked_at, resources.moving(network.key)))
            await _ask(resources, examples[0].account)


def _looked_at(account: AccountRef) -> EnrichmentRequested:
    reason = EnrichmentReason.PERIODIC  # from now on it is looked at as all large ones are
    return EnrichmentRequested(
        id=fact_id(EnrichmentRequested.type, account.network, account.address, reason, None),
        network=account.network,
        account=account.address,
        reason=reason,
    )


async def _ask(resources: Resources, account: AccountRef) -> None:
    config = resources.config()
    requests = Requests(
        resources.stores,
        resources.publisher,
        resources.clock,
        resources.networks,
        Walker(resources.stores, resources.networks),
        open_requests=resources.settings.limits.open_requests,
        route_of=routes_in_force(resources.networks, resources.config),
    )
    ask = Ask(
        account=account,
        budget=config.request_budget,
        depth=config.request_depth,
        pages=config.request_pages,
    )
    request = await requests.ask(ask)
    log.info("first_lineage_asked", network=account.network, request_id=request.ref.request_id)
