"""Settings: what an installation may choose, by environment variables (or `.env`) named STELLARMAP_….

One frozen model per owner. A service's own settings stand in its `settings.py`, on the same base.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from stellarmap_common.domain.network import NetworkName
from stellarmap_common.domain.status import PipelineMode
from stellarmap_common.runtime.settings_base import MOST, Count, StellarmapSettings, none_if_empty, split
from stellarmap_common.runtime.standing_settings import StandingSettings


class Mode(StrEnum):
    """How the parts are put together."""

    EMBEDDED = "embedded"
    CLUSTER = "cluster"


def _base_url(url: str) -> str:
    if url and not url.startswith(("http://", "https://")):
        raise ValueError("a base URL begins with http:// or https://")
    return url.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_base_url)]
Percentage = Annotated[int, Field(ge=1, le=100)]
Some = Annotated[int, Field(ge=0, le=MOST)]
Minutes = Annotated[int, Field(ge=1, le=525_600)]  # of a year
Usd = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class ProcessSettings(StellarmapSettings):
    """The process."""

    mode: Mode = Field(
        Mode.EMBEDDED,
        description="embedded: everything in one process, on SQLite; cluster: services on Apache Kafka and Cassandra.",
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

    _split_hosts = field_validator("http_allowed_hosts", mode="before")(split)


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

    _split_networks = field_validator("networks", mode="before")(split)

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
    expert_max_per_minute: Count = Field(
        50, description="Requests a minute that Stellar Expert allows this machine; unpublished, so assumed."
    )
    expert_percentage: Percentage = Field(71, description="Percent of Stellar Expert's limit to use.")
    reads_per_minute: Count = Field(600, description="Reading API calls a minute and client.")
    searches_per_minute: Count = Field(120, description="Searches by what is typed, page by page, a minute and client.")
    requests_per_minute: Count = Field(30, description="Lineage requests a minute and client.")
    bulks_per_hour: Count = Field(5, description="Bulk requests, of up to 1,000 accounts each, an hour and client.")
    exports_per_hour: Count = Field(10, description="Exports of all children of an account, an hour and client.")
    open_requests: Count = Field(
        10, description="Requests a client may have open in the first lane before more of them wait in the second."
    )


class SecurityProtocol(StrEnum):
    """How Kafka's brokers are spoken to."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"


class SaslMechanism(StrEnum):
    """How a user of Kafka is told."""

    PLAIN = "PLAIN"
    SCRAM_256 = "SCRAM-SHA-256"
    SCRAM_512 = "SCRAM-SHA-512"


class KafkaSettings(StellarmapSettings):
    """Apache Kafka, the broker of cluster mode."""

    kafka_bootstrap_servers: Annotated[tuple[str, ...], NoDecode] = Field(
        ("127.0.0.1:9092",), description="Brokers to begin with, host:port, separated by commas."
    )
    kafka_security_protocol: SecurityProtocol = Field(
        SecurityProtocol.PLAINTEXT, description="PLAINTEXT, SSL (TLS), SASL_PLAINTEXT or SASL_SSL (a user, with TLS)."
    )
    kafka_security_mechanism: SaslMechanism = Field(
        SaslMechanism.SCRAM_512, description="How the user is told: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."
    )
    kafka_security_username: str = Field("", description="The user, with SASL.")
    kafka_security_password: SecretStr = Field(SecretStr(""), description="Its password.")
    kafka_security_ca_file: Path | None = Field(
        None, description="Certificates to trust, as PEM; empty = those of the system."
    )
    kafka_security_certificate_file: Path | None = Field(
        None, description="Our own certificate, as PEM, where brokers ask for one; empty = none."
    )
    kafka_security_key_file: Path | None = Field(None, description="The key of that certificate, as PEM.")
    kafka_replication: Count = Field(1, description="Brokers that keep each record. 3 in a cluster of three or more.")
    kafka_min_isr: Count = Field(1, description="Of these, how many must have a record before it counts. 2 of 3.")
    kafka_instance_id: str = Field(
        "",
        pattern="^[a-zA-Z0-9._-]*$",
        description="Name of this replica that stays the same over its restarts, like the name of its pod: it gets back "
        "what it read before, and nobody else is disturbed. Empty = its share goes to others at once when it stops.",
    )

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.kafka_min_isr > self.kafka_replication:
            raise ValueError(
                f"STELLARMAP_KAFKA_MIN_ISR is {self.kafka_min_isr}, more than STELLARMAP_KAFKA_REPLICATION "
                f"({self.kafka_replication}): nothing could ever be published"
            )
        if self.kafka_security_protocol.startswith("SASL") and not self.kafka_security_username:
            raise ValueError(
                f"STELLARMAP_KAFKA_SECURITY_PROTOCOL is {self.kafka_security_protocol}, which needs a user: "
                "STELLARMAP_KAFKA_SECURITY_USERNAME names it"
            )
        if (self.kafka_security_certificate_file is None) != (self.kafka_security_key_file is None):
            raise ValueError(
                "STELLARMAP_KAFKA_SECURITY_CERTIFICATE_FILE and STELLARMAP_KAFKA_SECURITY_KEY_FILE go together"
            )
        return self

    _split_servers = field_validator("kafka_bootstrap_servers", mode="before")(split)
    _no_empty_file = field_validator(
        "kafka_security_ca_file", "kafka_security_certificate_file", "kafka_security_key_file", mode="before"
    )(none_if_empty)


class CassandraSettings(StellarmapSettings):
    """Apache Cassandra, or Astra DB: the store of cluster mode."""

    cassandra_contact_points: Annotated[tuple[str, ...], NoDecode] = Field(
        ("127.0.0.1",), description="Nodes to begin with, separated by commas."
    )
    cassandra_port: int = Field(9042, ge=1, le=65_535, description="Port of CQL on every node.")
    cassandra_keyspace: str = Field(
        "stellarmap", pattern="^[a-z][a-z0-9_]{0,47}$", description="Keyspace of this installation."
    )
    cassandra_replication: str = Field(
        "1",
        pattern=r"^([1-9]\d*|[\w-]+:[1-9]\d*(,[\w-]+:[1-9]\d*)*)$",
        description="Copies of each row when the keyspace is made: a number for CASSANDRA_LOCAL_DC alone, or dc1:3,dc2:3.",
    )
    cassandra_username: str = Field("", description="The user; empty = none. With Astra: the client id, or `token`.")
    cassandra_password: SecretStr = Field(SecretStr(""), description="Its password, or Astra's token.")
    cassandra_local_dc: str = Field("datacenter1", description="The data centre that is asked.")
    cassandra_tls: bool = Field(
        default=False, description="Whether nodes are spoken to with TLS. Their certificates must name their addresses."
    )
    cassandra_ca_file: Path | None = Field(
        None, description="Certificates to trust with TLS, as PEM; empty = those of the system."
    )
    cassandra_certificate_file: Path | None = Field(
        None, description="Our own certificate, as PEM, where nodes ask for one; empty = none."
    )
    cassandra_key_file: Path | None = Field(None, description="The key of that certificate, as PEM.")
    cassandra_secure_connect_bundle: Path | None = Field(
        None, description="Astra DB's secure connect bundle (zip); with it no contact points are needed. Empty = none."
    )

    _split_points = field_validator("cassandra_contact_points", mode="before")(split)
    _no_empty_file = field_validator(
        "cassandra_ca_file",
        "cassandra_certificate_file",
        "cassandra_key_file",
        "cassandra_secure_connect_bundle",
        mode="before",
    )(none_if_empty)

    @model_validator(mode="after")
    def _together(self) -> Self:
        if (self.cassandra_certificate_file is None) != (self.cassandra_key_file is None):
            raise ValueError("STELLARMAP_CASSANDRA_CERTIFICATE_FILE and STELLARMAP_CASSANDRA_KEY_FILE go together")
        if not self.cassandra_tls and (self.cassandra_ca_file or self.cassandra_certificate_file):
            raise ValueError(
                "STELLARMAP_CASSANDRA_CA_FILE and STELLARMAP_CASSANDRA_CERTIFICATE_FILE are for TLS: "
                "set STELLARMAP_CASSANDRA_TLS=true"
            )
        return self


class RequestSettings(StellarmapSettings):
    """What a request asks for when it does not say."""

    pipeline_mode: PipelineMode | None = Field(
        None,
        description="Where lineage is read: API_ONLY (Horizon and Stellar Expert), BIGQUERY_ONLY, or "
        "BIGQUERY_WITH_API_FALLBACK. Empty = the last where BIGQUERY_PROJECT is set, else the first.",
    )
    request_budget: int = Field(200, ge=0, le=100_000, description="Children a request may expand.")
    request_depth: int = Field(3, ge=0, le=100, description="Generations of children a request expands.")
    request_pages: Count = Field(50, description="Pages of 200 records read of the asked account's history.")
    cache_ttl_hours: int = Field(
        12, ge=0, le=720, description="Hours that a repeated search is answered with what was read for the one before."
    )
    stuck_pending_minutes: Minutes = Field(
        120, description="A waiting account that is in no queue and made no progress for so long is stuck."
    )
    stuck_processing_minutes: Minutes = Field(30, description="The same of an account that is being read.")

    _no_empty_mode = field_validator("pipeline_mode", mode="before")(none_if_empty)


class BigQuerySettings(StellarmapSettings):
    """BigQuery, and what its queries may cost. Whoever runs a query pays for the bytes it reads."""

    bigquery_project: str = Field(
        "",
        pattern="^[a-z0-9.:-]*$",
        description="Google Cloud project in which queries run and are paid; credentials are found as Google's libraries find "
        "them (GOOGLE_APPLICATION_CREDENTIALS). Empty = public is read from Horizon alone.",
    )
    bigquery_api_endpoint: BaseUrl = Field("", description="Address of BigQuery's API; empty = Google's.")
    bigquery_url_sandbox: BaseUrl = Field("", description="BigQuery of the sandbox network; empty = in this process.")
    bigquery_enabled: bool = Field(default=True, description="Whether queries may run at all.")
    standings_seed: bool = Field(
        default=True,
        description="Whether the balances of all large accounts are read once a day, by one query, so that ranks are those of "
        "the whole network.",
    )
    cost_limit_usd: Usd = Field(0.71, description="Most that one query may cost, in US dollars.")
    size_limit_mb: Some = Field(148_900, description="Most that one query may read, in MiB.")
    daily_limit_gb: Some = Field(100, description="Most that the queries of a day (UTC) may read, in GiB.")
    monthly_limit_gb: Some = Field(1_000, description="Most that the queries of a month (UTC) may read, in GiB.")
    price_usd_per_tib: Usd = Field(6.25, description="Price of a TiB that is read, in US dollars.")
    cost_alert_usd: Usd = Field(5.0, description="Projected cost of a month from which on it is warned of.")
    batch_size: int = Field(1_000, ge=1, le=10_000, description="Accounts that one query is about, at most.")
    children_page_size: int = Field(10_000, ge=1, le=100_000, description="Children read and stored together.")
    instant_query_max_age_days: Some = Field(
        730,
        description="An account created longer ago than this waits for others before its children are queried.",
    )


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
    kafka: KafkaSettings
    cassandra: CassandraSettings
    bigquery: BigQuerySettings
    standings: StandingSettings

    @classmethod
    def load(cls) -> "Settings":
        """The settings of this environment. Raises: InvalidSettings."""
        return cls(
            ProcessSettings.load(),
            NetworkSettings.load(),
            LimitSettings.load(),
            RequestSettings.load(),
            SandboxSettings.load(),
            KafkaSettings.load(),
            CassandraSettings.load(),
            BigQuerySettings.load(),
            StandingSettings.load(),
        )


COMMON_SETTINGS = (
    ProcessSettings,
    NetworkSettings,
    LimitSettings,
    RequestSettings,
    SandboxSettings,
    KafkaSettings,
    CassandraSettings,
    BigQuerySettings,
    StandingSettings,
)
