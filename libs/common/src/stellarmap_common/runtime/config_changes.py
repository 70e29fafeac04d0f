"""Changing the configuration: one writer at a time, every change kept with who made it, and every process told."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from stellarmap_common.domain.address_text import redact_seeds
from stellarmap_common.errors import PermanentError, TransientError
from stellarmap_common.events.config import PipelineConfigured, pipeline_configured
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.config_store import ConfigChange, ConfigStore
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.runtime.config import (
    CONFIG_KEYS,
    ConfigKey,
    Value,
    config_key,
    config_of,
    mode_reason,
    readable,
    require_agreement,
    told,
)
from stellarmap_common.runtime.settings import Settings

log = structlog.get_logger(__name__)

TOLD_WITHIN_S = 1.0  # a broker that is away must not hold up whoever changes something: every process looks for itself


class ChangedMeanwhile(PermanentError):
    """Somebody else was first; the message says what holds now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """A key, and what is in force of it."""

    key: ConfigKey
    value: Value
    default: Value  # the environment's
    stored: bool  # the value is the stored one
    latest: ConfigChange | None  # None: nobody has ever changed it
    reason: str | None = None  # why it is what it is, where that is not plain

    @property
    def version(self) -> int:
        """How often it was changed."""
        return self.latest.version if self.latest else 0


def key_states(stored: Iterable[ConfigChange], settings: Settings) -> tuple[KeyState, ...]:
    """Every key, in the order of the table."""
    latest = {change.key: change for change in stored}
    return tuple(_state(key, latest.get(key.name), settings) for key in CONFIG_KEYS)


def _state(key: ConfigKey, latest: ConfigChange | None, settings: Settings) -> KeyState:
    default: Value = getattr(config_of(settings), key.name)
    stored = readable(latest) if latest else None
    is_stored = stored is not None
    why = mode_reason(settings, stored=is_stored) if key.name == "pipeline_mode" else None
    if latest and latest.value is not None and not is_stored:
        why = "What is stored cannot be read by this version, so the environment's value holds."
    value = default if stored is None else stored
    return KeyState(key=key, value=value, default=default, stored=is_stored, latest=latest, reason=why)


class ConfigChanges:
    """Reads and changes what is stored."""

    def __init__(self, store: ConfigStore, publisher: EventPublisher, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._settings = settings
        self._telling: set[asyncio.Task[None]] = set()

    async def states(self) -> tuple[KeyState, ...]:
        """Every key, in the order of the table. Raises: StoreUnavailable."""
        return key_states(await self._store.stored(), self._settings)

    async def changes(self, limit: int) -> tuple[ConfigChange, ...]:
        """The latest changes, newest first. Raises: StoreUnavailable."""
        return await self._store.changes(limit)

    async def change(self, name: str, text: str | None, *, by: str, expected: int | None = None) -> KeyState:
        """Afterwards the key has this value everywhere within 2 s; None: the environment's again. Safe to repeat.

        `expected`: only if it was changed so often until now. Raises: UnknownKey, InvalidValue, ChangedMeanwhile,
        StoreUnavailable (whether it holds is unknown: look).
        """
        key = config_key(name)
        value = None if text is None else told(key.parse(text))
        stored = {each.key: each for each in await self._store.stored()}
        latest = stored.get(name)
        state = _state(key, latest, self._settings)
        holds = value == (latest.value if latest else None)
        if expected is not None and expected != state.version:
            if latest and holds and (latest.version, latest.changed_by) == (expected + 1, redact_seeds(by)):
                return state  # this very change, whose answer was lost
            raise _changed_meanwhile(state)
        if holds:
            return state
        values = {each.key.name: each.value for each in key_states(stored.values(), self._settings)}
        require_agreement(name, values | {name: state.default if text is None else key.parse(text)})
        change = ConfigChange(
            key=name,
            version=state.version + 1,
            value=value,
            before=latest.value if latest else None,
            changed_at=self._clock.now(),
            changed_by=redact_seeds(by),
        )
        if not await self._store.put(change):
            raise _changed_meanwhile(next(each for each in await self.states() if each.key is key))
        await self._tell(change)
        return _state(key, change, self._settings)

    async def _tell(self, change: ConfigChange) -> None:
        """Afterwards every process is on its way to look; if it could not be told, it looks within a second all the same."""
        event = pipeline_configured(change.key, change.version, change.changed_by)
        task = asyncio.create_task(self._published(event), name="tell of configuration")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
        await asyncio.wait({task}, timeout=TOLD_WITHIN_S)

    async def _published(self, event: PipelineConfigured) -> None:
        try:
            await self._publisher.publish(event)
        except TransientError as error:
            log.warning("config_not_told", error=str(error))


def _changed_meanwhile(state: KeyState) -> ChangedMeanwhile:
    by = f", by {state.latest.changed_by}" if state.latest else ""
    return ChangedMeanwhile(
        f"Somebody has changed {state.key.name} meanwhile{by}: it is {told(state.value)} now, version {state.version}. "
        "Nothing was changed; look at it, and change it again if you still want to."
    )
