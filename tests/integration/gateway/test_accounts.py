"""What the API says of accounts is what the store holds."""

from stellarmap_common.domain.creation import CreationKind, Source, UnplacedCreation
from stellarmap_common.domain.status import AccountStatus, Step
from stellarmap_common.domain.toid import provisional_toid
from stellarmap_common.ports.run_store import RunState
from tests.support.gateway import Site, contract, creation, merge

VIEWS = ("", "/lineage", "/children", "/siblings", "/stages")


async def test_an_account_nobody_asked_for_says_what_to_post(site: Site) -> None:
    account = site.ref("stranger")
    for rest in VIEWS:
        answer = await site.api.get(site.path(account, rest))
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["type"] == "not-mapped"
        assert problem["way_out"] == {"method": "POST", "href": site.path(account, "/requests")}
        assert problem["request_id"] == answer.headers["x-request-id"]


async def test_an_account_the_network_never_saw_is_not_found_with_the_reason(site: Site) -> None:
    account = site.ref("never")
    await site.map(account, AccountStatus.NOT_FOUND, last_error="not in history from ledger 50")
    for rest in VIEWS:
        problem = (await site.api.get(site.path(account, rest))).json()
        assert problem["type"] == "not-found"
        assert "not in history from ledger 50" in problem["detail"]
        assert problem["way_out"]["href"] == site.path(account, "/retry")


async def test_the_profile_tells_status_creator_and_hops(site: Site) -> None:
    maker, account = await site.chain("maker", "account")
    profile = await site.get(site.path(account))
    assert profile["network"] == "sandbox"
    assert profile["network_key"] == account.network
    assert profile["status"] == "COMPLETE"
    assert profile["creator"] == maker.address
    assert (profile["hops"], profile["lineage"]) == (2, "genesis")
    assert profile["created_at"] == profile["incarnation"]["created_at"]
    assert not profile["merged"]
    assert not profile["is_genesis"]
    assert profile["enrichment"] is None
    assert profile["children"] == {
        "total": 0,
        "complete": False,
        "asked": False,
        "pages_read": 0,
        "since_ledger": None,
    }


async def test_the_lineage_leads_to_genesis_with_evidence(site: Site) -> None:
    first, second, account = await site.chain("first", "second", "account")
    lineage = await site.get(site.path(account, "/lineage"))
    assert [hop["address"] for hop in lineage["ancestors"]] == [second.address, first.address, site.genesis.address]
    assert lineage["lineage"] == "genesis"
    assert lineage["complete"]
    hop = lineage["incarnation"]
    assert hop["creator"] == second.address
    assert hop["creator_created_op"] == lineage["ancestors"][0]["created_op"]
    assert hop["ledger"] == 3_000
    assert hop["exact"]
    assert hop["source"] == "horizon"
    assert hop["starting_balance_stroops"] == "10000000"
    root = lineage["ancestors"][-1]
    assert (root["kind"], root["creator"], root["exact"]) == ("genesis", None, True)


async def test_operation_ids_and_amounts_are_text_however_large(site: Site) -> None:
    account = site.ref("old and rich")
    await site.record(creation(account, site.genesis.address, ledger=2**31 - 2, starting_balance_stroops=10**18))
    await site.map(account)
    life = (await site.get(site.path(account)))["incarnation"]
    assert int(life["created_op"]) > 2**53
    assert life["starting_balance_stroops"] == str(10**18)


async def test_a_chain_whose_next_creator_is_not_read_yet_says_who_is_next(site: Site) -> None:
    maker, account = site.ref("maker"), site.ref("account")
    await site.record(creation(account, maker.address, ledger=10))
    await site.map(account, AccountStatus.PROCESSING)
    lineage = await site.get(site.path(account, "/lineage"))
    assert lineage["lineage"] == "pending"
    assert lineage["pending_address"] == maker.address
    assert lineage["incarnation"]["creator"] == maker.address
    assert lineage["ancestors"] == []
    assert not lineage["complete"]


async def test_a_creator_that_stays_unknown_has_its_reason(site: Site) -> None:
    account = site.ref("account")
    await site.map(account, reason="before ledger 1,000")
    for rest in ("", "/lineage"):
        answer = await site.get(site.path(account, rest))
        assert answer["lineage"] == "unknown"
        assert answer["creator_unknown_reason"] == "before ledger 1,000"
        assert answer["incarnation"] is None


async def test_a_chain_ends_where_a_contract_created(site: Site) -> None:
    account, maker = site.ref("account"), contract("maker")
    await site.record(creation(account, maker, ledger=10, kind=CreationKind.CONTRACT_TRANSFER))
    await site.map(account)
    lineage = await site.get(site.path(account, "/lineage"))
    assert lineage["lineage"] == "contract"
    assert lineage["incarnation"]["creator"] == maker
    assert lineage["incarnation"]["kind"] == "contract_transfer"
    assert lineage["incarnation"]["creator_created_op"] is None
    assert (await site.get(site.path(account, "/siblings")))["levels"] == []


async def test_every_life_is_told_with_its_own_creator_and_the_merge_that_ended_it(site: Site) -> None:
    first, second = await site.chain("first", "second")
    account = site.ref("account")
    await site.record(
        creation(account, first.address, ledger=3_000),
        creation(account, second.address, ledger=5_000),
        ends=[merge(account, first.address, ledger=4_000)],
    )
    await site.map(account)
    profile = await site.get(site.path(account))
    earlier, present = profile["incarnations"]
    assert earlier["creator"] == first.address
    assert earlier["merged_into"] == first.address
    assert earlier["ended_at"] is not None
    assert earlier["creator_created_op"] == (await site.get(site.path(first)))["incarnation"]["created_op"]
    assert present == profile["incarnation"]
    assert (present["creator"], present["ended_op"]) == (second.address, None)
    assert not profile["merged"]


async def test_a_merged_account_is_told_as_merged(site: Site) -> None:
    (maker,) = await site.chain("maker")
    account = site.ref("gone")
    await site.record(
        creation(account, maker.address, ledger=3_000), ends=[merge(account, maker.address, ledger=3_001)]
    )
    await site.map(account)
    profile = await site.get(site.path(account))
    assert profile["merged"]
    assert profile["incarnation"]["merged_into"] == maker.address


async def test_a_creation_known_by_ledger_alone_is_told_as_provisional(site: Site) -> None:
    account = site.ref("old")
    known = creation(account, site.genesis.address, ledger=77, created_op=provisional_toid(77), source=Source.EXPERT)
    await site.record(known)
    await site.map(account)
    life = (await site.get(site.path(account)))["incarnation"]
    assert not life["exact"]
    assert (life["ledger"], life["source"]) == (77, "expert")


async def test_a_creation_without_any_ledger_is_told_as_time_unknown(site: Site) -> None:
    account = site.ref("older")
    heard = UnplacedCreation(
        network=account.network, account=account.address, creator=site.genesis.address, source=Source.EXPERT
    )
    await site.stores.creations.record(unplaced=[heard])
    await site.map(account)
    profile = await site.get(site.path(account))
    life = profile["incarnation"]
    assert (life["created_op"], life["ledger"], life["created_at"]) == (None, None, None)
    assert life["creator"] == site.genesis.address
    assert (profile["hops"], profile["lineage"]) == (1, "genesis")


async def test_what_others_requests_found_has_a_lineage_but_no_status(site: Site) -> None:
    (maker,) = await site.chain("maker")
    child = site.ref("child")
    await site.record(creation(child, maker.address, ledger=3_000))
    lineage = await site.get(site.path(child, "/lineage"))
    assert lineage["status"] is None
    assert lineage["lineage"] == "pending"
    assert lineage["incarnation"]["creator"] == maker.address
    assert (await site.api.get(site.path(child))).json()["type"] == "not-mapped"


async def test_the_root_of_the_network_has_no_creator_and_says_so(site: Site) -> None:
    await site.map(site.genesis)
    await site.children(site.genesis, 3)
    profile = await site.get(site.path(site.genesis))
    assert profile["is_genesis"]
    assert profile["creator"] is None
    assert (profile["hops"], profile["lineage"]) == (0, "genesis")
    assert profile["children"]["total"] == 3


async def test_a_lineage_is_not_complete_while_its_children_are_read(site: Site) -> None:
    (account,) = await site.chain("account")
    await site.finish(account, Step.CHILDREN, RunState.OPEN, complete=False, pages=2, total=0)
    lineage = await site.get(site.path(account, "/lineage"))
    assert lineage["lineage"] == "genesis"
    assert not lineage["complete"]
    assert lineage["children"]["asked"]
    assert lineage["children"]["pages_read"] == 2


async def test_nothing_of_one_network_is_found_in_another(site: Site) -> None:
    (account,) = await site.chain("account")
    answer = await site.api.get(site.path(account, "/lineage", network="testnet"))
    assert answer.json()["type"] == "not-mapped"
