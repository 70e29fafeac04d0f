"""`.env.example`, made from the settings models: every name, its default and its effect."""

from collections.abc import Iterable
from enum import Enum
from textwrap import wrap

from pydantic import SecretStr

from stellarmap_common.runtime.settings_base import StellarmapSettings, variable_of

WIDTH = 100
_HEAD = """\
# Settings of StellarMap. Copy this file to `.env` and take the # off what you change; the environment beats the file.
# Made from the settings models by `stellarmap settings example`; a test keeps it equal to them.
"""


def settings_example(models: Iterable[type[StellarmapSettings]]) -> str:
    """The text of `.env.example`."""
    return "\n".join([_HEAD, *(_section(model) for model in models)])


def _section(model: type[StellarmapSettings]) -> str:
    title = (model.__doc__ or model.__name__).split("\n", 1)[0].rstrip(".")
    lines = [f"# ── {title} ──"]
    for name, field in model.model_fields.items():
        lines += [f"# {line}" for line in wrap(field.description or "", WIDTH)]
        lines.append(f"#{variable_of(name)}={_text(field.default)}")
    return "\n".join(lines) + "\n"


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(_text(item) for item in value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if value is None or isinstance(value, SecretStr):
        return ""
    return str(value)
