"""Settings of the gateway alone. Limits per client, hosts and request defaults stand in common: others read them too."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from stellarmap_common.runtime.settings_base import StellarmapSettings


class GatewaySettings(StellarmapSettings):
    """The HTTP API."""

    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses or networks of proxies whose X-Forwarded-For names the client, e.g. 10.0.0.0/8."
    )
    federation: bool = Field(
        default=True, description="Whether home domains may be asked: for name*domain, and for their stellar.toml."
    )

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            ip_network(each)  # ValueError says what is wrong
        return value
