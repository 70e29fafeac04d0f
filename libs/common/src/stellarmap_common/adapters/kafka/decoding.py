"""From a record to an event. What is no event of its topic raises InvalidEvent, with the reason people will read."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import msgspec
from aiokafka.structs import ConsumerRecord

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.strkey import is_account, is_contract
from stellarmap_common.errors import InvalidEvent
from stellarmap_common.events.base import Event, with_id
from stellarmap_common.events.topics import Topic

Record: TypeAlias = ConsumerRecord[bytes, bytes]
Accepts = Callable[[NetworkKey], bool]

REQUIRED_HEADERS = frozenset({"ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time"})

_is_account = lru_cache(maxsize=4_096)(is_account)


class Decoded(NamedTuple):
    """A record, and the event that it is."""

    record: Record
    event: Event
    headers: Mapping[str, bytes]


class EventDecoder:
    """Decodes the records of one topic. `accepts` says which network keys this installation knows."""

    def __init__(self, topic: Topic, accepts: Accepts) -> None:
        self._type = topic.event.type
        self._decode = msgspec.json.Decoder(topic.event).decode
        self._accepts = accepts
        fields = topic.event.__struct_fields__
        self._has_network = "network" in fields
        self._accounts = tuple(name for name in ("account",) if name in fields)
        self._creators = tuple(name for name in ("creator",) if name in fields)

    def decode(self, record: Record) -> Decoded:
        """The record with its event, which has the id its header carries. Raises: InvalidEvent."""
        headers = dict(record.headers)
        self._check_headers(headers)
        if not record.value:
            raise InvalidEvent("the record has no value")
        try:
            event = self._decode(record.value)
        except msgspec.ValidationError as error:
            raise InvalidEvent(f"not a {self._type}: {error}") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidEvent(f"not JSON: {error}") from error
        self._check_names(event)
        return Decoded(record, with_id(event, headers["ce_id"].decode()), headers)

    def network_of(self, record: Record) -> str:
        """The network of the event that the record is; empty if it is none, or of no network."""
        try:
            event = self.decode(record).event
        except InvalidEvent:
            return ""
        return getattr(event, "network", "")

    def _check_headers(self, headers: Mapping[str, bytes]) -> None:
        if not headers.keys() >= REQUIRED_HEADERS:
            missing = ", ".join(sorted(REQUIRED_HEADERS - headers.keys()))
            raise InvalidEvent(f"headers are missing: {missing}")
        try:
            b"\n".join(headers.values()).decode()
        except UnicodeDecodeError as error:
            raise InvalidEvent("a header is not UTF-8") from error
        if (told := headers["ce_type"].decode()) != self._type:
            raise InvalidEvent(f"unknown type {told[:100]!r}: this topic carries {self._type}")
        if not headers["ce_id"]:
            raise InvalidEvent("the id is empty")

    def _check_names(self, event: Event) -> None:
        if self._has_network and not self._accepts(network := event.network):  # type: ignore[attr-defined]  # `_has_network` says so
            raise InvalidEvent(f"network key {network[:100]!r} is not one of this installation")
        for name in self._accounts:
            if not _is_account(getattr(event, name)):
                raise InvalidEvent(f"{name} is not an account address: its checksum or form is wrong")
        for name in self._creators:
            if not _is_account(creator := getattr(event, name)) and not is_contract(creator):
                raise InvalidEvent(f"{name} is no address: its checksum or form is wrong")
