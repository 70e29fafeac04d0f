"""Settings: what an installation may choose, by environment variables (or `.env`) named STELLARMAP_….

One frozen model per owner. A service's own settings stand in its `settings.py`, on the same base.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from stellarmap_common.domain.network import NetworkName
from stellarmap_common.domain.status import PipelineMode
from stellarmap_common.errors import StellarmapError

PREFIX = "STELLARMAP_"


class InvalidSettings(StellarmapError):
    """A setting has a value it cannot have; the message names the variable and says what it may be."""


class StellarmapSettings(BaseSettings):
    """Base of every settings model: read once at start, then passed down."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    @classmethod
    def load(cls) -> Self:
        """The settings of this environment. Raises: InvalidSettings."""
        try:
            return cls()
        except ValidationError as error:
            told = [_told(cls, problem["loc"], problem["msg"]) for problem in error.errors()]
            raise InvalidSettings("; ".join(told)) from None


class Mode(StrEnum):
    """How the parts are put together."""

    EMBEDDED = "embedded"
    CLUSTER = "cluster"


def _only_embedded(mode: Mode) -> Mode:
    if mode is Mode.CLUSTER:
        raise ValueError("cluster mode comes with the adapters for Kafka and Cassandra; this version runs embedded")
    return mode


def _only_api(mode: PipelineMode) -> PipelineMode:
    if mode is not PipelineMode.API_ONLY:
        raise ValueError(f"{mode} needs the BigQuery ingest service, which this version does not have; use API_ONLY")
    return mode


def _base_url(url: str) -> str:
    if url and not url.startswith(("http://", "https://")):
        raise ValueError("a base URL begins with http:// or https://")
    return url.rstrip("/")


def _split(value: object) -> object:
    """A comma-separated text as its parts."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


BaseUrl = Annotated[str, AfterValidator(_base_url)]
Percentage = Annotated[int, Field(ge=1, le=100)]
Count = Annotated[int, Field(ge=1)]


class ProcessSettings(StellarmapSettings):
    """The process."""

    mode: Annotated[Mode, AfterValidator(_only_embedded)] = Field(
        Mode.EMBEDDED, description="embedded: everything in this one process, on SQLite."
    )
    data_dir: Path = Field(Path(".data"), description="Folder of everything that is kept. One process at a time.")
    http_host: str = Field("127.0.0.1", description="Address the web UI and the API listen on.")
    http_port: int = Field(
        8400, ge=0, le=65_535, description="Port the web UI and the API listen on; 0 = any free one."
    )
    http_allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Names, besides localhost and HTTP_HOST, that browsers may reach this process by; * = any. "
        "Requests for other names are refused, so that no web page can reach it through a name of its own.",
    )
    admin_token_sha256: str = Field(
        "",
        pattern="^([0-9a-fA-F]{64})?$",
        description="SHA-256 of the admin token, in hexadecimal; empty = the token in DATA_DIR/admin-token, made at the "
        "first start.",
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR.")
    failpoint: str = Field(
        "", description="For fault tests: name:count:action, for example after_store:7:kill. Empty = none."
    )

    _split_hosts = field_validator("http_allowed_hosts", mode="before")(_split)


class NetworkSettings(StellarmapSettings):
    """The networks and where they are read."""

    networks: Annotated[tuple[NetworkName, ...], NoDecode] = Field(
        (NetworkName.SANDBOX, NetworkName.PUBLIC, NetworkName.TESTNET),
        description="Networks offered, the first of them first: sandbox (simulated, no internet), public, testnet.",
    )
    horizon_url_public: BaseUrl = Field("https://horizon.stellar.org", description="Horizon of the public network.")
    horizon_url_testnet: BaseUrl = Field(
        "https://horizon-testnet.stellar.org", description="Horizon of the test network."
    )
    horizon_url_sandbox: BaseUrl = Field("", description="Horizon of the sandbox network; empty = in this process.")
    expert_url_public: BaseUrl = Field(
        "https://api.stellar.expert/explorer/public", description="Stellar Expert of the public network; empty = off."
    )
    expert_url_testnet: BaseUrl = Field(
        "https://api.stellar.expert/explorer/testnet", description="Stellar Expert of the test network; empty = off."
    )
    expert_url_sandbox: BaseUrl = Field("", description="Stellar Expert of the sandbox; empty = in this process.")

    _split_networks = field_validator("networks", mode="before")(_split)

    @field_validator("networks")
    @classmethod
    def _some_and_different(cls, value: tuple[NetworkName, ...]) -> tuple[NetworkName, ...]:
        if not value:
            raise ValueError("name at least one network")
        return tuple(dict.fromkeys(value))


class LimitSettings(StellarmapSettings):
    """Limits: of what we may ask of others, and others of us."""

    horizon_max_per_hour: Count = Field(
        3_600, description="Requests an hour that the Horizon of public, and that of testnet, allows this machine."
    )
    horizon_percentage: Percentage = Field(
        71, description="Percent of Horizon's limit to use; the rest is left to others."
    )
    expert_percentage: Percentage = Field(71, description="Percent of Stellar Expert's limit (50 a minute) to use.")
    reads_per_minute: Count = Field(600, description="Reading API calls a minute and client.")
    requests_per_minute: Count = Field(30, description="Lineage requests a minute and client.")
    bulks_per_hour: Count = Field(5, description="Bulk requests, of up to 1,000 accounts each, an hour and client.")
    open_requests: Count = Field(
        10, description="Requests a client may have open in the first lane before more of them wait in the second."
    )


class RequestSettings(StellarmapSettings):
    """What a request asks for when it does not say."""

    pipeline_mode: Annotated[PipelineMode, AfterValidator(_only_api)] = Field(
        PipelineMode.API_ONLY, description="Where lineage is read: API_ONLY (Horizon and Stellar Expert)."
    )
    request_budget: int = Field(200, ge=0, le=100_000, description="Children a request may expand.")
    request_depth: int = Field(3, ge=0, le=100, description="Generations of children a request expands.")
    request_pages: Count = Field(50, description="Pages of 200 records read of the asked account's history.")


class SandboxSettings(StellarmapSettings):
    """The simulated network."""

    sandbox_seed: int = Field(7, ge=0, description="The same seed and size make the same network.")
    sandbox_accounts: int = Field(100_000, ge=1_000, le=10_000_000, description="Accounts ever created at its start.")
    sandbox_ledger_s: float = Field(5.0, ge=0, description="Seconds between two of its ledgers; 0 = frozen.")
    sandbox_max_per_hour: int = Field(0, ge=0, description="Its own limit of requests an hour; 0 = none.")
    sandbox_elder_ledger: int = Field(0, ge=0, description="Oldest ledger its Horizon still has; 0 = full history.")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings that common knows."""

    process: ProcessSettings
    networks: NetworkSettings
    limits: LimitSettings
    requests: RequestSettings
    sandbox: SandboxSettings

    @classmethod
    def load(cls) -> "Settings":
        """The settings of this environment. Raises: InvalidSettings."""
        return cls(
            ProcessSettings.load(),
            NetworkSettings.load(),
            LimitSettings.load(),
            RequestSettings.load(),
            SandboxSettings.load(),
        )


COMMON_SETTINGS = (ProcessSettings, NetworkSettings, LimitSettings, RequestSettings, SandboxSettings)


def variable_of(field: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field.upper()


def _told(model: type[StellarmapSettings], location: tuple[int | str, ...], message: str) -> str:
    """One problem of a validation as a sentence. The value is not repeated: it might be a secret in the wrong place."""
    field = str(location[0]) if location else model.__name__
    described = model.model_fields[field].description if field in model.model_fields else ""
    return f"{variable_of(field)}: {message.removeprefix('Value error, ')}. {described}".rstrip()
