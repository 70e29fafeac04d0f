"""Taking a rule out of the real code. What is to be changed must be there, so that no mutation loses its effect unseen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.simulation_kinds import Kind

Patch = pytest.MonkeyPatch


@dataclass(frozen=True, slots=True)
class Mutation:
    """A rule taken out, and the kind of schedules that shows it."""

    take_out: Callable[[Patch], None]
    kind: Kind

    def __str__(self) -> str:
        return self.take_out.__name__


async def nothing(*_: object, **__: object) -> None: ...


def changes(patch: Patch, module: Any, name: str, **fields: Any) -> None:
    """What the function makes is an event with other fields."""
    original = getattr(module, name)

    def changed(*args: Any, **named: Any) -> Any:
        event = original(*args, **named)
        return type(event)(**{**fields_of(event), **fields})

    patch.setattr(module, name, changed)


def fields_of(event: Any) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


def there(of: Any, name: str) -> None:
    assert hasattr(of, name), f"{of} has no {name}: this mutation changes nothing"


def without(patch: Patch, module: Any, name: str, part: str, instead: str) -> None:
    statement = getattr(module, name)
    assert part in statement, f"{name} has no {part!r}: this mutation changes nothing"
    patch.setattr(module, name, statement.replace(part, instead))
