"""The seed of a network's standings, as it is stored."""

from datetime import datetime

from stellarmap_common.ports.networks import Network
from stellarmap_common.ports.seed_store import StandingsSeed
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.problems import unprocessable
from stellarmap_gateway.schemas.seeds import SeedCoverage, StandingsSeedView
from stellarmap_gateway.views.scope import scope_of


async def wish_for_seed(gateway: Gateway, network: Network) -> StandingsSeedView:
    """Afterwards a seed is wished for: it is begun within seconds. Raises: ApiProblem, where BigQuery cannot be asked."""
    if not network.bigquery_project:
        raise unprocessable(
            "no-bigquery",
            f"BigQuery cannot be asked about {network.name}: Hubble holds the public network alone, and queries about it run in "
            "a Google Cloud project of yours.",
            advice="STELLARMAP_BIGQUERY_PROJECT names it. The sandbox has a Hubble of its own.",
            where="path.network",
        )
    await gateway.stores.seeds.wish(network.key, gateway.resources.clock.now())
    return await seed_view(gateway, network)


async def seed_view(gateway: Gateway, network: Network) -> StandingsSeedView:
    """How far it is told."""
    seed = await gateway.stores.seeds.seed_of(network.key) or StandingsSeed(network=network.key)
    wished = await gateway.stores.seeds.wished(network.key)
    return StandingsSeedView(
        **scope_of(gateway, network.key),
        wished_at=wished,
        answered=wished is None or wished == seed.answered,
        under_way=bool(seed.job_id),
        told=seed.told,
        covers=_coverage(seed, seed.covered_at),
        trouble=seed.trouble or None,
        tried_at=seed.tried_at,
    )


def _coverage(seed: StandingsSeed, covered_at: datetime | None) -> SeedCoverage | None:
    if seed.covers is None or covered_at is None:
        return None
    return SeedCoverage(ledger=seed.covers, from_xlm=seed.covers_xlm, read_at=covered_at)
