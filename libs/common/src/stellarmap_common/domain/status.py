"""Statuses, steps, lanes and stages: the words a request's progress is told in."""

from enum import StrEnum


class Step(StrEnum):
    """What one pass over an account finds out."""

    CREATOR = "creator"  # every life of the account, and who began each
    CHILDREN = "children"  # what the account created, page by page


class Route(StrEnum):
    """Which kind of source answers a step."""

    API = "api"
    BIGQUERY = "bigquery"


class PipelineSource(StrEnum):
    """Which pipeline an account's lineage came from."""

    API = "API"
    BIGQUERY = "BIGQUERY"
    BIGQUERY_WITH_API_FALLBACK = "BIGQUERY_WITH_API_FALLBACK"


class PipelineMode(StrEnum):
    """Which routes an installation may use."""

    API_ONLY = "API_ONLY"
    BIGQUERY_ONLY = "BIGQUERY_ONLY"
    BIGQUERY_WITH_API_FALLBACK = "BIGQUERY_WITH_API_FALLBACK"


class Lane(StrEnum):
    """Whose turn it is when a source is scarce, first lane first."""

    USER = "user"
    QUEUED = "queued"
    GROWTH = "growth"


class AccountStatus(StrEnum):
    """How far the mapping of an account is."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"
    NOT_FOUND = "NOT_FOUND"
    RE_INQUIRY = "RE_INQUIRY"
    ERROR = "ERROR"


class StageState(StrEnum):
    """How a stage of the pipeline went."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


STAGES = {
    1: "parent lineage",
    2: "Horizon data",
    3: "attributes",
    4: "assets",
    5: "flags",
    6: "Stellar Expert directory",
    7: "creator discovery",
    8: "grandparent lineage",
}
INGEST_STAGES = (1, 7, 8)
ENRICHER_STAGES = (2, 3, 4, 5, 6)
