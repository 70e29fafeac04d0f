"""Who may change how the installation works: whoever holds the admin token.

Only its hash is kept in memory. Embedded mode makes a token at its first start, in a file that only its owner can read.
"""

import hashlib
import hmac
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from stellarmap_common.errors import StellarmapError
from stellarmap_common.runtime.settings import ProcessSettings

FILE = "admin-token"
ENVIRONMENT = "STELLARMAP_ADMIN_TOKEN"
_TOKEN_BYTES = 32
_TOKEN = re.compile(r"[!-~]+")  # what a header can carry
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class AdminToken:
    """What a presented token is held against."""

    sha256: str  # of the token, lower-case hexadecimal
    file: Path | None = None  # where the token itself stands; None: its owner keeps it somewhere else

    def matches(self, presented: str) -> bool:
        """True for the token itself; takes as long for a wrong one as for a nearly right one. Nothing never matches."""
        return bool(presented) and hmac.compare_digest(hash_of(presented), self.sha256)


class AdminTokenUnusable(StellarmapError):
    """What stands where the admin token should stand is none; the message says where, and never what."""


def admin_token(process: ProcessSettings) -> AdminToken:
    """The token of this installation: by its hash in the settings; else the one in the data folder, made if missing.

    Raises: AdminTokenUnusable.
    """
    if process.admin_token_sha256:
        return AdminToken(process.admin_token_sha256.lower())
    file = process.data_dir / FILE
    if not file.exists():
        _write(file, secrets.token_urlsafe(_TOKEN_BYTES))
    return AdminToken(hash_of(_token_in(file)), file)


def presented_token(data_dir: Path) -> str:
    """The token that commands on this data folder present; empty if they know none. Raises: AdminTokenUnusable."""
    if told := os.environ.get(ENVIRONMENT, "").strip():
        return _usable(told, f"{ENVIRONMENT} holds what no token has: blanks, line breaks or letters beyond ASCII")
    file = data_dir / FILE
    return _token_in(file) if file.exists() else ""


def _token_in(file: Path) -> str:
    try:
        token = file.read_text(errors="replace").strip()
    except OSError as error:
        raise AdminTokenUnusable(
            f"the admin token cannot be read from {file.absolute()} ({error.strerror}): set {ENVIRONMENT}, or mend the file"
        ) from error
    advice = "delete it, and the next start makes a new one"
    return _usable(token, f"{file.absolute()} does not hold one admin token: {advice}")


def _usable(token: str, otherwise: str) -> str:
    if not _TOKEN.fullmatch(token):
        raise AdminTokenUnusable(otherwise)
    return token


def hash_of(token: str) -> str:
    """The hash a token is known by."""
    return hashlib.sha256(token.encode()).hexdigest()


def _write(file: Path, token: str) -> None:
    """The file appears whole, and nobody else can ever read it; one that another process has made meanwhile stays."""
    beginning = file.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(beginning, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY), "w") as opened:
        opened.write(f"{token}\n")
        opened.flush()
        os.fsync(opened.fileno())
    with suppress(FileExistsError):
        os.link(beginning, file)
    beginning.unlink()
