"""One runner at a time: a row that lapses by itself, kept up by a thread of its own while its holder works."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any
from uuid import uuid4

from cassandra import DriverException
from cassandra.cluster import NoHostAvailable, Session
from cassandra.query import SimpleStatement

from stellarmap_common.errors import StoreUnavailable

LEASE_S = 30
_TAKE = "INSERT INTO {keyspace}.schema_lease (name, holder) VALUES ('migrate', %s) IF NOT EXISTS USING TTL {seconds}"
_KEEP = "UPDATE {keyspace}.schema_lease USING TTL {seconds} SET holder = %s WHERE name = 'migrate' IF holder = %s"
_GIVE_BACK = "DELETE FROM {keyspace}.schema_lease WHERE name = 'migrate' IF holder = %s"


class Lease:
    """The right to change the schema of a keyspace."""

    def __init__(self, session: Session, keyspace: str, seconds: int) -> None:
        self._session = session
        self._names = {"keyspace": keyspace, "seconds": seconds}
        self._seconds = seconds
        self._holder = str(uuid4())
        self._kept_at = monotonic()
        self._over = threading.Event()

    def check(self) -> None:
        """Returns while the lease is surely held. Raises: StoreUnavailable."""
        if monotonic() - self._kept_at > self._seconds / 2:
            raise StoreUnavailable("The lease of the schema could not be kept up. Nothing is lost; run it again.")

    def take(self) -> None:
        """Returns once the lease is held: another's lapses when that runner is gone. Raises: StoreUnavailable."""
        waited = threading.Event()
        deadline = monotonic() + 10 * self._seconds
        while not self._asked(_TAKE, self._holder):
            if monotonic() > deadline:
                raise StoreUnavailable(
                    "Another `stellarmap migrate` is still at work. Nothing was changed; run it again."
                )
            waited.wait(min(1, self._seconds / 4))
        self._kept_at = monotonic()

    def keep_up(self) -> None:
        """Keeps the lease until `give_back`."""
        while not self._over.wait(self._seconds / 6):
            asked_at = monotonic()
            try:
                if self._asked(_KEEP, self._holder, self._holder):
                    self._kept_at = asked_at
            except (DriverException, NoHostAvailable):
                continue  # `check` says when that has gone on for too long

    def give_back(self) -> None:
        """Afterwards the next runner need not wait. Where that cannot be said, the lease lapses by itself."""
        self._over.set()
        with suppress(DriverException, NoHostAvailable):
            self._asked(_GIVE_BACK, self._holder)

    def _asked(self, cql: str, *values: Any) -> bool:
        statement = SimpleStatement(cql.format(**self._names), is_idempotent=False)
        return bool(self._session.execute(statement, values).one()[0])


@contextmanager
def held(session: Session, keyspace: str, seconds: int = LEASE_S) -> Iterator[Lease]:
    """Within, nobody else changes the schema."""
    lease = Lease(session, keyspace, seconds)
    lease.take()
    keeper = threading.Thread(target=lease.keep_up, name="schema-lease", daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        lease.give_back()
        keeper.join()
