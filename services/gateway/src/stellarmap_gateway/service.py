"""The gateway: the HTTP API, the projector of the live topic, and the feed that every replica has of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stellarmap_common.events.topics import (
    ACCOUNT_ENRICHED,
    CHILDREN_RECORDED,
    GATEWAY,
    INGEST_HORIZON,
    LINEAGE_RECORDED,
    LIVE,
    REQUEST_COMPLETED,
    STAGE_EXECUTED,
    STANDING_CHANGED,
)
from stellarmap_common.lineage.requests import Requests
from stellarmap_common.lineage.routes import routes_in_force
from stellarmap_common.lineage.stuck import Stuck
from stellarmap_common.lineage.walk import Walker
from stellarmap_common.ports.subscription import Subscription
from stellarmap_common.runtime.config_changes import ConfigChanges
from stellarmap_common.runtime.ingest import lineage_on
from stellarmap_common.runtime.resources import Resources
from stellarmap_common.runtime.service import Loop, Service
from stellarmap_gateway.app import build_app
from stellarmap_gateway.clients import Clients
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.handlers import Links, Projector
from stellarmap_gateway.health import HealthChecks
from stellarmap_gateway.imports import LOOK_S, ImportWatch
from stellarmap_gateway.known_children import known_children_reads
from stellarmap_gateway.limits import ClientLimits
from stellarmap_gateway.live.feed import FORGET_S, KEPT_S, LiveFeed
from stellarmap_gateway.notables import notable_reads
from stellarmap_gateway.reachability import LOOP_S, Reachability
from stellarmap_gateway.resolving import Resolver
from stellarmap_gateway.ring_reads import ring_reads
from stellarmap_gateway.searches import Searches
from stellarmap_gateway.settings import GatewaySettings
from stellarmap_gateway.tomls import toml_reads
from stellarmap_gateway.turns import Turns
from stellarmap_gateway.viewing import Viewing
from stellarmap_gateway.views.standings.creators import Creators
from stellarmap_gateway.views.standings.kept import KeptRows

TREES_AT_ONCE = 2  # each may read thousands of accounts
SCANS_AT_ONCE = 2  # pages of children that are looked for among all: each may read 10,000
PATIENCE_S = 10.0


@asynccontextmanager
async def open_service(resources: Resources) -> AsyncIterator[Service]:
    """Nothing of it needs closing: what it uses belongs to the resources."""
    gateway = open_gateway(resources, GatewaySettings.load())
    imports = ImportWatch(resources.networks, resources.stores.imports, (gateway.walker, gateway.searches))
    yield Service(
        name=GATEWAY,
        subscriptions=subscriptions(gateway, Projector(resources.publisher, gateway.searches)),
        loops=(
            Loop(name="reachability", run_once=gateway.reachability.check_due, interval_s=LOOP_S),
            Loop(name="imports", run_once=imports.look, interval_s=LOOK_S),
            Loop(name="live-feed", run_once=gateway.feed.forget_old, interval_s=FORGET_S),
            Loop(name="live-streams", run_once=gateway.feed.stay_open, interval_s=FORGET_S),
        ),
        app=build_app(gateway),
    )


def subscriptions(gateway: Gateway, projector: Projector) -> tuple[Subscription, ...]:
    """What is followed: the facts, by one replica for all, and by each for the links it keeps; and the live topic in full."""
    links = Links(gateway.walker, gateway.creators)
    return (
        Subscription(topic=LINEAGE_RECORDED, handler=projector.on_lineage_recorded, group=GATEWAY),
        Subscription(topic=CHILDREN_RECORDED, handler=projector.on_children_recorded, group=GATEWAY),
        Subscription(topic=LINEAGE_RECORDED, handler=links.on_lineage_recorded, group=None),
        Subscription(topic=CHILDREN_RECORDED, handler=links.on_children_recorded, group=None),
        Subscription(topic=STAGE_EXECUTED, handler=projector.on_stage_executed, group=GATEWAY),
        Subscription(topic=REQUEST_COMPLETED, handler=projector.on_request_completed, group=GATEWAY),
        Subscription(topic=STANDING_CHANGED, handler=projector.on_standing_changed, group=GATEWAY),
        Subscription(topic=ACCOUNT_ENRICHED, handler=projector.on_account_enriched, group=GATEWAY),
        Subscription(
            topic=LIVE, handler=gateway.feed.on_live_changed, group=None, read_back_s=KEPT_S, with_offset=True
        ),
    )


def open_gateway(resources: Resources, settings: GatewaySettings) -> Gateway:
    """The parts of the gateway, put together."""
    stores, clock, common = resources.stores, resources.clock, resources.settings
    walker = Walker(stores, resources.networks, resources.bus_ready)
    open_requests = common.limits.open_requests
    limits = ClientLimits(common.limits, clock)
    reachability = Reachability(resources.networks, resources.horizon, resources.filling, clock, resources.limiter)
    return Gateway(
        resources=resources,
        walker=walker,
        requests=Requests(
            stores,
            resources.publisher,
            clock,
            resources.networks,
            walker,
            open_requests=open_requests,
            route_of=routes_in_force(resources.networks, resources.config),
        ),
        stuck=_stuck(resources, walker),
        config=ConfigChanges(stores.config, resources.publisher, clock, common),
        clients=Clients(settings.trusted_proxies),
        limits=limits,
        feed=LiveFeed(resources.networks, clock),
        resolver=Resolver(stores, resources.federation, limits, lookups=settings.federation),
        reachability=reachability,
        health=HealthChecks(resources, reachability),
        creators=Creators(stores, clock),
        board_rows=KeptRows(clock),
        viewing=Viewing(stores.profiles, resources.networks, clock),
        searches=Searches(stores, clock, resources.config),
        rings=ring_reads(stores.rings, clock),
        notables=notable_reads(stores, clock),
        known_children=known_children_reads(stores, clock),
        tomls=toml_reads(resources.home_domains, clock),
        tree_turns=Turns(TREES_AT_ONCE, PATIENCE_S),
        scan_turns=Turns(SCANS_AT_ONCE, PATIENCE_S),
        asks_domains=settings.federation,
    )


def _stuck(resources: Resources, walker: Walker) -> Stuck:
    """What an operator asks for is done here; ingest then works off what is published."""
    return lineage_on(resources, INGEST_HORIZON, walker).stuck
