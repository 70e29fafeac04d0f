"""What every settings model stands on: where its values come from, and how a wrong one is told."""

from typing import Annotated, Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from stellarmap_common.errors import StellarmapError

PREFIX = "STELLARMAP_"


class InvalidSettings(StellarmapError):
    """A setting has a value it cannot have; the message names the variable and says what it may be."""


class StellarmapSettings(BaseSettings):
    """Base of every settings model: read once at start, then passed down."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    @classmethod
    def load(cls) -> Self:
        """The settings of this environment. Raises: InvalidSettings."""
        try:
            return cls()
        except ValidationError as error:
            told = [_told(cls, problem["loc"], problem["msg"]) for problem in error.errors()]
            raise InvalidSettings("; ".join(told)) from None


MOST = 1_000_000_000
Count = Annotated[int, Field(ge=1, le=MOST)]


def split(value: object) -> object:
    """A comma-separated text as its parts."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def none_if_empty(value: object) -> object:
    """No file where the text is empty."""
    return None if value == "" else value


def variable_of(field: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field.upper()


def _told(model: type[StellarmapSettings], location: tuple[int | str, ...], message: str) -> str:
    """One problem of a validation as a sentence. The value is not repeated: it might be a secret in the wrong place."""
    if not location:
        return message.removeprefix("Value error, ")  # of several fields, which it names itself
    field = str(location[0])
    described = model.model_fields[field].description if field in model.model_fields else ""
    return f"{variable_of(field)}: {message.removeprefix('Value error, ')}. {described}".rstrip()
