"""What every event is: frozen, named in the past tense, with an id that a redelivery makes again."""

from typing import ClassVar, TypeVar
from uuid import UUID, uuid5

import msgspec

from stellarmap_common.domain.network import AccountRef, Address, NetworkKey

_NAMESPACE = UUID("6f1c1f0e-3b0b-5d0e-9a55-57e11a4a9000")


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The value of a record is this struct as JSON; `id` travels in the `ce_id` header alone."""

    type: ClassVar[str]  # `ce_type`, e.g. "stellarmap.account.requested.v1"

    id: str = ""

    @property
    def key(self) -> str:
        """The partition key: records of one key are handled in order."""
        raise TypeError(f"{type(self).__name__} has no key")

    @property
    def subject(self) -> str:
        """What the event is about (`ce_subject`)."""
        return self.key

    @property
    def correlation_id(self) -> str:
        """The request this belongs to, or the event's own id."""
        return self.id

    @property
    def causation_id(self) -> str:
        """The event this follows from, where it says so itself; else it is the one that is being handled."""
        return ""


class AccountEvent(Event, frozen=True, kw_only=True):
    """An event about one account, keyed by it."""

    network: NetworkKey
    account: Address

    @property
    def ref(self) -> AccountRef:
        """The account this is about."""
        return AccountRef(self.network, self.account)

    @property
    def key(self) -> str:
        return str(self.ref)


def fact_id(event_type: str, *natural_key: object) -> str:
    """Id of a fact of the chain: the same whoever publishes it, however often."""
    return str(uuid5(_NAMESPACE, "|".join((event_type, *map(str, natural_key)))))


def derived_id(parent_id: str, event_type: str, *child_key: object) -> str:
    """Id of an event that follows from another: a redelivered parent makes the same child."""
    return str(uuid5(_NAMESPACE, "|".join((parent_id, event_type, *map(str, child_key)))))


E = TypeVar("E", bound=Event)


def with_id(event: E, event_id: str) -> E:
    """The event with the id its record's header carries."""
    return msgspec.structs.replace(event, id=event_id)
