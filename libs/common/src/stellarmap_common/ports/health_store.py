"""Whether the store can be written (reading still works on a full disk), and when what was written is durable."""

from typing import Protocol


class HealthStore(Protocol):
    """What health asks of the store itself."""

    async def writable(self) -> None:
        """Returns once something was written, and is durable; nothing anybody reads has changed. Raises: StoreUnavailable."""
        ...

    async def settled(self) -> None:
        """Returns once all that was written before is durable, also what nobody waited for. Raises: StoreUnavailable."""
        ...
