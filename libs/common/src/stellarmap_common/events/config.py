"""The event that wakes every process when the configuration has changed. What is stored is the truth."""

from typing import ClassVar

import msgspec

from stellarmap_common.events.base import Event, fact_id


class ConfiguredKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was changed, and its version since. Its value stands in the store alone."""

    key: str
    version: int


class PipelineConfigured(Event, frozen=True, kw_only=True):
    """The configuration of the installation has changed: every process reads it anew."""

    type: ClassVar[str] = "stellarmap.pipeline.configured.v1"

    changed: tuple[ConfiguredKey, ...]
    changed_by: str = ""

    @property
    def key(self) -> str:
        return "config"


def pipeline_configured(key: str, version: int, changed_by: str) -> PipelineConfigured:
    """The event of one change; its repeat has the same id."""
    return PipelineConfigured(
        id=fact_id(PipelineConfigured.type, key, version),
        changed=(ConfiguredKey(key=key, version=version),),
        changed_by=changed_by,
    )
