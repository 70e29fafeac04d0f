"""What is configured at run time, for tests: the defaults of nobody's environment, and what a test says."""

from dataclasses import replace
from functools import cache
from typing import Any

from stellarmap_common.domain.status import PipelineMode
from stellarmap_common.ports.config import Config
from stellarmap_common.runtime.config import config_of as environment
from tests.support.settings import settings_of

API_ONLY = PipelineMode.API_ONLY
BIGQUERY_ONLY = PipelineMode.BIGQUERY_ONLY
FALLBACK = PipelineMode.BIGQUERY_WITH_API_FALLBACK


def config_of(mode: PipelineMode = API_ONLY, **values: Any) -> Config:
    """The configuration in that mode."""
    return replace(_defaults(), **{"pipeline_mode": mode, "mode_chosen": True, **values})


@cache  # asked for at each step of a simulation
def _defaults() -> Config:
    return environment(settings_of())
