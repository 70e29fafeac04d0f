"""What is the API route's own of a step: it reads one page, once it has the tokens."""

from contextlib import AbstractAsyncContextManager, nullcontext

from stellarmap_common.domain.status import Step
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.lineage.imported import Imported
from stellarmap_common.ports.sources import CreationSource, SourcePage


class SourcePages:
    """The pages of a source. What is imported is not asked for."""

    def __init__(self, source: CreationSource, imported: Imported) -> None:
        self._source = source
        self._imported = imported

    def at_work(self, step: AccountRequested) -> AbstractAsyncContextManager[None]:  # noqa: ARG002 - nothing is to be done
        """A step of this route is in nobody's way."""
        return nullcontext()

    async def page_of(self, step: AccountRequested) -> SourcePage:
        """The page after the step's cursor. Raises: SourceUnavailable, RateLimited, SourceRejected, NetworkReset."""
        return await self._imported.page_of(step) or await self._read(step)

    async def _read(self, step: AccountRequested) -> SourcePage:
        await self._source.admit(step.ref, step.step, step.lane, step.request_id)
        # The event's cursor, not the run's: a redelivery must read the same page and publish the same ids.
        if step.step is Step.CREATOR:
            return await self._source.creations_of(step.ref, step.cursor, step.lane)
        return await self._source.children_page(step.ref, step.cursor, step.lane)
