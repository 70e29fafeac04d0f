"""A job's name tells when BigQuery was asked, so that an answer that is still kept is told from a new one."""

from datetime import UTC, datetime

from stellarmap_ingest_bigquery.jobs import began_at


def test_a_job_that_was_made_then_says_so() -> None:
    assert began_at("stellarmap_c75af47a3c34d036b1b367d4_1796001520633") == datetime(
        2026, 11, 30, 1, 18, 40, 633_000, UTC
    )
