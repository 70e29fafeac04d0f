"""The numbered `.sql` files as the runner reads them."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable


@dataclass(frozen=True, slots=True, order=True)
class Migration:
    """One step of the schema: a file `NNNN_name.sql`."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Changes when the file does."""
        return sha256(self.sql.encode()).hexdigest()

    def statements(self) -> Iterator[str]:
        """The statements of the file, one by one."""
        statement = ""
        for line in self.sql.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                yield statement
                statement = ""
        if statement.strip():  # no semicolon: comments that end the file, or a statement cut off, which SQLite refuses
            yield statement


def own_folder() -> Traversable:
    """Where the store's own files are, installed in whatever way."""
    return files(__package__)


def migrations_in(folder: Traversable) -> tuple[Migration, ...]:
    """All files of the folder in order of their numbers."""
    found = [
        Migration(file.name.removesuffix(".sql"), file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    ]
    return tuple(sorted(found))
