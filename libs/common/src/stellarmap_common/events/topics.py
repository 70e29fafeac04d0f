"""The topics: who writes each, who reads it, how long it lives. Nothing else creates topics."""

from dataclasses import dataclass

from stellarmap_common.events.base import Event
from stellarmap_common.events.config import PipelineConfigured
from stellarmap_common.events.enrichment import AccountEnriched, EnrichmentRequested
from stellarmap_common.events.facts import ChildrenRecorded, LineageRecorded, StageExecuted
from stellarmap_common.events.live import LiveChanged
from stellarmap_common.events.requests import AccountQueued, AccountRequested, ChildDiscovered, RequestCompleted
from stellarmap_common.events.standings import BalanceUpdated, RecalculationRequested, StandingChanged

WORK_PARTITIONS = 24
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Topic:
    """One row of the table."""

    name: str
    event: type[Event]
    key: str  # what the partition key is made of, for people
    producers: tuple[str, ...]
    consumers: tuple[str, ...]  # groups
    retention_s: int | None = 7 * _DAY_S  # None: compacted, the newest record of a key stays for ever
    partitions: int = WORK_PARTITIONS

    @property
    def compacted(self) -> bool:
        """True when the newest record of each key is kept for ever."""
        return self.retention_s is None


INGEST_HORIZON = "ingest-horizon"
INGEST_BIGQUERY = "ingest-bigquery"
_INGEST = (INGEST_BIGQUERY, INGEST_HORIZON)
GATEWAY = "gateway"
ENRICHER = "enricher"
HVA_TRACKER = "hva-tracker"

ACCOUNT_REQUESTED = Topic(
    AccountRequested.type,
    AccountRequested,
    "network:account",
    producers=(GATEWAY, *_INGEST),
    consumers=_INGEST,
)
ACCOUNT_QUEUED = Topic(
    AccountQueued.type,
    AccountQueued,
    "network:account",
    producers=(GATEWAY, *_INGEST),
    consumers=_INGEST,
)
CHILD_DISCOVERED = Topic(
    ChildDiscovered.type,
    ChildDiscovered,
    "network:child",
    producers=_INGEST,
    consumers=_INGEST,
)
CHILDREN_RECORDED = Topic(
    ChildrenRecorded.type,
    ChildrenRecorded,
    "network:creator",
    producers=_INGEST,
    consumers=(GATEWAY,),
)
LINEAGE_RECORDED = Topic(
    LineageRecorded.type,
    LineageRecorded,
    "network:account",
    retention_s=None,
    producers=_INGEST,
    consumers=(ENRICHER, GATEWAY),
)
REQUEST_COMPLETED = Topic(
    RequestCompleted.type,
    RequestCompleted,
    "network:request",
    producers=_INGEST,
    consumers=(GATEWAY,),
)
STAGE_EXECUTED = Topic(
    StageExecuted.type,
    StageExecuted,
    "network:account",
    retention_s=3 * _DAY_S,
    producers=(*_INGEST, ENRICHER),
    consumers=(GATEWAY,),
)
ENRICHMENT_REQUESTED = Topic(
    EnrichmentRequested.type,
    EnrichmentRequested,
    "network:account",
    producers=(GATEWAY, ENRICHER, INGEST_BIGQUERY),
    consumers=(ENRICHER,),
)
ACCOUNT_ENRICHED = Topic(
    AccountEnriched.type,
    AccountEnriched,
    "network:account",
    retention_s=None,
    producers=(ENRICHER,),
    consumers=(GATEWAY,),
)
BALANCE_UPDATED = Topic(
    BalanceUpdated.type,
    BalanceUpdated,
    "network",  # all balances of a network in one order
    producers=(ENRICHER, INGEST_BIGQUERY),
    consumers=(HVA_TRACKER,),
)
STANDING_CHANGED = Topic(
    StandingChanged.type,
    StandingChanged,
    "network:account",
    retention_s=30 * _DAY_S,
    producers=(HVA_TRACKER,),
    consumers=(ENRICHER, GATEWAY),
)
RECALCULATION_REQUESTED = Topic(
    RecalculationRequested.type,
    RecalculationRequested,
    "network",
    producers=(GATEWAY,),
    consumers=(HVA_TRACKER,),
)
LIVE = Topic(
    LiveChanged.type,
    LiveChanged,
    "network:account",
    retention_s=3_600,
    partitions=1,  # its offset is the id of a message on the browsers' stream
    producers=(GATEWAY,),
    consumers=(),  # every gateway replica reads it in full, in no group
)
PIPELINE_CONFIGURED = Topic(
    PipelineConfigured.type,
    PipelineConfigured,
    "config",
    retention_s=None,
    partitions=1,
    producers=(GATEWAY,),
    consumers=(),  # every process reads it in full, in no group
)

TOPICS = (
    ACCOUNT_REQUESTED,
    ACCOUNT_QUEUED,
    CHILD_DISCOVERED,
    CHILDREN_RECORDED,
    LINEAGE_RECORDED,
    REQUEST_COMPLETED,
    STAGE_EXECUTED,
    ENRICHMENT_REQUESTED,
    ACCOUNT_ENRICHED,
    BALANCE_UPDATED,
    STANDING_CHANGED,
    RECALCULATION_REQUESTED,
    LIVE,
    PIPELINE_CONFIGURED,
)
DEAD_LETTER_RETENTION_S = 30 * _DAY_S

_BY_TYPE = {topic.event: topic for topic in TOPICS}


def topic_of(event: Event) -> Topic:
    """The topic an event is published to."""
    return _BY_TYPE[type(event)]


def dead_letter_topic(topic: Topic, group: str) -> str:
    """Where the records of `topic` go that `group` could not handle."""
    return f"{topic.name}.{group}.dlq"


def replay_topic(topic: Topic, group: str) -> str:
    """Where dead letters go to be handled again, by `group` alone."""
    return f"{topic.name}.{group}.replay"
