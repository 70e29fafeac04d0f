"""Records that are no events of their topic, of every kind, and a part of the reason that people read."""

import json
from collections.abc import Sequence

from stellarmap_common.domain.network import NetworkKey
from tests.support.bus import SANDBOX, address

KEY = f"{SANDBOX}:{address(1)}".encode()
_GOOD = {"network": SANDBOX, "account": address(1)}
_HEADERS = {
    "ce_specversion": b"1.0",
    "ce_id": b"poison",
    "ce_type": b"stellarmap.account.requested.v1",
    "ce_source": b"elsewhere",
    "ce_subject": b"anything",
    "ce_time": b"2026-01-01T00:00:00Z",
    "content-type": b"application/json",
}
Headers = Sequence[tuple[str, bytes]]


def _headers(**other: bytes) -> Headers:
    return tuple({**_HEADERS, **other}.items())


def _value(**other: object) -> bytes:
    return json.dumps({**_GOOD, **other}).encode()


OTHER_NETWORK = NetworkKey("testnet-9")
POISONS: dict[str, tuple[bytes, Headers, str]] = {
    "not JSON": (b"\x00\xff{", _headers(), "not JSON"),
    "a field of the wrong type": (_value(pages_to="many"), _headers(), "pages_to"),
    "a field is missing": (b'{"network": "%s"}' % SANDBOX.encode(), _headers(), "account"),
    "an unknown type": (_value(), _headers(ce_type=b"stellarmap.account.requested.v9"), "unknown type"),
    "a header is not UTF-8": (_value(), _headers(ce_source=b"\xff\xfe"), "not UTF-8"),
    "the headers are missing": (_value(), (), "headers are missing"),
    "no value": (b"", _headers(), "no value"),
    "a mistyped address": (_value(account=address(1)[:-1] + "A"), _headers(), "account is not"),
    "an unknown network": (_value(network=OTHER_NETWORK), _headers(), "network key"),
}
