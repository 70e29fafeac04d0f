"""The numbered `.cql` files as the runner reads them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from stellarmap_common.adapters.cassandra.dialect import Dialect

_COMMENT = re.compile(r"--[^\n]*")
_OPTIONS = re.compile(r"\sWITH\s")
_KEPT_EVERYWHERE = ("CLUSTERING ORDER", "default_time_to_live")


@dataclass(frozen=True, slots=True, order=True)
class Migration:
    """One file `NNNN_name.cql`. Each of its statements is a step, and may be done twice: IF NOT EXISTS."""

    name: str
    cql: str

    @property
    def checksum(self) -> str:
        """Changes when a statement does; a comment may be made clearer."""
        return sha256("\n".join(self._parts()).encode()).hexdigest()

    def statements(self, dialect: Dialect) -> Iterator[str]:
        """The statements of the file, one by one, as this dialect takes them. No text in them holds a semicolon."""
        for statement in self._parts():
            yield statement if dialect.takes_table_options else _without_options(statement)

    def _parts(self) -> Iterator[str]:
        parts = (" ".join(part.split()) for part in _COMMENT.sub("", self.cql).split(";"))
        return filter(None, parts)


def own_folder() -> Traversable:
    """Where the store's own files are, installed in whatever way."""
    return files(__package__)


def migrations_in(folder: Traversable) -> tuple[Migration, ...]:
    """All files of the folder in order of their numbers."""
    found = [
        Migration(file.name.removesuffix(".cql"), file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".cql")
    ]
    return tuple(sorted(found))


def _without_options(statement: str) -> str:
    head, *options = _OPTIONS.split(statement, maxsplit=1)
    kept = [option for text in options for option in text.split(" AND ") if option.startswith(_KEPT_EVERYWHERE)]
    return f"{head} WITH {' AND '.join(kept)}" if kept else head
