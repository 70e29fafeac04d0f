"""TLS and users for Kafka: one certificate, made here, that is its own authority; one user."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers.ports import HOST

DAYS = "2"
PROPERTIES = """\
ssl.keystore.type=PEM
ssl.keystore.location={both}
ssl.truststore.type=PEM
ssl.truststore.location={certificate}
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config={plain} required user_{username}="{password}";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config={scram} required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={scram} required;
"""
SECURITY = "org.apache.kafka.common.security"


@dataclass(frozen=True, slots=True)
class Secured:
    """What a client needs: the authority, the user; and for SSL a certificate of its own, which is the same one."""

    ca_file: Path
    key_file: Path
    username: str = "stellarmap"
    password: str = "not a secret"
    ssl: tuple[str, ...] = ()  # brokers that ask for a certificate
    sasl_ssl: tuple[str, ...] = ()  # brokers that ask for the user

    def properties(self) -> str:
        """The settings of a broker with both listeners."""
        return PROPERTIES.format(
            both=self.ca_file.with_name("both.pem"),
            certificate=self.ca_file,
            plain=f"{SECURITY}.plain.PlainLoginModule",
            scram=f"{SECURITY}.scram.ScramLoginModule",
            username=self.username,
            password=self.password,
        )

    def format_options(self) -> tuple[str, ...]:
        """What makes the user known to SCRAM before the first start."""
        user = f"name={self.username},password={self.password}"
        return ("--add-scram", f"SCRAM-SHA-256=[{user}]", "--add-scram", f"SCRAM-SHA-512=[{user}]")


def made_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine's address and its key, as PEM; `both.pem` beside them is what a broker reads."""
    certificate, key = folder / "ca.pem", folder / "key.pem"
    if not certificate.exists():
        names = f"subjectAltName=IP:{HOST},DNS:localhost"
        kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", DAYS)
        files = ("-keyout", str(key), "-out", str(certificate))
        subprocess.run(
            ["openssl", "req", "-x509", *kind, "-subj", "/CN=localhost", "-addext", names, *files],
            check=True,
            capture_output=True,
        )
        (folder / "both.pem").write_text(key.read_text() + certificate.read_text())
    return certificate, key
