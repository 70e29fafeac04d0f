"""The stellar.toml of a home domain. Whatever was typed in place of a domain is never repeated: it may be a secret seed."""

import asyncio
import re
from dataclasses import dataclass
from http import HTTPStatus

from stellarmap_common.domain.address_text import may_hold_seed, redact_seeds
from stellarmap_common.domain.stellar_toml import StellarToml, Tables, UnreadableToml, stellar_toml_of
from stellarmap_common.ports.home_domains import DomainFault, DomainRefused, DomainUnavailable
from stellarmap_common.ports.networks import Network
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.problems import ApiProblem, secret_seed, unprocessable
from stellarmap_gateway.schemas.toml import Toml, TomlContent, TomlTables
from stellarmap_gateway.views.scope import scope_of

LONGEST_DOMAIN = 253
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
_LOOK_AGAIN = "Ask again later."
_TELL_THEM = "The owner of the domain can mend it."


@dataclass(frozen=True, slots=True)
class _Told:
    """How a fault of a domain is told."""

    status: HTTPStatus
    type_: str
    advice: str


_FAULTS = {
    DomainFault.UNKNOWN: _Told(HTTPStatus.NOT_FOUND, "domain-unknown", "Check the spelling of the domain."),
    DomainFault.INNER: _Told(HTTPStatus.UNPROCESSABLE_ENTITY, "domain-refused", _TELL_THEM),
    DomainFault.ELSEWHERE: _Told(HTTPStatus.UNPROCESSABLE_ENTITY, "domain-elsewhere", _TELL_THEM),
    DomainFault.SILENT: _Told(HTTPStatus.BAD_GATEWAY, "domain-silent", _LOOK_AGAIN),
    DomainFault.TIMEOUT: _Told(HTTPStatus.BAD_GATEWAY, "domain-timeout", _LOOK_AGAIN),
    DomainFault.FAILING: _Told(HTTPStatus.BAD_GATEWAY, "domain-failing", _LOOK_AGAIN),
    DomainFault.REFUSING: _Told(HTTPStatus.BAD_GATEWAY, "domain-refusing", _TELL_THEM),
    DomainFault.MISSING: _Told(HTTPStatus.NOT_FOUND, "toml-missing", _TELL_THEM),
    DomainFault.TOO_LARGE: _Told(HTTPStatus.UNPROCESSABLE_ENTITY, "toml-too-large", _TELL_THEM),
    DomainFault.NO_TEXT: _Told(HTTPStatus.UNPROCESSABLE_ENTITY, "toml-no-text", _TELL_THEM),
}


async def toml_of(gateway: Gateway, network: Network, domain: str) -> Toml:
    """What the domain publishes. Raises: ApiProblem."""
    if not gateway.asks_domains:
        raise unprocessable("domains-off", "This installation asks no home domains.", advice="Open it in a browser.")
    name, host = _domain(domain)
    try:
        read = await gateway.tomls.of(host)
    except (DomainRefused, DomainUnavailable) as error:
        told = _FAULTS[error.fault]
        raise ApiProblem(told.status, told.type_, redact_seeds(str(error)), advice=told.advice) from error
    content, parse_error = await asyncio.to_thread(_content, read.value)
    return Toml(
        **scope_of(gateway, network.key),
        domain=name,
        url=f"https://{host}/.well-known/stellar.toml",
        fetched_at=read.as_of,
        text=read.value,
        content=content,
        parse_error=parse_error,
    )


def _domain(text: str) -> tuple[str, str]:
    """The domain in small letters, and in ASCII. Raises: ApiProblem; the text itself is never repeated."""
    if may_hold_seed(text):
        raise secret_seed()
    name = text.strip().lower()
    try:
        host = name.encode("idna").decode()
    except UnicodeError:
        host = ""
    if len(host) > LONGEST_DOMAIN or not _DOMAIN.fullmatch(host):
        raise unprocessable(
            "invalid-domain",
            "This is not a domain.",
            advice="Give a domain alone, for example stellar.org: no https://, port, path or address of a machine.",
            where="query.domain",
        )
    return name, host


def _content(text: str) -> tuple[TomlContent | None, str | None]:
    try:
        return _view(stellar_toml_of(text)), None
    except UnreadableToml as error:
        return None, str(error)


def _view(toml: StellarToml) -> TomlContent:
    return TomlContent(
        general=toml.general,
        accounts=list(toml.accounts),
        documentation=toml.documentation,
        principals=_tables(toml.principals),
        currencies=_tables(toml.currencies),
        validators=_tables(toml.validators),
    )


def _tables(tables: Tables) -> TomlTables:
    return TomlTables(tables=list(tables.first), total=tables.total)
