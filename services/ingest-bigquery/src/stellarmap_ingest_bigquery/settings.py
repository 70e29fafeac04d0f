"""Settings of ingest-bigquery alone. Budgets and limits stand in common: they are changed at run time and told elsewhere."""

from pydantic import Field

from stellarmap_common.runtime.settings_base import StellarmapSettings


class IngestBigQuerySettings(StellarmapSettings):
    """Reading Hubble."""

    bigquery_window_s: float = Field(
        2.0, ge=0, le=30, description="Seconds that an account waits for others before one query asks for all of them."
    )
    bigquery_timeout_s: float = Field(
        40.0,
        gt=0,
        le=55,
        description="Seconds that a step waits for its query; then it goes by API, or waits its turn.",
    )
