"""The metrics of every process: one list, each with what it does not count. No address ever stands in a label."""

from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_STORE_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)


@dataclass(frozen=True, slots=True)
class Metrics:
    """Opened on one registry, passed to whoever counts."""

    registry: CollectorRegistry
    events_retried: Counter
    events_dead_lettered: Counter
    source_requests: Counter
    source_request_seconds: Histogram
    creations_recorded: Counter
    bigquery_bytes: Counter
    bigquery_cost_usd: Counter
    cost_guard_refusals: Counter
    store_seconds: Histogram
    http_request_seconds: Histogram
    sse_clients: Gauge
    consumer_lag: Gauge
    oldest_unprocessed: Gauge


def open_metrics(registry: CollectorRegistry) -> Metrics:
    """The metrics, registered."""
    return Metrics(registry=registry, **_of_the_bus(registry), **_of_data(registry), **_of_http(registry))


def _of_the_bus(registry: CollectorRegistry) -> dict[str, Any]:
    return {
        "events_retried": Counter(
            "stellarmap_events_retried",
            "Records handled again. Not counted: records read again after a restart or a rebalance.",
            ("group", "topic"),
            registry=registry,
        ),
        "events_dead_lettered": Counter(
            "stellarmap_events_dead_lettered",
            "Records set aside in a dead-letter topic. Not counted: replays that fail again within one topic.",
            ("group", "topic", "reason"),
            registry=registry,
        ),
        "consumer_lag": Gauge(
            "stellarmap_consumer_lag",
            "Records a group has not committed. Broadcast subscriptions have no lag.",
            ("group", "topic", "partition"),
            registry=registry,
        ),
        "oldest_unprocessed": Gauge(
            "stellarmap_oldest_unprocessed_seconds",
            "Age of the oldest record a group has not handled; 0 if there is none. Not counted: dead letters, broadcasts.",
            ("group",),
            registry=registry,
        ),
    }


def _of_data(registry: CollectorRegistry) -> dict[str, Any]:
    return {
        "source_requests": Counter(
            "stellarmap_source_requests",
            "HTTP requests sent to a source, by what came of them. Not counted: calls refused by our own limit.",
            ("source", "outcome"),
            registry=registry,
        ),
        "source_request_seconds": Histogram(
            "stellarmap_source_request_seconds",
            "Seconds a source took to answer. Not counted: the wait for our own limit.",
            ("source",),
            buckets=_SECONDS,
            registry=registry,
        ),
        "creations_recorded": Counter(
            "stellarmap_creations_recorded",
            "Creations handed to the store. A repeated page counts again.",
            ("source",),
            registry=registry,
        ),
        "bigquery_bytes": Counter(
            "stellarmap_bigquery_bytes",
            "Bytes that BigQuery billed. Not counted: reservations, and jobs that are still open.",
            ("query",),
            registry=registry,
        ),
        "bigquery_cost_usd": Counter(
            "stellarmap_bigquery_cost_usd",
            "US dollars of the bytes billed, at the configured price. Not counted: the free TiB of a month.",
            ("query",),
            registry=registry,
        ),
        "cost_guard_refusals": Counter(
            "stellarmap_cost_guard_refusals",
            "Queries that the cost guard refused, by the check that did; of disabled and network, steps. Else steps "
            "that waited for one query are not counted.",
            ("check",),
            registry=registry,
        ),
        "store_seconds": Histogram(
            "stellarmap_store_seconds",
            "Seconds until Cassandra answered a statement. Counted: the wait for a free place. Not counted: SQLite.",
            ("statement",),
            buckets=_STORE_SECONDS,
            registry=registry,
        ),
    }


def _of_http(registry: CollectorRegistry) -> dict[str, Any]:
    return {
        "http_request_seconds": Histogram(
            "stellarmap_http_request_seconds",
            "Seconds to answer an API request. Not counted: live streams, static files, the sandbox.",
            ("route", "status"),
            buckets=_SECONDS,
            registry=registry,
        ),
        "sse_clients": Gauge("stellarmap_sse_clients", "Live streams open now.", registry=registry),
    }
