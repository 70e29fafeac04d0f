"""What people paste when they mean an account, and what it says. Pure: nothing is looked up.

A secret seed is refused wherever in the text it stands. No message here repeats what was pasted.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, unquote

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.strkey import InvalidStrkey, StrkeyKind, decode_strkey, encode_strkey

MAX_TEXT = 4_096
KEY_LENGTH = 56
MUXED_LENGTH = 69
_KEY_BYTES = 32

_WORD = re.compile(r"[A-Za-z0-9]+")
_KEY_SHAPED = re.compile(r"[GCgc][A-Za-z2-7]{55}|[Mm][A-Za-z2-7]{68}")
_ALMOST_KEY = re.compile(r"(?<![A-Za-z0-9])(?![0-9a-f]{64}(?![A-Za-z0-9]))[GCMgcm][A-Za-z0-9]{39,}")  # but no hash
_SEED_SHAPED = re.compile(r"(?<![A-Za-z0-9])[Ss][A-Za-z2-7]{55}(?![A-Za-z0-9])")
_NOT_BASE32 = re.compile(r"[^A-Za-z2-7]")
_NOT_TYPED = re.compile(r"[^A-Za-z0-9]")
# What begins with a small s and a letter behind d is a word: the second letter of a seed is one of A to D, or mistyped.
_SEED_BEGUN = re.compile(r"S[A-Za-z0-9]{11}|s[A-Z0-9a-d][A-Za-z0-9]{10}")
_ADDRESS_BEGUN = re.compile(r"[Gg][A-Da-d][A-Za-z2-7]*")
_DOMAIN_BEGUN = re.compile(r"(?!.*[A-Z][^a-z]*[A-Z])\S*\.\S*")  # in small letters, for a seed may be grouped with dots
_FEDERATION = re.compile(
    r"(?P<name>[^\s*<>,/?#&=]{1,64})\*(?P<domain>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9])"
)
_QUOTES = "\"'`´‘’‚“”„‹›«»<>()[]{}.,;"
_PAY_LINK = "web+stellar:"


class AddressProblem(StrEnum):
    """Why text names no account."""

    EMPTY = "empty"
    TOO_LONG = "too-long"
    SECRET_SEED = "secret-seed"  # noqa: S105 - the name of a problem
    CHECKSUM = "checksum"
    LENGTH = "length"
    FEDERATION = "federation"
    NO_ADDRESS = "no-address"


_MESSAGES = {
    AddressProblem.EMPTY: "Nothing was entered. Paste an account address: 56 characters that begin with G.",
    AddressProblem.TOO_LONG: f"This is longer than {MAX_TEXT:,} characters. Paste one account address.",
    AddressProblem.SECRET_SEED: (
        "This contains a secret seed (S…), which gives full control of an account. It was not stored, logged or sent on. "
        "Never paste it anywhere; look up the account by its address (G…)."
    ),
    AddressProblem.CHECKSUM: "The checksum of this address is wrong: a character is mistyped, missing or swapped.",
    AddressProblem.LENGTH: (
        "This is not a whole address: G… and C… have 56 characters, M… has 69, and 0, 1, 8 and 9 do not occur in them."
    ),
    AddressProblem.FEDERATION: "A federation address has the form name*domain, for example alice*example.com.",
    AddressProblem.NO_ADDRESS: "There is no account address in this text. An address has 56 characters and begins with G.",
}


class UnreadableAddress(ValueError):
    """Text that names no account. The message is one fixed sentence per problem: it never repeats the text."""

    def __init__(self, problem: AddressProblem) -> None:
        super().__init__(_MESSAGES[problem])
        self.problem = problem


class AddressKind(StrEnum):
    """What the text names."""

    ACCOUNT = "account"
    CONTRACT = "contract"
    FEDERATION = "federation"  # has yet to be resolved by its domain


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedAddress:
    """What the text names: exactly one of `address` and `federation` is set."""

    kind: AddressKind
    address: Address | None = None  # checked; the G… inside when an M… was pasted
    muxed_id: int | None = None  # of a pasted M…, up to 2**64 - 1
    federation: str | None = None  # name*domain, the domain in lower case


def parse_address(text: str) -> ParsedAddress:
    """What `text` names; UnreadableAddress, with the problem, when it names no account."""
    if len(text) > MAX_TEXT:
        raise UnreadableAddress(AddressProblem.TOO_LONG)
    visible = _without_invisible(unicodedata.normalize("NFKC", text)).strip()
    if not visible.strip(_QUOTES + " "):
        raise UnreadableAddress(AddressProblem.EMPTY)
    if contains_seed(visible):
        raise UnreadableAddress(AddressProblem.SECRET_SEED)
    named = _pay_destination(visible)
    parsed = _first_key(named) or _federation(named)
    if parsed is None:
        raise UnreadableAddress(_problem_of(named))
    return parsed


def contains_seed(text: str) -> bool:
    """True when a secret seed stands anywhere in the text: by its shape, or broken up but with a right checksum."""
    return any(_SEED_SHAPED.search(reading) or _hides_seed(reading) for reading in (text, unquote(text)))


def may_hold_seed(text: str) -> bool:
    """True when a secret seed may stand in the text, or may be begun there: also in groups, mistyped or behind a word."""
    visible = unicodedata.normalize("NFKC", text).strip()
    return contains_seed(visible) or any(_begins_seed(reading) for reading in (visible, unquote(visible)))


def redact_seeds(text: str) -> str:
    """The text without anything of the shape of a secret seed, for logs and error reports."""
    return _SEED_SHAPED.sub("[secret seed]", text)


def _begins_seed(text: str) -> bool:
    if _ADDRESS_BEGUN.fullmatch(text) or _DOMAIN_BEGUN.fullmatch(text):
        return False
    return _SEED_BEGUN.search(_NOT_TYPED.sub("", text)) is not None


def _hides_seed(text: str) -> bool:
    letters = _NOT_BASE32.sub("", text).upper()
    windows = (letters[at : at + KEY_LENGTH] for at, letter in enumerate(letters) if letter == "S")
    return any(_kind_of(window) is StrkeyKind.SEED for window in windows)


def _kind_of(key: str) -> StrkeyKind | None:
    try:
        return decode_strkey(key)[0]
    except InvalidStrkey:
        return None


def _without_invisible(text: str) -> str:
    """Spaces stay, of one kind; what has no width goes."""
    kept = (" " if char.isspace() else char for char in text if char.isspace() or unicodedata.category(char)[0] != "C")
    return "".join(kept)


def _pay_destination(text: str) -> str:
    """What a payment link pays to; of any other link or text, the whole with its percent signs decoded."""
    start = text.lower().find(_PAY_LINK)
    if start < 0:
        return unquote(text) if "%" in text else text
    _, _, query = text[start:].partition("?")
    return parse_qs(query).get("destination", [""])[0].strip()


def _first_key(text: str) -> ParsedAddress | None:
    for key in _keys_in(text):
        try:
            return _parsed(*decode_strkey(key))
        except InvalidStrkey:
            continue
    return None


def _keys_in(text: str) -> Iterator[str]:
    """Everything of the shape of an address: word by word, then with its gaps closed (lines broken by a mail, groups)."""
    for reading in (text, text.replace(" ", "")):
        for word in _WORD.findall(reading):
            if _KEY_SHAPED.fullmatch(word):
                yield word.upper()


def _parsed(kind: StrkeyKind, payload: bytes) -> ParsedAddress | None:
    if kind is StrkeyKind.CONTRACT:
        return ParsedAddress(kind=AddressKind.CONTRACT, address=Address(encode_strkey(kind, payload)))
    account = Address(encode_strkey(StrkeyKind.ACCOUNT, payload[:_KEY_BYTES]))
    muxed_id = int.from_bytes(payload[_KEY_BYTES:], "big") if kind is StrkeyKind.MUXED else None
    return ParsedAddress(kind=AddressKind.ACCOUNT, address=account, muxed_id=muxed_id)


def _federation(text: str) -> ParsedAddress | None:
    starred = next((word for word in text.split() if "*" in word), None)
    if starred is None:
        return None
    name, _, domain = starred.strip(_QUOTES).partition("*")
    match = _FEDERATION.fullmatch(f"{name}*{domain.lower()}")
    if match is None:
        raise UnreadableAddress(AddressProblem.FEDERATION)
    return ParsedAddress(kind=AddressKind.FEDERATION, federation=match.group())


def _problem_of(text: str) -> AddressProblem:
    if any(True for _ in _keys_in(text)):
        return AddressProblem.CHECKSUM
    if _ALMOST_KEY.search(text) or _ALMOST_KEY.search(text.replace(" ", "")):
        return AddressProblem.LENGTH
    return AddressProblem.NO_ADDRESS
