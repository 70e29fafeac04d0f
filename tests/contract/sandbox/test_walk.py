"""What Horizon's answers say of every account is the generator's truth, and paging neither skips nor repeats."""

from collections.abc import Iterator
from typing import Any

import pytest

from stellarmap_common.domain.amounts import stroops_from_decimal
from tests.support.sandbox import Asked

Fact = tuple[int, str, str]


async def _walked(asked: Asked) -> tuple[set[Fact], set[Fact]]:
    """All creations (operation, account, creator) and ends (operation, account, into) that the answers tell."""
    creations: set[Fact] = set()
    ends: set[Fact] = set()
    for record in await asked.all_records("/payments"):
        operation = int(record["id"])
        if record["type"] == "create_account":
            creations.add((operation, record["account"], record["funder"]))
        elif record["type"] == "account_merge":
            ends.add((operation, record["account"], record["into"]))
        elif record["type"] == "invoke_host_function":
            created = {
                effect["account"]
                for effect in await asked.records(f"/operations/{operation}/effects", limit=200)
                if effect["type"] == "account_created"
            }
            changes = record["asset_balance_changes"]
            creations |= {(operation, change["to"], change["from"]) for change in changes if change["to"] in created}
    return creations, ends


def _accounts(asked: Asked) -> Iterator[Any]:
    truth = asked.sandbox.truth
    return (truth.address(number) for number in range(truth.count()))


async def test_a_walk_over_all_payments_finds_every_creation_and_end(asked: Asked) -> None:
    creations, ends = await _walked(asked)
    truth = asked.sandbox.truth
    lives = [life for account in _accounts(asked) for life in truth.creations(account)]
    assert creations == {(life.operation_id, life.account, life.creator) for life in lives}
    true_ends = [end for account in _accounts(asked) for end in truth.ends(account)]
    assert ends == {(end.operation_id, end.account, end.merged_into) for end in true_ends}


@pytest.mark.parametrize("name", ["hub", "small", "reborn", "deep"])
async def test_the_history_of_an_account_has_its_lives_and_children_in_order(asked: Asked, name: str) -> None:
    account, truth = asked.example(name), asked.sandbox.truth
    records = await asked.all_records(f"/accounts/{account}/payments", join="transactions")
    made = [record for record in records if record["type"] == "create_account"]
    called = {child.operation_id for child in truth.children(account) if child.kind == "contract_transfer"}
    children = [child for child in truth.children(account) if child.operation_id not in called]
    told = [record for record in made if record["funder"] == account]
    assert [(int(record["id"]), record["account"]) for record in told] == [
        (child.operation_id, child.account) for child in children
    ]
    for record, child in zip(told, children, strict=True):
        assert stroops_from_decimal(record["starting_balance"]) == child.starting_balance_stroops
        assert record["transaction_hash"] == child.transaction_hash
        assert record["transaction"]["source_account"] == child.transaction_source
        assert record.get("sponsor") == child.sponsor
    lives = [int(record["id"]) for record in made if record["account"] == account]
    assert lives == [life.operation_id for life in truth.creations(account)]


async def test_a_chain_can_be_climbed_by_two_calls_an_account(asked: Asked) -> None:
    truth = asked.sandbox.truth
    account, hops = asked.example("small"), []
    while account != truth.genesis:
        ledger = int((await asked.get(f"/accounts/{account}"))["sequence"]) >> 32
        records = await asked.records(f"/accounts/{account}/payments", cursor=(ledger << 32) - 1)
        creation = next(record for record in records if record.get("account") == account)
        hops.append((account, creation["funder"]))
        account = creation["funder"]
    assert hops == [(hop.account, hop.creator) for hop in truth.chain(asked.example("small"))]


async def test_balances_are_what_the_effects_add_up_to(asked: Asked) -> None:
    truth = asked.sandbox.truth
    for number in range(1, truth.count(), 9):
        account = truth.address(number)
        if not truth.exists(account):
            continue
        balance = 0
        for effect in await asked.all_records(f"/accounts/{account}/effects"):
            if effect["type"] in {"account_credited", "account_debited"} and effect["asset_type"] == "native":
                balance += stroops_from_decimal(effect["amount"]) * (1 if effect["type"] == "account_credited" else -1)
            elif effect["type"] == "account_created" and not await _by_call(asked, effect):
                balance += stroops_from_decimal(effect["starting_balance"])
        native = (await asked.get(f"/accounts/{account}"))["balances"][-1]
        assert stroops_from_decimal(native["balance"]) == balance


async def _by_call(asked: Asked, effect: Any) -> bool:
    """A contract call tells the money of a creation twice: as its credit, and as the starting balance."""
    operation = await asked.get(f"/operations/{effect['paging_token'].split('-')[0]}")
    return bool(operation["type"] == "invoke_host_function")


@pytest.mark.parametrize("path", ["/operations", "/payments", "/effects", "/transactions"])
@pytest.mark.parametrize("of", ["", "/accounts/{hub}"])
async def test_pages_of_any_size_and_order_give_the_same_records(asked: Asked, path: str, of: str) -> None:
    path = of.format(hub=asked.example("hub")) + path
    whole = [record["paging_token"] for record in await asked.all_records(path)]
    assert len(set(whole)) == len(whole)
    assert [record["paging_token"] for record in await asked.all_records(path, order="desc")] == whole[::-1]
    cursor, found = whole[20], []
    for _ in range(5):
        page = await asked.records(path, limit=7, cursor=cursor)
        found += [record["paging_token"] for record in page]
        cursor = found[-1]
    assert found == whole[21:56]


@pytest.mark.parametrize("path", ["/operations", "/payments", "/transactions", "/effects"])
async def test_the_prev_link_leads_back(asked: Asked, path: str) -> None:
    first = await asked.get(path, limit=5)
    second = (await asked.client.get(first["_links"]["next"]["href"])).json()
    back = (await asked.client.get(second["_links"]["prev"]["href"])).json()
    records = [record["paging_token"] for record in first["_embedded"]["records"]]
    assert [record["paging_token"] for record in back["_embedded"]["records"]] == records[::-1]


async def test_a_cursor_of_one_number_skips_all_effects_of_that_operation(asked: Asked) -> None:
    operation = str(asked.network.rows.op[50])
    after = await asked.records("/effects", cursor=operation, limit=3)
    assert all(effect["paging_token"].split("-")[0] != operation for effect in after)
    assert int(after[0]["paging_token"].split("-")[0]) > int(operation)


async def test_ledgers_transactions_and_operations_lead_to_each_other(asked: Asked) -> None:
    operation = (await asked.records("/payments", cursor=asked.network.rows.op[300], limit=1))[0]
    links = {name: link["href"] for name, link in operation["_links"].items()}
    transaction = (await asked.client.get(links["transaction"])).json()
    ledger = (await asked.client.get(transaction["_links"]["ledger"]["href"])).json()
    assert operation["transaction_hash"] == transaction["hash"]
    assert ledger["sequence"] == transaction["ledger"] == int(operation["id"]) >> 32
    assert ledger["closed_at"] == operation["created_at"]
    for path in (f"/ledgers/{ledger['sequence']}", f"/transactions/{transaction['hash']}"):
        assert operation in await asked.records(f"{path}/operations", limit=200)
        assert operation in await asked.records(f"{path}/payments", limit=200)
    assert transaction in await asked.records(f"/ledgers/{ledger['sequence']}/transactions", limit=200)
    assert transaction["operation_count"] == len(
        await asked.records(f"/transactions/{transaction['hash']}/operations", limit=200)
    )


async def test_ledgers_are_listed_from_the_first_to_the_present_one(asked: Asked) -> None:
    first = await asked.records("/ledgers", limit=3)
    last = await asked.records("/ledgers", limit=2, order="desc")
    assert [ledger["sequence"] for ledger in first] == [1, 2, 3]
    assert last[0]["sequence"] == last[1]["sequence"] + 1 == asked.sandbox.truth.ledger
    assert last[0]["prev_hash"] == last[1]["hash"]
    assert "prev_hash" not in first[0]
    assert (await asked.problem(f"/ledgers/{asked.sandbox.truth.ledger + 1}"))[0] == 404


async def test_assets_are_found_by_issuer(asked: Asked) -> None:
    asset = (await asked.records("/assets"))[0]
    issuer = asset["asset_issuer"]
    assert asset in await asked.records("/assets", asset_issuer=issuer)
    assert {one["asset_issuer"] for one in await asked.records("/assets", asset_issuer=issuer)} == {issuer}
    assert await asked.records("/assets", asset_issuer=asked.sandbox.truth.genesis) == []
