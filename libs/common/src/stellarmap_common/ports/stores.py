"""All stores of an installation, as one bundle."""

from dataclasses import dataclass

from stellarmap_common.ports.account_store import AccountStore, StageStore
from stellarmap_common.ports.book_store import BookStore
from stellarmap_common.ports.config_store import ConfigStore
from stellarmap_common.ports.creation_store import CreationStore, LedgerStore
from stellarmap_common.ports.epoch_store import EpochStore
from stellarmap_common.ports.health_store import HealthStore
from stellarmap_common.ports.import_store import ImportStore
from stellarmap_common.ports.known_store import KnownStore
from stellarmap_common.ports.lease_store import LeaseStore
from stellarmap_common.ports.lookup_store import LookupStore
from stellarmap_common.ports.notable_store import NotableStore
from stellarmap_common.ports.profile_store import ProfileStore
from stellarmap_common.ports.request_store import AttemptStore, RequestStore
from stellarmap_common.ports.ring_store import RingStore
from stellarmap_common.ports.run_store import RunStore
from stellarmap_common.ports.search_cache import SearchCache
from stellarmap_common.ports.seed_store import SeedStore
from stellarmap_common.ports.standing_store import StandingStore, TrackerStore
from stellarmap_common.ports.usage_store import IdempotencyStore, UsageStore


@dataclass(frozen=True, slots=True)
class Stores:
    """One adapter may stand behind several ports."""

    creations: CreationStore
    rings: RingStore
    ledgers: LedgerStore
    runs: RunStore
    requests: RequestStore
    attempts: AttemptStore
    accounts: AccountStore
    stages: StageStore
    known: KnownStore
    usage: UsageStore
    idempotency: IdempotencyStore
    epochs: EpochStore
    books: BookStore
    config: ConfigStore
    leases: LeaseStore
    health: HealthStore
    imports: ImportStore
    tracker: TrackerStore
    standings: StandingStore
    profiles: ProfileStore
    seeds: SeedStore
    searches: SearchCache
    lookups: LookupStore
    notables: NotableStore
