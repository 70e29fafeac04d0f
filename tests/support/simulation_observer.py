"""What may be seen of a schedule while it runs."""

from typing import Any

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import Step
from stellarmap_common.events.base import Event
from tests.support.simulation_bus import Task


class Observer:
    """Is told of everything. `task` is whoever does it; None: nobody of the simulation, but its test."""

    def on_start(self, task: Task) -> None:
        """A task is about to do its first."""

    def on_end(self, task: Task) -> None:
        """A task came to its end; its record counts as handled."""

    def on_failure(self, task: Task, error: Exception) -> None:
        """A task ended with an error."""

    def on_access(self, task: Task | None, name: str, args: Any, result: Any) -> None:
        """A store was read, or written."""

    def on_publish(self, task: Task | None, event: Event) -> None:
        """An event is to go out. It may still be lost."""

    def on_call(self, task: Task | None, account: Address, step: Step, *, admitted: bool) -> None:
        """The source is asked; `admitted`: the tokens for it were taken before."""
