"""Settings are read once, checked, and refused in sentences."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from stellarmap_common.domain.network import NetworkName
from stellarmap_common.runtime.members import settings_models
from stellarmap_common.runtime.settings import Settings
from stellarmap_common.runtime.settings_base import InvalidSettings, variable_of
from stellarmap_common.runtime.settings_example import settings_example

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
FIXED = {
    "MODE": "embedded",
    "HTTP_HOST": "127.0.0.1",
    "HTTP_PORT": "8400",
    "NETWORKS": "sandbox,public,testnet",
    "HORIZON_MAX_PER_HOUR": "3600",
    "HORIZON_PERCENTAGE": "71",
    "EXPERT_MAX_PER_MINUTE": "50",
    "EXPERT_PERCENTAGE": "71",
    "READS_PER_MINUTE": "600",
    "REQUESTS_PER_MINUTE": "30",
    "OPEN_REQUESTS": "10",
    "REQUEST_BUDGET": "200",
    "REQUEST_DEPTH": "3",
    "REQUEST_PAGES": "50",
    "STUCK_PENDING_MINUTES": "120",
    "STUCK_PROCESSING_MINUTES": "30",
    "SANDBOX_ACCOUNTS": "100000",
    "SANDBOX_LEDGER_S": "5",
    "SANDBOX_MAX_PER_HOUR": "0",
    "SANDBOX_ELDER_LEDGER": "0",
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)


def test_the_example_file_is_the_models() -> None:
    written = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert written == settings_example(settings_models()), "run: stellarmap settings example > .env.example"


@pytest.mark.parametrize(("name", "default"), FIXED.items())
def test_names_and_defaults_of_the_design_are_kept(name: str, default: str) -> None:
    assert f"#STELLARMAP_{name}={default}\n" in (ROOT / ".env.example").read_text(encoding="utf-8")


def test_the_example_file_can_be_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Settings.load()
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    active = [line.removeprefix("#") if line.startswith("#STELLARMAP_") else line for line in lines]
    (tmp_path / ".env").write_text("\n".join(active), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert Settings.load() == before


def test_each_setting_says_what_it_does_and_has_its_own_name() -> None:
    fields = [(name, field) for model in settings_models() for name, field in model.model_fields.items()]
    assert all(field.description for _, field in fields)
    assert len({name for name, _ in fields}) == len(fields)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("PIPELINE_MODE", "HUBBLE", "BIGQUERY_WITH_API_FALLBACK"),
        ("BATCH_SIZE", "0", "greater than or equal to 1"),
        ("BIGQUERY_PROJECT", "My Project", "match pattern"),
        ("HTTP_PORT", "70000", "less than or equal to 65535"),
        ("NETWORKS", "public,mars", "'public', 'testnet' or 'sandbox'"),
        ("NETWORKS", "", "at least one network"),
        ("HORIZON_URL_PUBLIC", "horizon.stellar.org", "begins with http"),
        ("HORIZON_PERCENTAGE", "101", "less than or equal to 100"),
        ("SANDBOX_ACCOUNTS", "10", "greater than or equal to 1000"),
        ("KAFKA_MIN_ISR", "2", "more than STELLARMAP_KAFKA_REPLICATION (1): nothing could ever be published"),
        ("KAFKA_SECURITY_PROTOCOL", "SASL_SSL", "STELLARMAP_KAFKA_SECURITY_USERNAME names it"),
        ("KAFKA_SECURITY_KEY_FILE", "/key.pem", "go together"),
        ("CASSANDRA_KEY_FILE", "/key.pem", "go together"),
        ("CASSANDRA_CA_FILE", "/ca.pem", "STELLARMAP_CASSANDRA_TLS=true"),
        ("CASSANDRA_REPLICATION", "0", "match pattern"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name_and_reason(
    variable: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable_of(variable), value)
    with pytest.raises(InvalidSettings) as caught:
        Settings.load()
    assert variable_of(variable) in str(caught.value)
    assert told in str(caught.value)


def test_a_wrong_value_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "S" + "A" * 55
    monkeypatch.setenv(variable_of("HTTP_PORT"), secret)
    with pytest.raises(InvalidSettings) as caught:
        Settings.load()
    assert secret not in str(caught.value)
    assert caught.value.__suppress_context__


def test_networks_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable_of("NETWORKS"), "testnet, sandbox,testnet")
    assert Settings.load().networks.networks == (NetworkName.TESTNET, NetworkName.SANDBOX)


def test_an_empty_url_switches_stellar_expert_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable_of("EXPERT_URL_PUBLIC"), "")
    assert Settings.load().networks.expert_url_public == ""


def test_settings_are_frozen() -> None:
    process = Settings.load().process
    with pytest.raises(ValidationError, match="frozen"):
        process.http_port = 1
