"""What is configured at run time, for tests: the defaults of nobody's environment, and what a test says."""

from typing import Any

from stellarmap_common.domain.status import PipelineMode
from stellarmap_common.ports.config import Config
from tests.support.settings import settings_of

API_ONLY = PipelineMode.API_ONLY
BIGQUERY_ONLY = PipelineMode.BIGQUERY_ONLY
FALLBACK = PipelineMode.BIGQUERY_WITH_API_FALLBACK


def config_of(mode: PipelineMode = API_ONLY, **values: Any) -> Config:
    """The configuration in that mode."""
    settings = settings_of()
    parts = (settings.bigquery, settings.limits, settings.requests)
    found = {name: getattr(part, name) for part in parts for name in Config.__slots__ if hasattr(part, name)}
    beside = {"expert_max_per_minute": 50, "stuck_pending_minutes": 120, "stuck_processing_minutes": 30}
    return Config(**beside | found | {"pipeline_mode": mode} | values)
