"""Settings of the enricher alone. Limits of the sources stand in common: other services ask them too."""

from pydantic import Field

from stellarmap_common.runtime.settings_base import StellarmapSettings


class EnricherSettings(StellarmapSettings):
    """Reading who accounts are."""

    enrichments_at_once: int = Field(
        16, ge=1, le=64, description="Accounts that are read together; each waits for its sources."
    )
    directory_window_s: float = Field(
        0.2,
        ge=0,
        le=5,
        description="Seconds that an account waits for others before the directory is asked for all of them.",
    )
    refresh_viewed_s: float = Field(
        3_600.0, ge=60, description="Seconds after which an account that was looked at lately is read again."
    )
    refresh_watched_s: float = Field(
        21_600.0, ge=60, description="Seconds after which an account above the lowest threshold is read again."
    )
