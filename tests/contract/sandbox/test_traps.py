"""Each trap that was seen on a real Horizon is in the sandbox too."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from stellarmap_common.domain.network import Address
from stellarmap_sandbox.keys import FAILED_ONLY
from stellarmap_sandbox.rows import CALL_CREATE, CALL_TRANSFER, CREATE, MERGE
from stellarmap_sandbox.service import SandboxTraits
from stellarmap_sandbox.spec import BASE_LEDGER
from tests.support.sandbox import Asked, running_sandbox, sandbox_settings

ELDER = BASE_LEDGER * 6 // 10
HISTORY = ("operations", "payments", "effects", "transactions")


@pytest.fixture
async def cut(networks_dir: Path) -> AsyncIterator[Asked]:
    async with running_sandbox(networks_dir, sandbox_settings(elder_ledger=ELDER)) as asked:
        yield asked


def _addresses(asked: Asked) -> list[Address]:
    truth = asked.sandbox.truth
    return [truth.address(number) for number in range(truth.count())]


async def test_paging_ends_with_a_short_page_and_next_is_always_there(asked: Asked) -> None:
    path = f"/accounts/{asked.example('small')}/payments"
    everything = await asked.records(path, limit=200)
    last = await asked.get(path, limit=len(everything), cursor=everything[0]["paging_token"])
    assert len(last["_embedded"]["records"]) == len(everything) - 1
    assert f"cursor={everything[-1]['paging_token']}&" in last["_links"]["next"]["href"]


async def test_next_of_an_empty_first_page_starts_again_for_ever(asked: Asked) -> None:
    failed = asked.network.keys.address(FAILED_ONLY)
    page = await asked.get(f"/accounts/{failed}/payments")
    assert page["_embedded"]["records"] == []
    assert page["_links"]["next"]["href"].endswith("/payments?cursor=&limit=10&order=asc")
    assert page["_links"]["prev"]["href"].endswith("/payments?cursor=&limit=10&order=desc")


async def test_links_carry_the_host_of_the_request(asked: Asked) -> None:
    answer = await asked.raw("/payments", {"host": "elsewhere.example:99"}, limit=1)
    assert answer.json()["_links"]["next"]["href"].startswith("http://elsewhere.example:99/sandbox/horizon/payments?")


async def test_an_ascending_cursor_before_history_is_moved_without_a_word(cut: Asked) -> None:
    records = await cut.records("/payments", cursor=1, limit=5)
    assert [int(record["id"]) >> 32 >= ELDER for record in records] == [True] * 5
    assert records == await cut.records("/payments", limit=5)
    assert (await cut.get("/"))["history_elder_ledger"] == ELDER


@pytest.mark.parametrize("path", ["/payments", "/operations", "/effects", "/transactions", "/ledgers"])
async def test_a_descending_cursor_before_history_is_410(cut: Asked, path: str) -> None:
    status, body = await cut.problem(path, cursor=5 << 32, order="desc")
    assert (status, body["type"]) == (410, "https://stellar.org/horizon-errors/before_history")


async def test_a_descending_page_ends_where_history_begins(cut: Asked) -> None:
    records = await cut.all_records("/payments", order="desc")
    assert min(int(record["id"]) >> 32 for record in records) >= ELDER
    assert (await cut.problem(f"/ledgers/{ELDER - 1}"))[0] == 410


async def test_accounts_outside_history_exist_while_their_history_is_404_or_empty(cut: Asked) -> None:
    truth = cut.sandbox.truth
    outside = [address for address in _addresses(cut) if truth.exists(address) and truth.outside_history(address)]
    statuses = set()
    for address in outside:
        assert (await cut.raw(f"/accounts/{address}")).status_code == 200
        answers = [await cut.raw(f"/accounts/{address}/{name}") for name in HISTORY]
        assert len({answer.status_code for answer in answers}) == 1
        assert all(answer.status_code == 404 or answer.json()["_embedded"]["records"] == [] for answer in answers)
        statuses.add(answers[0].status_code)
    assert statuses == {200, 404}


async def test_a_creation_before_history_is_not_told_but_later_payments_are(cut: Asked) -> None:
    truth = cut.sandbox.truth
    cut_off = next(
        address
        for address in _addresses(cut)[1:]
        if truth.exists(address)
        and not truth.outside_history(address)
        and not truth.retained(truth.creations(address)[0])
    )
    records = await cut.all_records(f"/accounts/{cut_off}/payments")
    assert records
    assert not any(record["type"] == "create_account" and record["account"] == cut_off for record in records)


async def test_operations_before_history_are_unknown(cut: Asked) -> None:
    old = cut.network.rows.op[0]
    assert (await cut.problem(f"/operations/{old}"))[0] == 404
    assert await cut.records(f"/operations/{old}/effects") == []
    assert (await cut.problem(f"/transactions/{cut.network.keys.transaction_hash(old & ~0xFFF)}"))[0] == 404


async def test_an_address_of_a_failed_creation_alone_is_404_with_an_empty_history(asked: Asked) -> None:
    failed = asked.network.keys.address(FAILED_ONLY)
    assert (await asked.problem(f"/accounts/{failed}"))[0] == 404
    for name in HISTORY:
        assert await asked.records(f"/accounts/{failed}/{name}") == []
    shown = await asked.records(f"/accounts/{failed}/operations", include_failed="true")
    assert [(record["transaction_successful"], record["account"]) for record in shown] == [(False, failed)]


async def test_an_address_that_never_appeared_is_404_everywhere(asked: Asked) -> None:
    stranger = asked.network.keys.address(10**6)
    for path in ("", *(f"/{name}" for name in HISTORY)):
        status, body = await asked.problem(f"/accounts/{stranger}{path}")
        assert (status, body["title"]) == (404, "Resource Missing")


async def test_a_merged_account_is_404_and_keeps_its_history(asked: Asked) -> None:
    truth = asked.sandbox.truth
    merged = next(address for address in _addresses(asked) if truth.ends(address) and not truth.exists(address))
    assert (await asked.problem(f"/accounts/{merged}"))[0] == 404
    assert {record["type"] for record in await asked.records(f"/accounts/{merged}/payments")} >= {"account_merge"}


async def test_effects_of_an_unknown_operation_are_200_and_empty(asked: Asked) -> None:
    assert await asked.records("/operations/123456789/effects") == []


async def test_merge_and_creation_are_operations_1_and_2_of_one_transaction(asked: Asked) -> None:
    rows = asked.network.rows
    row = next(
        row
        for row in range(len(rows) - 1)
        if (rows.kind[row], rows.kind[row + 1], rows.op[row + 1] - rows.op[row]) == (MERGE, CREATE, 1)
        and rows.a[row] == rows.b[row + 1]
    )
    address = asked.network.keys.address(rows.a[row])
    merge, creation = [
        record
        for record in await asked.all_records(f"/accounts/{address}/payments")
        if int(record["id"]) in (rows.op[row], rows.op[row] + 1)
    ]
    assert (merge["type"], merge["account"]) == ("account_merge", address)
    assert (creation["type"], creation["account"], creation["funder"]) == ("create_account", address, merge["into"])
    assert merge["transaction_hash"] == creation["transaction_hash"]


async def test_a_merge_has_no_amount_and_the_credit_of_its_destination_has_it(asked: Asked) -> None:
    truth = asked.sandbox.truth
    end = next(end for address in _addresses(asked) for end in truth.ends(address) if end.amount_stroops)
    assert "amount" not in await asked.get(f"/operations/{end.operation_id}")
    debit, credit, removal, *_ = await asked.records(f"/operations/{end.operation_id}/effects")
    assert [debit["type"], credit["type"], removal["type"]] == [
        "account_debited",
        "account_credited",
        "account_removed",
    ]
    assert credit["account"] == end.merged_into
    assert credit["amount"].replace(".", "").lstrip("0") == str(end.amount_stroops)


async def test_a_creation_can_be_the_13th_operation_of_the_account_in_its_ledger(asked: Asked) -> None:
    truth = asked.sandbox.truth
    for address in _addresses(asked)[1:]:
        creation = truth.creations(address)[-1]
        if creation.operation_id & 0xFFF == 13:
            ledger_start = str((creation.ledger << 32) - 1)
            operations = await asked.records(f"/accounts/{address}/operations", cursor=ledger_start)
            payments = await asked.records(f"/accounts/{address}/payments", cursor=ledger_start)
            if operations[0]["type"] == "set_options":
                assert str(creation.operation_id) not in {record["id"] for record in operations}
                assert [record["type"] for record in payments[:2]] == ["account_merge", "create_account"]
                return
    pytest.fail("no such creation")


async def test_a_bumped_sequence_points_to_no_ledger_or_to_one_full_of_other_operations(asked: Asked) -> None:
    bumps = [record for record in await asked.all_records("/operations") if record["type"] == "bump_sequence"]
    pointed = set()
    for bump in bumps:
        account = await asked.get(f"/accounts/{bump['source_account']}")
        ledger = int(account["sequence"]) >> 32
        assert ledger > asked.sandbox.truth.creations(bump["source_account"])[0].ledger
        found = await asked.records(f"/accounts/{bump['source_account']}/payments", cursor=(ledger << 32) - 1)
        assert not any(record.get("account") == bump["source_account"] for record in found)
        pointed.add("none" if ledger > BASE_LEDGER else "full" if len(found) >= 10 else "other")
    assert pointed == {"none", "full"}


async def test_the_sequence_of_an_unbumped_account_names_the_ledger_of_its_creation(asked: Asked) -> None:
    truth = asked.sandbox.truth
    bumped = {
        record["source_account"]
        for record in await asked.all_records("/operations")
        if record["type"] == "bump_sequence"
    }
    for address in _addresses(asked)[1:300]:
        if truth.exists(address) and address not in bumped:
            account = await asked.get(f"/accounts/{address}")
            assert int(account["sequence"]) >> 32 == truth.creations(address)[-1].ledger
    assert int((await asked.get(f"/accounts/{truth.genesis}"))["sequence"]) >> 32 == 0


async def test_funder_sponsor_and_transaction_source_are_three_accounts(asked: Asked) -> None:
    records = await asked.all_records("/operations", join="transactions")
    sponsored = [record for record in records if record["type"] == "create_account" and "sponsor" in record]
    three = [
        record
        for record in sponsored
        if len({record["funder"], record["sponsor"], record["transaction"]["source_account"]}) == 3
    ]
    assert three
    assert any(record["starting_balance"] == "0.0000000" for record in three)
    assert str(three[0]["id"]) in {
        record["id"] for record in await asked.all_records(f"/accounts/{three[0]['sponsor']}/payments")
    }
    source = three[0]["transaction"]["source_account"]
    assert three[0]["id"] not in {record["id"] for record in await asked.all_records(f"/accounts/{source}/operations")}
    assert three[0]["transaction_hash"] in {
        record["hash"] for record in await asked.all_records(f"/accounts/{source}/transactions")
    }


async def test_a_muxed_funder_has_its_id_as_text_and_none_for_0(asked: Asked) -> None:
    muxed = [record for record in await asked.all_records("/operations") if "funder_muxed" in record]
    assert all(record["funder_muxed"].startswith("M") and record["funder"].startswith("G") for record in muxed)
    ids = {record.get("funder_muxed_id") for record in muxed}
    assert {None, str(2**64 - 1)} <= ids


async def test_a_contract_creation_names_its_creator_in_the_balance_changes_alone(asked: Asked) -> None:
    rows, keys = asked.network.rows, asked.network.keys
    creations = [row for row in range(len(rows)) if rows.kind[row] == CALL_CREATE]
    for row in creations:
        record = await asked.get(f"/operations/{rows.op[row]}")
        effects = await asked.records(f"/operations/{rows.op[row]}/effects")
        changes = {change["to"]: change for change in record["asset_balance_changes"]}
        child = keys.address(rows.b[row])
        assert changes[child]["from"] == keys.address(rows.a[row])
        created = [effect for effect in effects if effect["type"] == "account_created" and effect["account"] == child]
        credited = [effect for effect in effects if effect["type"] == "account_credited" and effect["account"] == child]
        assert [effect["starting_balance"] for effect in created] == [changes[child]["amount"]]
        assert [effect["amount"] for effect in credited] == [changes[child]["amount"]]
        assert str(rows.op[row]) in {one["id"] for one in await asked.all_records(f"/accounts/{child}/payments")}
    assert any(rows.a[row] < 0 for row in creations)
    assert any(rows.source(row) != rows.a[row] >= 0 for row in creations)


async def test_one_contract_call_creates_three_accounts_and_is_one_operation(asked: Asked) -> None:
    rows = asked.network.rows
    row = next(row for row in range(len(rows)) if rows.kind[row] == CALL_CREATE and len(rows.operation(row)) == 3)
    sender = asked.network.keys.address(rows.a[row])
    found = [one for one in await asked.all_records(f"/accounts/{sender}/payments") if one["id"] == str(rows.op[row])]
    assert len(found) == 1
    assert len({change["to"] for change in found[0]["asset_balance_changes"]}) == 3


async def test_an_equal_looking_transfer_to_an_existing_account_has_no_account_created(asked: Asked) -> None:
    rows = asked.network.rows
    transfers = [row for row in range(len(rows)) if rows.kind[row] == CALL_TRANSFER]
    assert transfers
    for row in transfers:
        effects = await asked.records(f"/operations/{rows.op[row]}/effects")
        assert "account_created" not in {effect["type"] for effect in effects}
        assert (await asked.get(f"/operations/{rows.op[row]}"))["type"] == "invoke_host_function"


async def test_failed_operations_are_left_out_unless_asked_for(asked: Asked) -> None:
    default = await asked.all_records("/operations")
    everything = await asked.all_records("/operations", include_failed="true")
    assert all(record["transaction_successful"] for record in default)
    failed = [record for record in everything if not record["transaction_successful"]]
    assert len(everything) == len(default) + len(failed)
    assert failed
    assert await asked.records(f"/operations/{failed[0]['id']}/effects") == []


MUXED = "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ"


@pytest.mark.parametrize(
    "path",
    [
        "/payments?limit=0",
        "/payments?limit=201",
        "/payments?limit=-1",
        "/payments?limit=many",
        f"/payments?limit={'9' * 5_000}",
        f"/payments?cursor={'9' * 5_000}",
        f"/payments?cursor=1-{'9' * 5_000}",
        f"/ledgers/{'9' * 5_000}",
        "/payments?cursor=-1",
        "/payments?cursor=abc",
        "/effects?cursor=12-x",
        "/payments?order=sideways",
        "/payments?join=accounts",
        f"/accounts/{MUXED}",
        f"/accounts/{MUXED}/payments",
        "/accounts/CCW67TSZV3SSS2HXMBQ5JFGCKJNXKZM7UQUWUZPUTHXSTZLEO7SJMI75",
        "/accounts/GCOMA6CHECKSUM",
        "/accounts/GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVM/payments",
        "/transactions/abc",
        "/operations/abc",
        "/ledgers/abc",
        "/assets?asset_issuer=GNOBODY",
    ],
)
async def test_malformed_requests_are_400_with_the_same_text(asked: Asked, path: str) -> None:
    status, body = await asked.problem(path)
    assert (status, body["type"], body["title"], body["detail"]) == (
        400,
        "https://stellar.org/horizon-errors/bad_request",
        "Bad Request",
        "The request you sent was invalid in some way.",
    )
    assert body["extras"]["invalid_field"]


async def test_head_is_405_without_a_body(asked: Asked) -> None:
    answer = await asked.client.head("/horizon/payments")
    assert (answer.status_code, answer.content) == (405, b"")
    assert (await asked.client.post("/horizon/payments")).status_code == 405


async def test_html_alone_is_406_and_among_others_is_not(asked: Asked) -> None:
    status, body = await asked.problem("/payments", {"accept": "text/html"})
    assert (status, body["type"]) == (406, "https://stellar.org/horizon-errors/not_acceptable")
    assert (await asked.raw("/payments", {"accept": "text/html, */*;q=0.8"})).status_code == 200


async def test_the_limit_answers_429_with_retry_after_and_tells_the_burst_alone(networks_dir: Path) -> None:
    async with running_sandbox(networks_dir, sandbox_settings(max_per_hour=36)) as asked:
        first = await asked.raw("/")
        assert first.headers["x-ratelimit-limit"] == "101"
        assert "retry-after" not in first.headers
        answers = [await asked.raw("/") for _ in range(101)]
        refused = answers[-1]
        assert refused.status_code == 429
        assert refused.json()["type"] == "https://stellar.org/horizon-errors/rate_limit_exceeded"
        assert 90 <= int(refused.headers["retry-after"]) <= 100
        stream = await asked.raw("/payments", {"accept": "text/event-stream"})
        assert stream.status_code == 429
        assert not [name for name in stream.headers if "ratelimit" in name or name == "retry-after"]


async def test_without_a_limit_there_are_no_headers_of_one(asked: Asked) -> None:
    assert not [name for name in (await asked.raw("/")).headers if "ratelimit" in name]


async def test_the_elder_ledger_is_0_for_a_while_after_a_start(networks_dir: Path) -> None:
    async with running_sandbox(
        networks_dir, sandbox_settings(elder_ledger=ELDER), traits=SandboxTraits(elder_unknown_s=3_600)
    ) as asked:
        root = await asked.get("/")
        assert (root["history_elder_ledger"], root["history_latest_ledger"]) == (0, BASE_LEDGER)
        assert (await asked.raw("/payments")).status_code == httpx.codes.OK


async def test_an_unknown_path_is_404_as_a_problem(asked: Asked) -> None:
    assert (await asked.problem("/nowhere/at/all"))[0] == 404
