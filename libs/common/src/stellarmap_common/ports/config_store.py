"""Configuration that is changed while all runs: what is stored wins over the environment. Conditional writes only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChange:
    """One change of one key. The latest is what holds."""

    key: str
    version: int  # 1, 2, … of this key
    value: str | None  # as text; None: the environment's holds again
    before: str | None  # what was stored until then
    changed_at: datetime
    changed_by: str


class ConfigStore(Protocol):
    """What is stored of each key, and every change that was ever made."""

    async def stored(self) -> tuple[ConfigChange, ...]:
        """The latest change of each key, by key, as of the latest write."""
        ...

    async def put(self, change: ConfigChange) -> bool:
        """Writes it and its place in the audit together, if the key stands at the version before. False: somebody was first.

        Safe to repeat: True where this very change stands. Raises: StoreUnavailable (whether it stands is unknown).
        """
        ...

    async def changes(self, limit: int) -> tuple[ConfigChange, ...]:
        """The latest changes of all keys, newest first."""
        ...
