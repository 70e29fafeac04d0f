"""The stellar.toml of a domain (SEP-1), asked at a stranger's host."""

from http import HTTPStatus

from stellarmap_common.adapters.stellar.strangers import Strangers, must_be_ok
from stellarmap_common.ports.home_domains import DomainFault, DomainRefused

_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class TomlsOfDomains:
    """The HomeDomains of the internet."""

    def __init__(self, strangers: Strangers) -> None:
        self._strangers = strangers

    async def toml_of(self, domain: str) -> str:
        url = f"https://{domain}/.well-known/stellar.toml"
        answer = await self._strangers.get(url)
        if answer.status in _GONE:
            raise DomainRefused(DomainFault.MISSING, f"{domain} publishes no stellar.toml")
        must_be_ok(answer, url, "a stellar.toml")
        try:
            text = answer.body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise _no_text(domain) from error
        if "\0" in text:
            raise _no_text(domain)
        return text


def _no_text(domain: str) -> DomainRefused:
    return DomainRefused(DomainFault.NO_TEXT, f"what {domain} publishes as its stellar.toml is not text in UTF-8")
