"""The configuration at run time: its one table of keys, and what of it is in force."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import fields
from datetime import timedelta

import pytest
import structlog

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.status import PipelineMode
from stellarmap_common.ports.config import Config
from stellarmap_common.ports.config_store import ConfigChange, ConfigStore
from stellarmap_common.runtime.config import (
    CONFIG_KEYS,
    ConfigKey,
    InvalidValue,
    LiveConfig,
    UnknownKey,
    config_key,
    config_of,
    require_agreement,
    told,
)
from tests.support.settings import settings_of
from tests.support.stores import NOON

pytestmark = pytest.mark.unit

SETTINGS = settings_of()


def change(key: str, value: str | None, version: int = 1) -> ConfigChange:
    at = NOON + timedelta(minutes=version)
    return ConfigChange(key=key, version=version, value=value, before=None, changed_at=at, changed_by="ann")


@pytest.fixture
async def store() -> AsyncIterator[ConfigStore]:
    async with open_database(":memory:", inline=True) as database:
        yield open_stores(database).config


def test_every_field_of_the_configuration_is_a_key_and_no_other_is() -> None:
    assert [key.name for key in CONFIG_KEYS] == [field.name for field in fields(Config) if field.name != "mode_chosen"]


@pytest.mark.parametrize("key", CONFIG_KEYS, ids=lambda key: key.name)
def test_each_key_says_what_it_does_and_reads_its_own_default(key: ConfigKey) -> None:
    default = getattr(config_of(SETTINGS), key.name)
    assert key.effect
    assert key.range
    assert key.parse(told(default)) == default
    assert type(key.parse(told(default))) is type(default)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("pipeline_mode", "bigquery_only", PipelineMode.BIGQUERY_ONLY),
        ("bigquery_enabled", "Off", False),
        ("bigquery_enabled", "1", True),
        ("cost_limit_usd", "0.5", 0.5),
        ("cost_limit_usd", " 2 ", 2.0),
        ("batch_size", "10000", 10_000),
        ("size_limit_mb", "0", 0),
        ("hva_supported_thresholds", "1, 20 ,300", (1, 20, 300)),
        ("hva_supported_thresholds", "100000", (100_000,)),
        ("hva_board_size", "10", 10),
    ],
)
def test_a_text_is_read_by_the_type_of_its_key(name: str, text: str, value: object) -> None:
    assert config_key(name).parse(text) == value


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("pipeline_mode", "fast", "takes one of API_ONLY, BIGQUERY_ONLY, BIGQUERY_WITH_API_FALLBACK."),
        ("bigquery_enabled", "", "takes one of true, false."),
        ("cost_limit_usd", "-1", "takes a number from 0 to 1,000,000, in US dollars a query."),
        ("cost_limit_usd", "nan", "takes a number from 0"),
        ("cost_limit_usd", "inf", "takes a number from 0"),
        ("cost_limit_usd", "1_0", "takes a number from 0"),
        ("batch_size", "0", "takes a whole number, written in digits alone, from 1 to 10,000, in accounts."),
        ("batch_size", "10001", "from 1 to 10,000"),
        ("batch_size", "1_000", "from 1 to 10,000"),
        ("batch_size", "1e3", "from 1 to 10,000"),
        ("batch_size", "٣", "from 1 to 10,000"),
        ("batch_size", "9" * 10_000, "from 1 to 10,000"),
        ("horizon_percentage", "101", "from 1 to 100, in percent."),
        *(
            ("hva_supported_thresholds", text, "takes 1 to 12 whole numbers, the lowest first, none twice, with commas")
            for text in ("", "10,", "0,10", "10,-20", "20,10", "10,10", "1_0", "10;20", "1e3", "100000000001", "many")
        ),
        ("hva_supported_thresholds", ",".join(map(str, range(1, 14))), "each from 1 to 100,000,000,000, in XLM."),
        ("hva_board_size", "9", "from 10 to 5,000, in ranks."),
        ("hva_board_size", "5001", "from 10 to 5,000, in ranks."),
    ],
)
def test_a_text_that_is_no_value_of_its_key_is_refused_with_the_range(name: str, text: str, why: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        config_key(name).parse(text)
    assert str(refused.value).startswith(f"{name} takes ")
    assert why in str(refused.value)


def test_a_key_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UnknownKey, match="There are: pipeline_mode, bigquery_enabled, "):
        config_key("hva_threshold_of_nobody")


@pytest.mark.parametrize(
    ("settings", "mode"),
    [
        ({}, "API_ONLY"),
        ({"bigquery_project": "mine"}, "BIGQUERY_WITH_API_FALLBACK"),
        ({"bigquery_project": "mine", "pipeline_mode": "API_ONLY"}, "API_ONLY"),
        ({"pipeline_mode": "BIGQUERY_ONLY"}, "BIGQUERY_ONLY"),
    ],
)
def test_the_mode_that_nobody_chose_follows_from_whether_a_project_pays(settings: dict[str, str], mode: str) -> None:
    assert config_of(settings_of(**settings)).pipeline_mode == mode


def test_the_default_threshold_is_one_of_those_there_are() -> None:
    values = {"hva_threshold": 20, "hva_supported_thresholds": (10, 20)}
    for name in values:
        require_agreement(name, values)
    for name, value, contradiction in (
        ("hva_threshold", 15, "15 is none of 10,20"),
        ("hva_supported_thresholds", (10,), "20 is none of 10"),
    ):
        with pytest.raises(InvalidValue, match=contradiction):
            require_agreement(name, values | {name: value})
    require_agreement("batch_size", values | {"hva_threshold": 15})  # that is none of its business


async def test_what_is_stored_wins_over_the_environment_until_it_is_unset(store: ConfigStore) -> None:
    live = LiveConfig(store, settings_of(request_budget=7))
    assert live().request_budget == 7
    await store.put(change("request_budget", "9"))
    await live.refresh()
    assert live().request_budget == 9
    await store.put(change("request_budget", None, 2))
    await live.refresh()
    assert live().request_budget == 7


async def test_a_follower_is_told_what_is_in_force_and_each_change_once(store: ConfigStore) -> None:
    live = LiveConfig(store, SETTINGS)
    heard: list[int] = []
    live.follow(lambda config: heard.append(config.horizon_percentage))
    for _ in range(3):
        await live.refresh()
    await store.put(change("horizon_percentage", "20"))
    for _ in range(3):
        await live.refresh()
    assert heard == [71, 20]


async def test_an_older_look_that_ends_later_takes_nothing_back(store: ConfigStore) -> None:
    live = LiveConfig(store, SETTINGS)
    live.learn([change("batch_size", "2", 2)])
    live.learn([change("batch_size", "1", 1)])
    live.learn([])
    assert live().batch_size == 2


@pytest.mark.parametrize(("key", "value"), [("batch_size", "many"), ("batch_size", "0"), ("of_a_newer_version", "1")])
async def test_what_this_version_cannot_read_is_told_once_and_passed_over(
    key: str, value: str, store: ConfigStore
) -> None:
    live = LiveConfig(store, SETTINGS)
    await store.put(change(key, value))
    await store.put(change("request_depth", "1"))
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            await live.refresh()
    assert live() == LiveConfig(store, settings_of(request_depth=1))()
    assert [line["key"] for line in logs if line["event"] == "config_passed_over"] == [key]


async def test_looks_at_once_end_with_the_latest(store: ConfigStore) -> None:
    live = LiveConfig(store, SETTINGS)
    for version in range(1, 20):
        put = store.put(change("request_pages", f"{version}", version))
        await asyncio.gather(live.refresh(), put, live.refresh())
    await live.refresh()
    assert live().request_pages == 19
