"""How a Kafka cluster is reached, and what it must hold to."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

_WITH_TLS = frozenset({"SSL", "SASL_SSL"})
_WITH_USER = frozenset({"SASL_PLAINTEXT", "SASL_SSL"})
_MECHANISMS = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaAccess:
    """Where the brokers are, who we are to them, and how many of them keep each record."""

    bootstrap_servers: tuple[str, ...]
    security_protocol: str = "PLAINTEXT"  # or SSL, SASL_PLAINTEXT, SASL_SSL
    mechanism: str = "SCRAM-SHA-512"  # or SCRAM-SHA-256, PLAIN
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None  # None: what the system trusts
    certificate_file: Path | None = None
    key_file: Path | None = None
    replication: int = 1
    min_isr: int = 1
    instance_id: str = ""  # of this process; the same after a restart. Empty: a stranger each time


def security_of(access: KafkaAccess) -> BaseSecurity | None:
    """What FastStream hands to every connection; None where neither TLS nor a user is asked for."""
    use_ssl = access.security_protocol in _WITH_TLS
    context = _ssl_context(access) if use_ssl else None
    if access.security_protocol in _WITH_USER:
        return _MECHANISMS[access.mechanism](
            username=access.username, password=access.password, ssl_context=context, use_ssl=use_ssl
        )
    return BaseSecurity(ssl_context=context, use_ssl=True) if use_ssl else None


def _ssl_context(access: KafkaAccess) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=access.ca_file)
    if access.certificate_file is not None:
        context.load_cert_chain(access.certificate_file, access.key_file)
    return context
