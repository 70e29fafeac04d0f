"""The fault harness of the tracker: a stream of balances, whoever reads it, and what it has left in the end."""

import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from stellarmap_common.adapters.sqlite.log_file import connect_reader
from stellarmap_common.adapters.sqlite.log_topics import read_partitions
from stellarmap_common.domain.standing import DEFAULT_THRESHOLDS_XLM
from stellarmap_common.events.standings import BalanceUpdated, StandingChanged
from stellarmap_common.events.topics import BALANCE_UPDATED
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.engines import engine_of
from tests.support.balance_stream import ENDS, Stream
from tests.support.harness import SEED
from tests.support.power_effects import stored_in, told_in
from tests.support.settings import settings_of
from tests.support.standings_left import Left, differences, left_in
from tests.support.stores import PUBLIC
from tests.support.system import System, exit_code, started, until
from tests.support.tree import ROOT

SMALL = Stream(seed=SEED, accounts=1_200, updates=5_000)
LARGE = Stream(seed=SEED, accounts=10_000, updates=140_000)
PER_S = 5_000
ALL_AT_ONCE = 1e9
READ_S = 900
SHOWN_S = 30
HELD_S = 30
LOOK_S = 0.01
_OURS = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.support import power_recorder, tracker_process; "
PROCESS = f"{_OURS} tracker_process.main()"
RECORDED = f"{_OURS} power_recorder.main(tracker_process.main)"
NETWORK: dict[str, object] = {
    "networks": "public",
    "horizon_url_public": "http://127.0.0.1:9",
}  # nobody asks it anything


_READ = """
    SELECT coalesce(sum(offsets.next_offset), 0) FROM offsets JOIN partitions ON id = partition_id WHERE topic = ?
"""


@dataclass(slots=True)
class Ended:
    """How a stream ended."""

    left: Left
    told: list[StandingChanged]
    reads: list[int] = field(default_factory=list)  # balances that were read at each kill

    @property
    def repeated(self) -> int:
        """How many events were told more than once."""
        return len(self.told) - len({event.id for event in self.told})


def assert_same(ended: Ended, clean: Ended) -> None:
    """0 lost, 0 there twice: whatever is read, and whatever was told, is what an undisturbed tracker left and told."""
    found = differences(ended.left, clean.left)
    assert found == [], "\n".join(found)


def told(ended: Ended) -> str:
    """For people."""
    at = " ".join(f"{read:,}" for read in ended.reads)
    return (
        f"{len(ended.reads)} kills at {at}; {len(ended.left.changes):,} changes, {ended.repeated:,} told again with the "
        f"same id; {len(ended.left.movements):,} movements"
    )


@dataclass(frozen=True, slots=True)
class Files:
    """Embedded mode: the files of a folder, which one process at a time has, fed with a stream."""

    data: Path
    stream: Stream
    recording: Path | None = None  # where all that it does to its files is written down, if it is

    def published(self) -> int:
        """How many balances of the stream stand in the log."""
        with self._log() as db:
            return sum(each.end for each in read_partitions(db) if each.topic == BALANCE_UPDATED.name) if db else 0

    def read(self) -> int:
        """How many of them the tracker is through with."""
        with self._log() as db:
            return int(db.execute(_READ, (BALANCE_UPDATED.name,)).fetchone()[0]) if db else 0

    async def start(self, per_s: float = PER_S, **settings: object) -> System:
        """A tracker that goes on, fed with what is not in the log yet."""
        return await started(self._command(per_s), self.data, {**NETWORK, **settings})

    async def exit_code(self, per_s: float = PER_S, **settings: object) -> int:
        """How it ended that was started to end by itself."""
        return await exit_code(self.data, command=self._command(per_s), **NETWORK, **settings)

    async def have_read(self, balances: int, system: System) -> None:
        """Returns once so many are read."""

        async def far_enough() -> bool:
            return self.read() >= balances

        await until(far_enough, within_s=READ_S, what=f"{balances} balances read", log=system.log, every_s=LOOK_S)

    async def finish(self, system: System) -> Ended:
        """How it ended, once all is read and shown and the process has stopped in order."""
        try:
            await self.have_read(len(self.stream), system)
            async with engine_of(settings_of(data_dir=self.data)).open_to_look() as stores:
                await is_shown(stores)
            assert await system.stop() == 0
        finally:
            await system.api.aclose()
            await system.kill()
        told = told_in(self.data / "log.sqlite")
        assert [each.id for each in told.of(BalanceUpdated)] == [each.id for each in self.stream.balances()]
        changes = list(told.of(StandingChanged))
        async with stored_in(self.data / "store.sqlite") as stores:
            return await ended_in(stores, self.stream, changes)

    def _command(self, per_s: float) -> Sequence[str]:
        file = self.data.with_name("balances")
        if not file.exists():
            self.stream.write(file)
        words = (str(file), str(self.published()), str(per_s))
        if self.recording:
            return (sys.executable, "-c", RECORDED, str(self.recording), *words)
        return (sys.executable, "-c", PROCESS, *words)

    @contextmanager
    def _log(self) -> Iterator[sqlite3.Connection | None]:
        log = self.data / "log.sqlite"
        if not log.exists():
            yield None
            return
        with closing(connect_reader(log)) as db:
            yield db


async def undisturbed(stream: Stream, folder: Path) -> Ended:
    """How a stream ends when nothing happens on the way."""
    files = Files(folder / "data", stream)
    return await files.finish(await files.start(ALL_AT_ONCE))


async def is_held(system: System) -> None:
    """Returns once the process holds still."""
    state = Path(f"/proc/{system.process.pid}/stat")

    async def held() -> bool:
        return state.read_text().rpartition(")")[2].split()[0] == "T"  # noqa: ASYNC240 - no file, but the kernel's memory

    await until(held, within_s=HELD_S, what="it holds still", log=system.log)


async def is_shown(stores: Stores) -> None:
    """Returns once the board is that of the last balance."""

    async def shown() -> bool:
        board = await stores.standings.board_of(PUBLIC)
        return board is not None and board.as_of == ENDS

    await until(shown, within_s=SHOWN_S, what="the last board")


async def ended_in(stores: Stores, stream: Stream, told: list[StandingChanged]) -> Ended:
    """How it ended, once it is certain that what was told is what is stored, and nothing was told in two ways."""
    found = await left_in(stores, PUBLIC, accounts=stream.addresses(), thresholds_xlm=DEFAULT_THRESHOLDS_XLM, told=told)
    events, stored = {event.id for event in told}, {change.id for change in found.changes}
    assert not stored - events, f"of {len(stored)} changes {len(stored - events)} were never told"
    assert not events - stored, f"of {len(events)} changes that were told {len(events - stored)} are not stored"
    assert len({*told}) == len(events), f"of {len(events)} events {len({*told}) - len(events)} were told in two ways"
    return Ended(found, told)
