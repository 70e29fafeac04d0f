"""All SQLite stores of one database."""

from stellarmap_common.adapters.sqlite.account_store import SqliteAccountStore
from stellarmap_common.adapters.sqlite.attempt_store import SqliteAttemptStore
from stellarmap_common.adapters.sqlite.book_store import SqliteBookStore
from stellarmap_common.adapters.sqlite.config_store import SqliteConfigStore
from stellarmap_common.adapters.sqlite.creation_store import SqliteCreationStore
from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.epoch_store import SqliteEpochStore
from stellarmap_common.adapters.sqlite.health_store import SqliteHealthStore
from stellarmap_common.adapters.sqlite.import_store import SqliteImportStore
from stellarmap_common.adapters.sqlite.known_store import SqliteKnownStore
from stellarmap_common.adapters.sqlite.lease_store import SqliteLeaseStore
from stellarmap_common.adapters.sqlite.ledger_store import SqliteLedgerStore
from stellarmap_common.adapters.sqlite.lookup_store import SqliteLookupStore
from stellarmap_common.adapters.sqlite.notable_store import SqliteNotableStore
from stellarmap_common.adapters.sqlite.profile_store import SqliteProfileStore
from stellarmap_common.adapters.sqlite.request_store import SqliteRequestStore
from stellarmap_common.adapters.sqlite.ring_store import SqliteRingStore
from stellarmap_common.adapters.sqlite.run_store import SqliteRunStore
from stellarmap_common.adapters.sqlite.search_cache import SqliteSearchCache
from stellarmap_common.adapters.sqlite.seed_store import SqliteSeedStore
from stellarmap_common.adapters.sqlite.stage_store import SqliteStageStore
from stellarmap_common.adapters.sqlite.standing_store import SqliteStandingStore
from stellarmap_common.adapters.sqlite.tracker_store import SqliteTrackerStore
from stellarmap_common.adapters.sqlite.usage_store import SqliteIdempotencyStore, SqliteUsageStore
from stellarmap_common.ports.stores import Stores


def open_stores(database: Database) -> Stores:
    """Every port on this database. They hold nothing open of their own: closing the database closes them."""
    return Stores(
        creations=SqliteCreationStore(database),
        rings=SqliteRingStore(database),
        ledgers=SqliteLedgerStore(database),
        runs=SqliteRunStore(database),
        requests=SqliteRequestStore(database),
        attempts=SqliteAttemptStore(database),
        accounts=SqliteAccountStore(database),
        stages=SqliteStageStore(database),
        known=SqliteKnownStore(database),
        usage=SqliteUsageStore(database),
        idempotency=SqliteIdempotencyStore(database),
        epochs=SqliteEpochStore(database),
        books=SqliteBookStore(database),
        config=SqliteConfigStore(database),
        leases=SqliteLeaseStore(database),
        health=SqliteHealthStore(database),
        imports=SqliteImportStore(database),
        tracker=SqliteTrackerStore(database),
        standings=SqliteStandingStore(database),
        profiles=SqliteProfileStore(database),
        seeds=SqliteSeedStore(database),
        searches=SqliteSearchCache(database),
        lookups=SqliteLookupStore(database),
        notables=SqliteNotableStore(database),
    )
