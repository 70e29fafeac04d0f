"""An outage costs nothing but time: whatever waits for one source, the others go on, and nothing is counted or set aside."""

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.events.requests import AccountRequested
from tests.support.bus import (
    PUBLIC,
    REQUESTED,
    SANDBOX,
    Handled,
    OpenedBus,
    asked,
    on,
    until,
    until_read,
)

MANY = 7_000  # more than are kept in memory for sources that are away


class Sources:
    """The sources of the networks: away, or not."""

    def __init__(self, *away: NetworkKey) -> None:
        self.away = set(away)
        self.handled = Handled(self._first)

    async def _first(self, event: AccountRequested) -> None:
        if event.network in self.away:
            raise SourceUnavailable("no route")

    def of(self, network: NetworkKey) -> list[str]:
        return [event.id for event in self.handled.events if event.network == network]


def many(network: NetworkKey, count: int = MANY, first: int = 0) -> list[AccountRequested]:
    """So many events of a thousand accounts."""
    return [asked(number % 1_000, f"{network}-{number:06}", network) for number in range(first, first + count)]


def in_order(sources: Sources) -> bool:
    return all(ids == sorted(ids) for ids in sources.handled.by_key.values())


async def test_however_much_waits_for_a_source_another_network_goes_on(bus: OpenedBus) -> None:
    sources = Sources(PUBLIC)
    async with bus.running(on(REQUESTED, sources.handled)):
        await bus.publish(*many(PUBLIC))
        await until(lambda: len(sources.handled.calls) > 3, "the public network is away")
        await bus.publish(*many(SANDBOX, 500))
        await until(lambda: len(sources.of(SANDBOX)) == 500, "the sandbox goes on")
        assert sources.of(PUBLIC) == []
        sources.away.clear()
        await until(lambda: len(sources.of(PUBLIC)) == MANY, "all of the public network")
        await until_read(bus)
    assert len(sources.handled.ids) == MANY + 500
    assert in_order(sources)
    assert await bus.bus.dead_letters.entries() == ()
