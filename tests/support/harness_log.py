"""What a system has told: the events of its log, to compare with what an undisturbed system tells."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from stellarmap_common.adapters.sqlite.log_file import connect_reader
from stellarmap_common.adapters.sqlite.log_reader import read_records
from stellarmap_common.adapters.sqlite.log_topics import read_partitions
from stellarmap_common.events.facts import ChildrenRecorded, LineageRecorded
from stellarmap_common.events.requests import ChildDiscovered, RequestCompleted

CHUNK = 1_000
Natural = tuple[object, ...]

# What makes an event this one, without what differs from one request to the next.
_NATURAL: dict[str, Callable[[Any], Natural]] = {
    ChildrenRecorded.type: lambda told: (told["creator"],),
    LineageRecorded.type: lambda told: (told["account"],),
    ChildDiscovered.type: lambda told: (told["operation_id"], told["account"]),
    RequestCompleted.type: lambda told: (told["account"], told.get("used", 0), told.get("failed", 0)),
}


class Heard(NamedTuple):
    """A record of a topic; those of one partition are heard in their order."""

    topic: str
    value: bytes
    headers: dict[str, bytes]


@dataclass(slots=True)
class Told:
    """The effects of a system on its topics."""

    natural: dict[str, set[Natural]] = field(default_factory=lambda: defaultdict(set))
    contents: dict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))  # of each event id
    children: set[Natural] = field(default_factory=set)  # creator, operation and account of each child that was told
    pages: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # of each creator, as told
    dead: list[str] = field(default_factory=list)  # why each dead letter was set aside
    times: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # each topic and event id was told

    @property
    def contradictions(self) -> list[str]:
        """Event ids that were told with different contents: an effect there twice."""
        return [event_id for event_id, contents in self.contents.items() if len(contents) > 1]

    @property
    def repeated(self) -> list[str]:
        """Topics and event ids that were told more than once; summaries are, by everybody who completes a request about them."""
        return [event_id for event_id, times in self.times.items() if times > 1]

    @property
    def done_again(self) -> list[str]:
        """Those that tell of work done twice. Two who settle a request at once both tell that it is completed."""
        return [event for event in self.repeated if not event.startswith(RequestCompleted.type)]

    @property
    def out_of_order(self) -> list[str]:
        """Creators whose pages were not first told one after the other, from the first on."""
        return [creator for creator, pages in self.pages.items() if not _is_in_order(pages)]


def told_in(data_dir: Path) -> Told:
    """What stands in the log of a data folder."""
    return told_of(_logged(data_dir))


def told_of(heard: Iterable[Heard]) -> Told:
    """What these records say."""
    told = Told()
    for record in heard:
        if record.topic.endswith(".dlq"):
            told.dead.append(record.headers["dlq_reason"].decode())
        if (natural := _NATURAL.get(record.topic)) is None:
            continue
        content = msgspec.json.decode(record.value or b"{}")
        event_id = record.headers["ce_id"].decode()
        told.natural[record.topic].add(natural(content))
        told.contents[event_id].add(record.value)
        told.times[f"{record.topic} {event_id}"] += record.topic != LineageRecorded.type
        if record.topic == ChildrenRecorded.type:
            creator = content["creator"]
            told.pages[creator].append(content["page"])
            told.children |= {(creator, child["created_op"], child["account"]) for child in content.get("children", ())}
    return told


def _logged(data_dir: Path) -> Iterator[Heard]:
    with closing(connect_reader(data_dir / "log.sqlite")) as db:
        for partition in read_partitions(db):
            offset = 0
            while found := read_records(db, partition.id, offset, CHUNK):
                for record in found:
                    yield Heard(partition.topic, record.value or b"", dict(record.headers))
                offset = found[-1].offset + 1


def _is_in_order(pages: list[int]) -> bool:
    first_told = list(dict.fromkeys(pages))
    return first_told == list(range(1, len(first_told) + 1))
