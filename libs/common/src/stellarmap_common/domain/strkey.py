"""Stellar's strkey encoding (SEP-23): base32 of version byte, payload and CRC16-XModem. Pure, so importing it costs nothing."""

import base64
import binascii
import re
from enum import IntEnum

CHECKSUM_BYTES = 2


class StrkeyKind(IntEnum):
    """The version byte: the first letter of the text."""

    ACCOUNT = 6 << 3  # G
    MUXED = 12 << 3  # M
    CONTRACT = 2 << 3  # C
    SEED = 18 << 3  # S


_FORM = re.compile(r"[GC][A-Z2-7]{55}")
PAYLOAD_BYTES = {StrkeyKind.ACCOUNT: 32, StrkeyKind.MUXED: 40, StrkeyKind.CONTRACT: 32, StrkeyKind.SEED: 32}


class InvalidStrkey(ValueError):
    """Text that is no strkey. The message never repeats the text: it might be a secret seed."""


def encode_strkey(kind: StrkeyKind, payload: bytes) -> str:
    """The text form of `payload` (32 bytes; 40 for a muxed account)."""
    if len(payload) != PAYLOAD_BYTES[kind]:
        raise InvalidStrkey(f"a {kind.name.lower()} key has {PAYLOAD_BYTES[kind]} bytes, not {len(payload)}")
    body = bytes([kind]) + payload
    checksum = binascii.crc_hqx(body, 0).to_bytes(CHECKSUM_BYTES, "little")
    return base64.b32encode(body + checksum).decode("ascii").rstrip("=")


def decode_strkey(text: str) -> tuple[StrkeyKind, bytes]:
    """Kind and payload of `text`; InvalidStrkey unless re-encoding gives the very same text."""
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
        kind = StrkeyKind(raw[0])
    except (ValueError, IndexError) as error:
        raise InvalidStrkey("not a Stellar key: unknown form") from error
    payload = raw[1:-CHECKSUM_BYTES]
    if len(payload) != PAYLOAD_BYTES[kind]:
        raise InvalidStrkey("not a Stellar key: wrong length")
    if encode_strkey(kind, payload) != text:
        raise InvalidStrkey("the checksum is wrong: a character is missing or mistyped")
    return kind, payload


def has_form(text: str) -> bool:
    """True for what looks like a G… or C… address, its checksum aside.

    A source that read it from the ledger is believed: the checksums of ten million would take minutes.
    """
    return _FORM.fullmatch(text) is not None


def is_account(text: str) -> bool:
    """True for a valid G… address."""
    return _is(text, StrkeyKind.ACCOUNT)


def is_contract(text: str) -> bool:
    """True for a valid C… address."""
    return _is(text, StrkeyKind.CONTRACT)


def _is(text: str, kind: StrkeyKind) -> bool:
    try:
        return decode_strkey(text)[0] is kind
    except InvalidStrkey:
        return False
