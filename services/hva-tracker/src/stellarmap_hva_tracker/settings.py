"""Settings of the tracker alone."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode

from stellarmap_common.domain.standing import DEFAULT_THRESHOLD_XLM, DEFAULT_THRESHOLDS_XLM
from stellarmap_common.runtime.settings import Count, StellarmapSettings


class HvaTrackerSettings(StellarmapSettings):
    """High-value accounts."""

    hva_thresholds_xlm: Annotated[tuple[Count, ...], NoDecode] = Field(
        DEFAULT_THRESHOLDS_XLM,
        min_length=1,
        description="Balances in XLM from which accounts stand on the board; their changes are told at each by itself.",
    )
    hva_default_threshold_xlm: Count = Field(
        DEFAULT_THRESHOLD_XLM,
        description="The one of them that the board opens with, and that makes an account an HVA.",
    )

    @field_validator("hva_thresholds_xlm", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return value.split(",") if isinstance(value, str) else value

    @field_validator("hva_thresholds_xlm")
    @classmethod
    def _ascending(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(value)))

    @model_validator(mode="after")
    def _default_is_one_of_them(self) -> Self:
        if self.hva_default_threshold_xlm not in self.hva_thresholds_xlm:
            raise ValueError("hva_default_threshold_xlm is one of hva_thresholds_xlm")
        return self
