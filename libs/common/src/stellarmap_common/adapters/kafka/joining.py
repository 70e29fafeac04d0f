"""How a bus waits for its broker, and its subscriptions join their groups: in one process, or by the rules of a cluster."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any


class Joining:
    """Of the embedded bus: a group is known by its own name, nothing has to be waited for, nobody can be away."""

    start_s: float | None = None  # within which all must have joined
    commit_s: float | None = None  # within which a commit must be answered

    async def missing(self, names: Sequence[str]) -> tuple[str, ...]:  # noqa: ARG002 - a cluster may lack some
        """Those of these topics that are not there, as far as waiting for them would hang."""
        return ()

    def options(self, topic: str, group: str) -> dict[str, Any]:  # noqa: ARG002 - a cluster's differ
        """What the consumer of the group on this topic is told."""
        return {"group_id": group}

    def answered(self, what: str) -> AbstractAsyncContextManager[None]:  # noqa: ARG002 - a cluster may not answer
        """What is inside asks the broker, and ends. Raises: TransientError, when nobody answers."""
        return nullcontext()
