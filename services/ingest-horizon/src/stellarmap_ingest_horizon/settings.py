"""Settings of ingest-horizon alone. Limits of the sources stand in common: other services ask them too."""

from pydantic import Field

from stellarmap_common.runtime.settings_base import StellarmapSettings


class IngestHorizonSettings(StellarmapSettings):
    """Reading Horizon and Stellar Expert."""

    steps_at_once: int = Field(
        8, ge=1, le=64, description="Steps that are taken together; each waits for its source, so more share one wait."
    )
    recovery_interval_s: float = Field(
        30.0, ge=1, description="Seconds between two looks for steps that nobody works on."
    )
    reset_check_interval_s: float = Field(
        300.0, gt=0, description="Seconds between two looks whether testnet was reset, once anything of it is mapped."
    )
