"""What an installation may choose while it runs, as it is now: what is stored wins over the environment."""

from collections.abc import Callable
from dataclasses import dataclass

from stellarmap_common.domain.standing import Yardstick, default_threshold
from stellarmap_common.domain.status import PipelineMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One state of it. Names are the keys of `stellarmap config`."""

    pipeline_mode: PipelineMode
    mode_chosen: bool  # by somebody; else it follows from whether there is a project that pays. No key
    bigquery_enabled: bool
    standings_seed: bool
    cost_limit_usd: float  # of one query
    size_limit_mb: int  # of one query, in MiB
    daily_limit_gb: int  # in GiB
    monthly_limit_gb: int  # in GiB
    price_usd_per_tib: float
    cost_alert_usd: float  # projected for the month
    batch_size: int  # accounts in one query
    children_page_size: int
    instant_query_max_age_days: int
    horizon_max_per_hour: int
    horizon_percentage: int
    expert_max_per_minute: int
    expert_percentage: int
    request_budget: int
    request_depth: int
    request_pages: int
    cache_ttl_hours: int
    stuck_pending_minutes: int
    stuck_processing_minutes: int
    hva_threshold: int  # in XLM: of the board that opens, and of who is an HVA
    hva_supported_thresholds: tuple[int, ...]  # in XLM, ascending
    hva_board_size: int  # ranks

    @property
    def yardstick(self) -> Yardstick:
        """By what accounts are ranked."""
        return Yardstick(thresholds_xlm=self.hva_supported_thresholds, board_size=self.hva_board_size)

    @property
    def default_threshold_xlm(self) -> int:
        """The threshold that is meant where none is named, and that makes an account an HVA."""
        return default_threshold(self.hva_threshold, self.hva_supported_thresholds)


Configured = Callable[[], Config]
"""What is in force now: asked anew each time, never kept."""
