"""The configuration at run time, and its changes."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from stellarmap_gateway.schemas.common import Asked, Schema

MAX_TEXT = 200
MAX_VERSION = 2**31 - 1


class ConfigSource(StrEnum):
    """Where the value in force comes from."""

    ENVIRONMENT = "environment"
    STORED = "stored"


class ConfigType(StrEnum):
    """What its values are."""

    CHOICE = "choice"
    SWITCH = "switch"
    INTEGER = "integer"
    NUMBER = "number"
    INTEGERS = "integers"  # with commas between them


class ConfigChangeView(Schema):
    """One change of one key."""

    key: str
    version: int = Field(description="1, 2, … of this key.")
    value: str | None = Field(description="What was stored; null = the environment's value holds again.")
    before: str | None = Field(description="What was stored until then.")
    changed_at: datetime
    changed_by: str


class ConfigKeyView(Schema):
    """One key: what is in force, what it does, what it may be."""

    key: str
    value: str = Field(description="In force: text, as it can be PUT.")
    default: str = Field(description="What the environment says.")
    source: ConfigSource
    reason: str | None = Field(description="Why it has this value, where that is not plain; in words for people.")
    type: ConfigType
    range: str = Field(description="The values it can have, in words for people.")
    choices: list[str] = Field(description="The values it can have; empty for numbers.")
    least: float | None = Field(description="The least that a number, or each of several, may be.")
    most: float | None = Field(description="The largest that a number, or each of several, may be.")
    unit: str
    effect: str = Field(description="What it does, in words for people.")
    setting: str = Field(description="Environment variable of its default.")
    version: int = Field(description="How often it was changed: `expected_version` of the next change.")
    last_change: ConfigChangeView | None = Field(description="Null = nobody has ever changed it.")


class ConfigList(Schema):
    """Every key, those that belong together beside each other."""

    as_of: datetime
    keys: list[ConfigKeyView]


class ConfigChangeList(Schema):
    """The latest changes, newest first."""

    as_of: datetime
    changes: list[ConfigChangeView]
    truncated: bool = Field(description="True: there are older ones.")


ChangedBy = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


class ConfigAsk(Asked):
    """A new value."""

    value: Annotated[str, Field(max_length=MAX_TEXT)]
    expected_version: int | None = Field(
        default=None, ge=0, le=MAX_VERSION, description="Refuse (409) if the key has another version than this."
    )
    changed_by: ChangedBy = Field(default="admin", description="Who is named beside the change, for people.")
