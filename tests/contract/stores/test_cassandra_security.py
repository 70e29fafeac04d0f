"""TLS: who has what the nodes ask for reads and writes as everybody does, and who has not is told soon."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.cassandra.access import CassandraAccess
from stellarmap_common.adapters.cassandra.migrations import migrate
from stellarmap_common.adapters.cassandra.session import open_session
from stellarmap_common.adapters.cassandra.stores import open_stores
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.observability.metrics import open_metrics
from tests.support.servers.cassandra import CassandraServer, cassandra_server
from tests.support.servers.errors import NoServer
from tests.support.servers.fixtures import without
from tests.support.stores import account, creation


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CassandraServer]:
    """A node that asks for a certificate."""
    try:
        with cassandra_server(tmp_path_factory.mktemp("secured"), secured=True) as server:
            yield server
    except NoServer as error:
        without(error)


@pytest.fixture(scope="module")
def access(server: CassandraServer) -> CassandraAccess:
    """What it asks for."""
    assert server.certificate
    certificate, key = server.certificate
    found = CassandraAccess(
        contact_points=(server.host,),
        port=server.port,
        tls=True,
        ca_file=certificate,
        certificate_file=certificate,
        key_file=key,
    )
    migrate(found)
    return found


async def test_with_a_certificate_facts_are_stored_and_read(access: CassandraAccess) -> None:
    made = creation("B", "A", 10)
    async with open_session(access, open_metrics(CollectorRegistry())) as session:
        stores = open_stores(session)
        await stores.creations.record((made,))
        assert await stores.creations.creations_of(account("B")) == (made,)


@pytest.mark.parametrize(
    "less",
    [{"tls": False}, {"certificate_file": None, "key_file": None}, {"ca_file": None}],
    ids=["no TLS", "no certificate", "an authority that nobody trusts"],
)
async def test_who_lacks_something_is_told_that_nobody_answers(access: CassandraAccess, less: dict[str, Any]) -> None:
    with pytest.raises(StoreUnavailable, match="connecting"):
        async with open_session(replace(access, **less), open_metrics(CollectorRegistry())):
            pytest.fail("it is let in")
