"""What every route is given: the opened parts of the gateway."""

from dataclasses import dataclass

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.rings import Rings
from stellarmap_common.lineage.requests import Requests
from stellarmap_common.lineage.stuck import Stuck
from stellarmap_common.lineage.walk import Walker
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.config_changes import ConfigChanges
from stellarmap_common.runtime.resources import Resources
from stellarmap_gateway.clients import Clients
from stellarmap_gateway.health import HealthChecks
from stellarmap_gateway.known_children import KnownChildren
from stellarmap_gateway.limits import ClientLimits
from stellarmap_gateway.live.feed import LiveFeed
from stellarmap_gateway.notables import Candidates
from stellarmap_gateway.reachability import Reachability
from stellarmap_gateway.resolving import Resolver
from stellarmap_gateway.searches import Searches
from stellarmap_gateway.shared_reads import SharedReads
from stellarmap_gateway.turns import Turns
from stellarmap_gateway.viewing import Viewing
from stellarmap_gateway.views.standings.creators import Creators
from stellarmap_gateway.views.standings.kept import KeptRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The opened gateway."""

    resources: Resources
    walker: Walker
    requests: Requests
    stuck: Stuck
    config: ConfigChanges
    clients: Clients
    limits: ClientLimits
    feed: LiveFeed
    resolver: Resolver
    reachability: Reachability
    health: HealthChecks
    creators: Creators
    board_rows: KeptRows
    viewing: Viewing
    searches: Searches
    rings: SharedReads[AccountRef, Rings]
    notables: SharedReads[AccountRef, Candidates]
    known_children: SharedReads[AccountRef, KnownChildren]
    tomls: SharedReads[str, str]
    tree_turns: Turns
    scan_turns: Turns
    asks_domains: bool  # whether home domains may be asked

    @property
    def stores(self) -> Stores:
        """Where answers are read."""
        return self.resources.stores
