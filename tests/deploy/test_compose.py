"""docker-compose.yml is valid, hardened, and says nothing that the code does not know."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import typer

from stellarmap_common.cli.main import app
from stellarmap_common.runtime.members import SERVICES, WEB, settings_models
from stellarmap_common.runtime.settings_base import PREFIX, variable_of
from tests.support.deployment import Json, compose, compose_services, filled, variables_in
from tests.support.tree import ROOT

TOKEN = "0" * 64
ONE_SHOT = ("migrate", "topics")
SECRET = re.compile("PASSWORD|TOKEN|SECRET|KEY")
EXACT_TAG = re.compile(r"[\w./-]+:\d+\.\d+\.\d+[\w.-]*")
OURS = {name: service for name, service in compose_services().items() if "build" in service}

every_service = pytest.mark.parametrize("name", sorted(compose_services()))


def service_of(name: str) -> Json:
    return compose_services()[name]


def fields() -> set[str]:
    return {variable_of(field) for model in settings_models() for field in model.model_fields}


def test_it_is_valid_by_the_compose_specification() -> None:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(compose())
    assert compose()["name"] == "stellarmap"


def test_every_service_of_the_code_runs_in_it() -> None:
    run = {service["command"][1] for service in OURS.values() if service["command"][0] == "run"}
    assert run == {*SERVICES, WEB}


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_command_is_one_that_stellarmap_has(name: str) -> None:
    command: Any = typer.main.get_command(app)
    words = list(service_of(name)["command"])
    context = command.make_context("stellarmap", [words[0], "--help"], resilient_parsing=True)
    while hasattr(command, "commands"):
        _, command, words = command.resolve_command(context, words)
        context = command.make_context(command.name, list(words), parent=context)


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_variable_is_a_setting_and_each_value_is_one_it_can_have(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # without the .env of whoever tests
    environment = service_of(name)["environment"]
    assert set(environment) <= fields()
    for variable, value in environment.items():
        monkeypatch.setenv(variable, filled(value, {"STELLARMAP_ADMIN_TOKEN_SHA256": TOKEN}))
    for model in settings_models():
        model.load()


def test_what_it_asks_of_env_is_a_setting_or_told_in_the_guide() -> None:
    guide = (ROOT / "docs/deployment.md").read_text()
    asked = {variable.name for variable in variables_in(compose())}
    assert {name for name in asked if name.startswith(PREFIX)} <= fields()
    assert [name for name in asked if name not in guide] == []


def test_no_secret_has_a_default() -> None:
    for name, service in compose_services().items():
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable):
                (found,) = variables_in(value)
                assert (name, found.how, value.startswith("${")) == (name, ":?", True)


def test_what_is_published_is_on_this_machine_alone_and_never_twice() -> None:
    ports = [filled(port, {}) for service in compose_services().values() for port in service.get("ports", [])]
    assert [port for port in ports if not re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)] == []
    published = [port.split(":")[1] for port in ports]
    assert len(set(published)) == len(published) > 0


def test_kafka_and_cassandra_are_reached_from_the_inner_network_alone() -> None:
    for name in ("kafka", "cassandra", *ONE_SHOT):
        assert service_of(name)["networks"] == ["inside"]
        assert "ports" not in service_of(name)
    assert compose()["networks"]["inside"] == {"internal": True}


@every_service
def test_each_service_may_do_no_more_than_it_must(name: str) -> None:
    service = service_of(name)
    assert service["read_only"] is True
    assert service["init"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "ipc", "container_name"} & set(service)
    if name not in OURS:  # ours have their user from the Dockerfile
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])


@every_service
def test_each_service_has_limits(name: str) -> None:
    service = service_of(name)
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert 0 < service["cpus"] <= 2
    assert 0 < service["pids_limit"] <= 1_000
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}


@every_service
def test_each_service_comes_back_and_one_that_ends_does_not(name: str) -> None:
    service = service_of(name)
    if name in ONE_SHOT:
        assert (service["restart"], service["healthcheck"]) == ("no", {"disable": True})
        return
    assert service["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"])


@every_service
def test_each_image_has_an_exact_tag(name: str) -> None:
    assert EXACT_TAG.fullmatch(service_of(name)["image"])


def test_the_servers_are_of_the_versions_that_tests_run_on() -> None:
    jars = ROOT / "tests/support/servers"
    versions = {
        "apache/kafka": version_in(jars / "kafka_jars/pom.xml", "kafka_2.13"),
        "cassandra": version_in(jars / "cassandra_jars/pom.xml", "cassandra-all"),
    }
    for image, version in versions.items():
        assert f"{image}:{version}" in {service["image"] for service in compose_services().values()}


@every_service
def test_each_waits_for_what_can_be_waited_for(name: str) -> None:
    for other, wait in service_of(name).get("depends_on", {}).items():
        wanted = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
        assert (other, wait["condition"]) == (other, wanted)


def test_services_start_after_schema_and_topics_are_there() -> None:
    for name in SERVICES:
        assert {"migrate", "topics"} <= set(service_of(name)["depends_on"])
    assert "cassandra" in service_of("migrate")["depends_on"]
    assert "kafka" in service_of("topics")["depends_on"]


def test_volumes_are_named_and_what_is_mounted_from_here_exists_and_stays_as_it_is() -> None:
    mounts = [filled(mount, {}) for service in compose_services().values() for mount in service.get("volumes", [])]
    named = {mount.split(":")[0] for mount in mounts if not mount.startswith(".")}
    assert named == set(compose()["volumes"])
    for mount in mounts:
        if mount.startswith("."):
            source, _, how = mount.split(":")
            assert (ROOT / source).is_dir(), source
            assert how == "ro"


def test_two_gateways_stand_behind_the_one_that_they_believe() -> None:
    gateway, nginx = service_of("gateway"), service_of("nginx")
    assert gateway["deploy"]["replicas"] == 2
    assert gateway["environment"]["STELLARMAP_TRUSTED_PROXIES"] == nginx["networks"]["edge"]["ipv4_address"]


def test_the_embedded_product_is_started_only_when_it_is_named() -> None:
    profiles = {name: service.get("profiles") for name, service in compose_services().items()}
    assert {name: profile for name, profile in profiles.items() if profile} == {"embedded": ["embedded"]}
    assert "depends_on" not in service_of("embedded")


def version_in(pom: Path, artifact: str) -> str:
    (found,) = re.findall(rf"<artifactId>{re.escape(artifact)}</artifactId>\s*<version>([^<]+)<", pom.read_text())
    return str(found)
