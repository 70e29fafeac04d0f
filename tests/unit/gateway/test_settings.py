"""Settings that cannot be are refused at the start."""

import pytest

from stellarmap_common.runtime.settings_base import InvalidSettings
from stellarmap_gateway.settings import GatewaySettings


def test_proxies_are_a_list_of_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STELLARMAP_TRUSTED_PROXIES", "10.0.0.0/8, ::1")
    assert GatewaySettings.load().trusted_proxies == ("10.0.0.0/8", "::1")
    monkeypatch.setenv("STELLARMAP_TRUSTED_PROXIES", "10.0.0.0/8, proxy.example")
    with pytest.raises(InvalidSettings, match="STELLARMAP_TRUSTED_PROXIES"):
        GatewaySettings.load()
