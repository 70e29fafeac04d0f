"""All Cassandra stores of one session."""

from stellarmap_common.adapters.cassandra.account_store import CassandraAccountStore
from stellarmap_common.adapters.cassandra.attempt_store import CassandraAttemptStore
from stellarmap_common.adapters.cassandra.book_store import CassandraBookStore
from stellarmap_common.adapters.cassandra.config_store import CassandraConfigStore
from stellarmap_common.adapters.cassandra.creation_store import CassandraCreationStore
from stellarmap_common.adapters.cassandra.epoch_store import CassandraEpochStore
from stellarmap_common.adapters.cassandra.health_store import CassandraHealthStore
from stellarmap_common.adapters.cassandra.idempotency_store import CassandraIdempotencyStore
from stellarmap_common.adapters.cassandra.import_store import CassandraImportStore
from stellarmap_common.adapters.cassandra.known_store import CassandraKnownStore
from stellarmap_common.adapters.cassandra.lease_store import CassandraLeaseStore
from stellarmap_common.adapters.cassandra.ledger_store import CassandraLedgerStore
from stellarmap_common.adapters.cassandra.lookup_store import CassandraLookupStore
from stellarmap_common.adapters.cassandra.notable_store import CassandraNotableStore
from stellarmap_common.adapters.cassandra.profile_store import CassandraProfileStore
from stellarmap_common.adapters.cassandra.request_store import CassandraRequestStore
from stellarmap_common.adapters.cassandra.ring_store import CassandraRingStore
from stellarmap_common.adapters.cassandra.run_store import CassandraRunStore
from stellarmap_common.adapters.cassandra.search_cache import CassandraSearchCache
from stellarmap_common.adapters.cassandra.seed_store import CassandraSeedStore
from stellarmap_common.adapters.cassandra.session import CassandraSession
from stellarmap_common.adapters.cassandra.stage_store import CassandraStageStore
from stellarmap_common.adapters.cassandra.standing_store import CassandraStandingStore
from stellarmap_common.adapters.cassandra.tracker_store import CassandraTrackerStore
from stellarmap_common.adapters.cassandra.usage_store import CassandraUsageStore
from stellarmap_common.ports.stores import Stores


def open_stores(session: CassandraSession) -> Stores:
    """Every port on this session. They keep nothing of their own: closing the session closes them."""
    requests = CassandraRequestStore(session)
    return Stores(
        creations=CassandraCreationStore(session),
        rings=CassandraRingStore(session),
        ledgers=CassandraLedgerStore(session),
        runs=CassandraRunStore(session),
        requests=requests,
        attempts=CassandraAttemptStore(session, requests),
        accounts=CassandraAccountStore(session),
        stages=CassandraStageStore(session),
        known=CassandraKnownStore(session),
        usage=CassandraUsageStore(session),
        idempotency=CassandraIdempotencyStore(session),
        epochs=CassandraEpochStore(session),
        books=CassandraBookStore(session),
        config=CassandraConfigStore(session),
        leases=CassandraLeaseStore(session),
        health=CassandraHealthStore(session),
        imports=CassandraImportStore(session),
        tracker=CassandraTrackerStore(session),
        standings=CassandraStandingStore(session),
        profiles=CassandraProfileStore(session),
        seeds=CassandraSeedStore(session),
        searches=CassandraSearchCache(session),
        lookups=CassandraLookupStore(session),
        notables=CassandraNotableStore(session),
    )
