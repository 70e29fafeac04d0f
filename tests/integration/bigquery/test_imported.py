"""The children step of a network that was imported: a young import ends it, an older one leaves the rest to BigQuery."""

from datetime import timedelta

import pytest

from stellarmap_common.domain.creation import CreationKind
from stellarmap_common.domain.status import Step
from stellarmap_common.domain.toid import Ledger
from stellarmap_common.ports.import_store import NetworkImport
from stellarmap_common.ports.run_store import RunState
from stellarmap_ingest_bigquery.handlers import YOUNG
from tests.support.config import BIGQUERY_ONLY
from tests.support.guarded import Hubble, lives
from tests.support.ingesting import Ingesting

A_MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(("age", "complete"), [(YOUNG - A_MINUTE, True), (YOUNG + A_MINUTE, False)])
async def test_a_young_import_has_all_children_and_nothing_is_paid_for_them(
    network: Hubble, age: timedelta, *, complete: bool
) -> None:
    truth = network.served.truth
    account = network.served.hub
    made = [child for child in truth.children(account) if child.kind is CreationKind.CREATE_ACCOUNT][:3]
    async with network.replica(pipeline_mode=BIGQUERY_ONLY) as one:
        pages = await lives(network, one, [child.account for child in made])
        creations = [life for page in pages if not isinstance(page, BaseException) for life in page.creations]
        paid = len(await network.ran())
        state = NetworkImport(
            network=one.network.key,
            source="rows",
            done=True,
            whole_to=Ledger(truth.ledger),
            whole_at=network.clock.now() - age,
        )
        await one.stores.imports.begin(state, 0)
        await one.stores.imports.keep(state, creations)
        ingesting = Ingesting(one, network)
        await ingesting.handled(account, Step.CHILDREN)
        run = await ingesting.run_of(account, Step.CHILDREN)
        assert (run.state, run.progress.complete) == (RunState.FINISHED, complete)
        assert run.progress.total == len([life for life in creations if life.creator == account]) >= len(made)
        assert len(await network.ran()) == paid
