"""Who else a creator created; and how the stages of a request went."""

from stellarmap_common.domain.status import StageState
from stellarmap_common.events.facts import StageExecuted
from stellarmap_common.ports.request_store import Request, RequestRef
from tests.support.gateway import NOW, Site


async def test_siblings_are_told_level_by_level_without_the_hop_itself(site: Site) -> None:
    maker, account = await site.chain("maker", "account")
    brothers = await site.children(maker, 3, ledger=10_000)
    uncles = await site.children(site.genesis, 2, ledger=20_000)
    answer = await site.get(site.path(account, "/siblings"))
    near, far = answer["levels"]
    assert (near["level"], near["creator"], near["of"]) == (0, maker.address, account.address)
    assert [life["address"] for life in near["siblings"]] == [child.account for child in brothers]
    assert near["total"] == 4
    assert (far["level"], far["creator"], far["of"]) == (1, site.genesis.address, maker.address)
    assert [life["address"] for life in far["siblings"]] == [child.account for child in uncles]
    assert not answer["truncated"]


async def test_siblings_go_on_in_the_children_of_their_creator(site: Site) -> None:
    maker, account = await site.chain("maker", "account")
    brothers = await site.children(maker, 7, ledger=10_000)
    (level,) = (await site.get(site.path(account, "/siblings"), limit=3, levels=1))["levels"]
    rest = await site.get(site.path(maker, "/children"), cursor=level["next_cursor"])
    found = [life["address"] for life in (*level["siblings"], *rest["children"])]
    assert found == [child.account for child in brothers]


async def test_a_chain_longer_than_asked_for_is_told_as_truncated(site: Site) -> None:
    *_, account = await site.chain("a", "b", "c", "d")
    answer = await site.get(site.path(account, "/siblings"), levels=2)
    assert len(answer["levels"]) == 2
    assert answer["truncated"]


async def test_there_are_always_eight_stages_all_to_come_where_nothing_was_recorded(site: Site) -> None:
    (account,) = await site.chain("account")
    stages = (await site.get(site.path(account, "/stages")))["stages"]
    assert [stage["stage"] for stage in stages] == list(range(1, 9))
    assert {stage["state"] for stage in stages} == {"PENDING"}
    assert {stage["state"] for stage in stages if stage["stage"] in {1, 7, 8}} == {"PENDING"}


async def test_stages_tell_what_the_pipeline_recorded(site: Site) -> None:
    account, other = await site.chain("account", "other")
    request = Request(
        ref=RequestRef(account.network, "one"), account=account.address, budget=0, depth=0, pages=1, created_at=NOW
    )
    await site.stores.requests.open(request)
    await site.stores.stages.record_stages(
        [
            StageExecuted(
                network=account.network,
                account=account.address,
                request_id="one",
                stage=stage,
                state=state,
                at=NOW,
                duration_ms=12,
                error=error,
                detail={"calls": 2},
            )
            for stage, state, error in ((1, StageState.DONE, None), (7, StageState.FAILED, "Horizon answers 500"))
        ]
    )
    answer = await site.get(site.path(account, "/stages"), request="one")
    by_number = {stage["stage"]: stage for stage in answer["stages"]}
    assert answer["request_id"] == "one"
    assert (by_number[1]["state"], by_number[1]["duration_ms"], by_number[1]["detail"]) == ("DONE", 12, {"calls": 2})
    assert (by_number[7]["state"], by_number[7]["error"]) == ("FAILED", "Horizon answers 500")
    assert by_number[8]["state"] == "PENDING"
    assert (await site.api.get(site.path(other, "/stages"), params={"request": "one"})).status_code == 404
