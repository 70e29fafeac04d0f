"""Who may change how the installation works: whoever holds the admin token.

Only its hash is kept in memory. Embedded mode makes a token at its first start, in a file that only its owner can read.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from stellarmap_common.runtime.settings import ProcessSettings

FILE = "admin-token"
ENVIRONMENT = "STELLARMAP_ADMIN_TOKEN"
_TOKEN_BYTES = 32
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class AdminToken:
    """What a presented token is held against."""

    sha256: str  # of the token, lower-case hexadecimal
    file: Path | None = None  # where the token itself stands; None: its owner keeps it somewhere else

    def matches(self, presented: str) -> bool:
        """True for the token itself; takes as long for a wrong one as for a nearly right one."""
        return hmac.compare_digest(hash_of(presented), self.sha256)


def admin_token(process: ProcessSettings) -> AdminToken:
    """The token of this installation: by its hash in the settings; else the one in the data folder, made if missing."""
    if process.admin_token_sha256:
        return AdminToken(process.admin_token_sha256.lower())
    file = process.data_dir / FILE
    if not file.exists():
        _write(file, secrets.token_urlsafe(_TOKEN_BYTES))
    return AdminToken(hash_of(file.read_text().strip()), file)


def presented_token(process: ProcessSettings) -> str:
    """The token that commands on this data folder present; empty if they know none."""
    if told := os.environ.get(ENVIRONMENT, "").strip():
        return told
    file = process.data_dir / FILE
    return file.read_text().strip() if file.exists() else ""


def hash_of(token: str) -> str:
    """The hash a token is known by."""
    return hashlib.sha256(token.encode()).hexdigest()


def _write(file: Path, token: str) -> None:
    """The file appears whole, and nobody else can ever read it."""
    beginning = file.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(beginning, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY), "w") as opened:
        opened.write(f"{token}\n")
        opened.flush()
        os.fsync(opened.fileno())
    beginning.replace(file)
