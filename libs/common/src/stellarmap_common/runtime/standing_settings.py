"""Settings of high-value accounts: from which balances on they stand, and how many ranks are shown."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode

from stellarmap_common.domain.standing import (
    BOARD_SIZE,
    DEFAULT_THRESHOLD_XLM,
    DEFAULT_THRESHOLDS_XLM,
    LEAST_BOARD_SIZE,
    MOST_BOARD_SIZE,
    MOST_THRESHOLDS,
)
from stellarmap_common.runtime.settings_base import StellarmapSettings, split

Xlm = Annotated[int, Field(ge=1, le=100_000_000_000)]  # there are no more


def ascends(values: Sequence[int]) -> bool:
    """True if each is larger than the one before it."""
    return all(one < next_one for one, next_one in pairwise(values))


class StandingSettings(StellarmapSettings):
    """High-value accounts."""

    hva_threshold: Xlm = Field(
        DEFAULT_THRESHOLD_XLM,
        description="Balance in XLM that makes an account an HVA, and that the leaderboard opens with: one of "
        "HVA_SUPPORTED_THRESHOLDS.",
    )
    hva_supported_thresholds: Annotated[tuple[Xlm, ...], NoDecode] = Field(
        DEFAULT_THRESHOLDS_XLM,
        min_length=1,
        max_length=MOST_THRESHOLDS,
        description="Balances in XLM from which accounts stand on the leaderboard, the lowest first; changes are told at each by "
        "itself.",
    )
    hva_board_size: int = Field(
        BOARD_SIZE,
        ge=LEAST_BOARD_SIZE,
        le=MOST_BOARD_SIZE,
        description="Ranks that the leaderboard shows; inside it accounts that were overtaken are told, too.",
    )

    _split_thresholds = field_validator("hva_supported_thresholds", mode="before")(split)

    @field_validator("hva_supported_thresholds")
    @classmethod
    def _ascend(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not ascends(value):
            raise ValueError("the lowest comes first, and none comes twice")
        return value

    @model_validator(mode="after")
    def _default_is_one_of_them(self) -> Self:
        if self.hva_threshold not in self.hva_supported_thresholds:
            raise ValueError("STELLARMAP_HVA_THRESHOLD is one of STELLARMAP_HVA_SUPPORTED_THRESHOLDS")
        return self
