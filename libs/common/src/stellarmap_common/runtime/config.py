"""Configuration at run time: the one table of its keys, and what is in force in this process.

A key is the setting of the same name: that is its default, its type, its range and its effect. What is stored wins over it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from types import UnionType
from typing import Union, get_args, get_origin

import structlog

from stellarmap_common.domain.standing import MOST_THRESHOLDS
from stellarmap_common.domain.status import PipelineMode
from stellarmap_common.errors import PermanentError
from stellarmap_common.events.config import PipelineConfigured
from stellarmap_common.events.topics import PIPELINE_CONFIGURED
from stellarmap_common.ports.config import Config
from stellarmap_common.ports.config_store import ConfigChange, ConfigStore
from stellarmap_common.ports.subscription import Subscription
from stellarmap_common.runtime.service import Loop
from stellarmap_common.runtime.settings import BigQuerySettings, LimitSettings, RequestSettings, Settings
from stellarmap_common.runtime.settings_base import StellarmapSettings
from stellarmap_common.runtime.standing_settings import StandingSettings, ascends

log = structlog.get_logger(__name__)

LOOK_S = 1.0  # a change must hold everywhere within 2 s, also where its event is lost
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")

Value = StrEnum | bool | int | float | tuple[int, ...]


class UnknownKey(PermanentError):
    """There is no such key."""


class InvalidValue(PermanentError):
    """A key cannot have this value; the message says which it can."""


@dataclass(frozen=True, slots=True)
class ConfigKey:
    """One row of the table."""

    name: str  # of a field of `owner`, and of `Config`
    owner: type[StellarmapSettings]
    unit: str = ""

    @property
    def kind(self) -> type[Value]:
        """Of what its values are; a tuple is of whole numbers."""
        annotation = self.owner.model_fields[self.name].annotation
        if get_origin(annotation) is tuple:
            return tuple
        if get_origin(annotation) in {Union, UnionType}:  # None: chosen by itself
            annotation = next(each for each in get_args(annotation) if each is not type(None))
        if not isinstance(annotation, type):
            raise TypeError(f"{self.name} has no plain type")
        return annotation

    @property
    def type(self) -> str:
        """The same for people."""
        return "choice" if issubclass(self.kind, StrEnum) else _TYPES[self.kind]

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """The least and the largest value that it, or each of its numbers, can have."""
        field = self.owner.model_fields[self.name]
        found = get_args(field.annotation)[0].__metadata__[0].metadata if self.kind is tuple else field.metadata
        least, most = (
            next((getattr(each, name) for each in found if hasattr(each, name)), None) for name in ("ge", "le")
        )
        return least, most

    @property
    def choices(self) -> tuple[str, ...]:
        """The values it can have; none for numbers."""
        if issubclass(self.kind, StrEnum):
            return tuple(self.kind)
        return (_TRUE[0], _FALSE[0]) if self.kind is bool else ()

    @property
    def range(self) -> str:
        """Which values it can have, in words."""
        least, most = self.limits
        return ", ".join(self.choices) or f"{least:,} to {most:,}"

    @property
    def effect(self) -> str:
        """What it does, as a sentence."""
        return self.owner.model_fields[self.name].description or ""

    def parse(self, text: str) -> Value:
        """The value that the text stands for. Raises: InvalidValue, which does not repeat the text."""
        value = _read(self.kind, text.strip())
        if value is None or not self._is_within(value):
            unit = f", in {self.unit}" if self.unit else ""
            raise InvalidValue(f"{self.name} takes {_WORDS.get(self.kind, 'one of')} {self.range}{unit}.")
        return value

    def _is_within(self, value: Value) -> bool:
        least, most = self.limits
        numbers = value if isinstance(value, tuple) else (value,)
        return all(
            (least is None or number >= least) and (most is None or number <= most)  # type: ignore[operator]  # only numbers have limits
            for number in numbers
        )


_TYPES: Mapping[type[Value], str] = {bool: "switch", int: "integer", float: "number", tuple: "integers"}
_WORDS: Mapping[type[Value], str] = {
    bool: "one of",
    int: "a whole number, written in digits alone, from",
    float: "a number from",
    tuple: f"1 to {MOST_THRESHOLDS} whole numbers, the lowest first, none twice, with commas between them, each from",
}


def _read(kind: type[Value], text: str) -> Value | None:
    """The value; None if the text is none of that type."""
    if issubclass(kind, StrEnum):
        return next((each for each in kind if each == text.upper()), None)
    if kind is bool:
        return {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}.get(text.lower())
    if not text.isascii() or "_" in text:  # Python would take them
        return None
    return _NUMBERS[kind](text)


def _read_number(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) <= _MOST_DIGITS else None


def _read_numbers(text: str) -> tuple[int, ...] | None:
    texts = text.split(",", MOST_THRESHOLDS)
    if len(texts) > MOST_THRESHOLDS:
        return None
    numbers = [_read_number(each.strip()) for each in texts]
    found = tuple(number for number in numbers if number is not None)
    return found if len(found) == len(numbers) and ascends(found) else None


def _read_float(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


_NUMBERS: Mapping[type[Value], Callable[[str], Value | None]] = {
    int: _read_number,
    float: _read_float,
    tuple: _read_numbers,
}
_MOST_DIGITS = 18  # more would be read in a time that grows with its square

CONFIG_KEYS = (
    ConfigKey("pipeline_mode", RequestSettings),
    ConfigKey("bigquery_enabled", BigQuerySettings),
    ConfigKey("standings_seed", BigQuerySettings),
    ConfigKey("cost_limit_usd", BigQuerySettings, "US dollars a query"),
    ConfigKey("size_limit_mb", BigQuerySettings, "MiB a query"),
    ConfigKey("daily_limit_gb", BigQuerySettings, "GiB a day"),
    ConfigKey("monthly_limit_gb", BigQuerySettings, "GiB a month"),
    ConfigKey("price_usd_per_tib", BigQuerySettings, "US dollars a TiB"),
    ConfigKey("cost_alert_usd", BigQuerySettings, "US dollars a month"),
    ConfigKey("batch_size", BigQuerySettings, "accounts"),
    ConfigKey("children_page_size", BigQuerySettings, "children"),
    ConfigKey("instant_query_max_age_days", BigQuerySettings, "days"),
    ConfigKey("horizon_max_per_hour", LimitSettings, "requests an hour"),
    ConfigKey("horizon_percentage", LimitSettings, "percent"),
    ConfigKey("expert_max_per_minute", LimitSettings, "requests a minute"),
    ConfigKey("expert_percentage", LimitSettings, "percent"),
    ConfigKey("request_budget", RequestSettings, "children"),
    ConfigKey("request_depth", RequestSettings, "generations"),
    ConfigKey("request_pages", RequestSettings, "pages"),
    ConfigKey("cache_ttl_hours", RequestSettings, "hours"),
    ConfigKey("stuck_pending_minutes", RequestSettings, "minutes"),
    ConfigKey("stuck_processing_minutes", RequestSettings, "minutes"),
    ConfigKey("hva_threshold", StandingSettings, "XLM"),
    ConfigKey("hva_supported_thresholds", StandingSettings, "XLM"),
    ConfigKey("hva_board_size", StandingSettings, "ranks"),
)
_BY_NAME = {key.name: key for key in CONFIG_KEYS}


def config_key(name: str) -> ConfigKey:
    """The key of that name. Raises: UnknownKey."""
    found = _BY_NAME.get(name)
    if found is None:
        raise UnknownKey(f"There is no such key. There are: {', '.join(_BY_NAME)}.")
    return found


def config_of(settings: Settings) -> Config:
    """What the environment alone says."""
    owners: dict[type[StellarmapSettings], StellarmapSettings] = {
        type(each): each for each in (settings.bigquery, settings.limits, settings.requests, settings.standings)
    }
    values = {key.name: getattr(owners[key.owner], key.name) for key in CONFIG_KEYS}
    chosen = settings.requests.pipeline_mode is not None
    return Config(**values | {"pipeline_mode": default_mode(settings), "mode_chosen": chosen})


def require_agreement(name: str, values: Mapping[str, object]) -> None:
    """Raises: InvalidValue, if the key would contradict another by these values of all keys.

    Of two changes at once each may agree with what was there before: whoever reads such values takes what is nearest.
    """
    default, supported = values["hva_threshold"], values["hva_supported_thresholds"]
    if (
        name in {"hva_threshold", "hva_supported_thresholds"}
        and isinstance(supported, tuple)
        and default not in supported
    ):
        raise InvalidValue(
            f"hva_threshold is one of hva_supported_thresholds, and {default} is none of {told(supported)}. Change the other "
            "of these keys first."
        )


def default_mode(settings: Settings) -> PipelineMode:
    """The mode of the environment: where none is chosen, BigQuery is asked first if there is a project that pays for it."""
    chosen = settings.requests.pipeline_mode
    if chosen is not None:
        return chosen
    return PipelineMode.BIGQUERY_WITH_API_FALLBACK if settings.bigquery.bigquery_project else PipelineMode.API_ONLY


def told(value: object) -> str:
    """A value as text that `parse` reads."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def readable(change: ConfigChange) -> Value | None:
    """The value that the change gives its key; None if it gives none, or none that this version can read."""
    key = _BY_NAME.get(change.key)
    if key is None or change.value is None:
        return None
    try:
        return key.parse(change.value)
    except InvalidValue:
        return None


def _unreadable(name: str) -> str:
    key = _BY_NAME.get(name)
    return f"{name} takes {key.range}" if key else "this version has no such key"


class LiveConfig:
    """What is in force now, in this process: a `Configured`. It is asked anew each time, and never goes back."""

    def __init__(self, store: ConfigStore, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self.default = config_of(settings)
        self._config = self.default
        self._latest: dict[str, ConfigChange] = {}
        self._looked = False
        self._passed_over: set[tuple[str, int]] = set()
        self._followers: list[Callable[[Config], None]] = []
        self.subscription = Subscription(topic=PIPELINE_CONFIGURED, handler=self.on_pipeline_configured, group=None)
        self.loop = Loop(name="config", run_once=self.refresh, interval_s=LOOK_S)

    def __call__(self) -> Config:
        return self._config

    @property
    def why(self) -> str:
        """Why the mode in force is that one, as a sentence."""
        return mode_reason(self._settings, stored="pipeline_mode" in self._readable())

    @property
    def stored(self) -> list[str]:
        """The keys whose stored value holds."""
        return sorted(self._readable())

    def follow(self, follower: Callable[[Config], None]) -> None:
        """Afterwards the follower has been told what is in force, and will be of each change."""
        self._followers.append(follower)
        follower(self._config)

    async def refresh(self) -> None:
        """Afterwards everything that is stored is in force. Raises: StoreUnavailable; what was in force stays so."""
        self.learn(await self._store.stored())
        self._looked = True

    def learn(self, stored: Iterable[ConfigChange]) -> None:
        """Afterwards these are in force, as far as they are news: two who look at once may end in either order."""
        for change in stored:
            known = self._latest.get(change.key)
            if known is None or known.version < change.version:
                self._latest[change.key] = change
        values = self._readable()
        defaults = {key.name: getattr(self.default, key.name) for key in CONFIG_KEYS}
        chosen = self.default.mode_chosen or "pipeline_mode" in values
        config = Config(**defaults | values | {"mode_chosen": chosen})
        if config == self._config:
            return
        if self._looked:
            self._tell_changed(config)
        self._config = config
        for follower in self._followers:
            follower(config)

    async def on_pipeline_configured(self, _: PipelineConfigured) -> None:
        """Somebody has changed something."""
        await self.refresh()

    def _readable(self) -> dict[str, Value]:
        """What is stored and can be read by this version. A newer one may have been here before, and may come again."""
        found = {key: readable(change) for key, change in self._latest.items()}
        for key, change in self._latest.items():
            if change.value is not None and found[key] is None and (key, change.version) not in self._passed_over:
                self._passed_over.add((key, change.version))
                log.warning("config_passed_over", key=key, version=change.version, why=_unreadable(key))
        return {key: value for key, value in found.items() if value is not None}

    def _tell_changed(self, config: Config) -> None:
        for key in CONFIG_KEYS:
            before, now = (told(getattr(each, key.name)) for each in (self._config, config))
            if before != now:
                log.info("config_changed", key=key.name, before=before, now=now)


async def live_config(store: ConfigStore, settings: Settings) -> LiveConfig:
    """What is in force, as it is stored now; the log says which mode that is, and why. Raises: StoreUnavailable."""
    config = LiveConfig(store, settings)
    await config.refresh()
    log.info("configured", pipeline_mode=config().pipeline_mode, why=config.why, stored=config.stored)
    return config


def mode_reason(settings: Settings, *, stored: bool) -> str:
    """Why the mode in force is that one, as a sentence."""
    if stored:
        return "It is stored: `stellarmap config unset pipeline_mode` leaves it to the environment again."
    if settings.requests.pipeline_mode is not None:
        return "STELLARMAP_PIPELINE_MODE chooses it."
    if settings.bigquery.bigquery_project:
        return f"Nobody chose one, and the project {settings.bigquery.bigquery_project} pays for queries of BigQuery."
    return "Nobody chose one, and no Google project is configured: public is read from Horizon alone."
