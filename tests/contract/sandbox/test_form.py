"""Every record the sandbox sends has the form of the recorded ones: keys, types, links."""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.support.horizon_form import form, recorded, recorded_records, recorded_where
from tests.support.sandbox import BASE, Asked

HORIZON = f"{BASE}/horizon"

# Each kind, and what every sample of it has because its operation did more than those of the sandbox do.
OPERATIONS: dict[str, set[str]] = {
    "create_account": set(),
    "account_merge": set(),
    "payment": set(),
    "invoke_host_function": {
        f".asset_balance_changes[].{key}" for key in ("asset_code", "asset_issuer", "destination_muxed_id")
    },
    "set_options": {".master_key_weight"},
    "bump_sequence": set(),
    "begin_sponsoring_future_reserves": set(),
    "end_sponsoring_future_reserves": set(),
}
EFFECTS = (
    "account_created",
    "account_removed",
    "account_credited",
    "account_debited",
    "account_home_domain_updated",
    "signer_created",
    "sequence_bumped",
    "account_sponsorship_created",
    "account_sponsorship_removed",
    "contract_debited",
)
# Horizon sends these (protocols/horizon/operations in stellar/go); no recorded creation happens to have them.
UNRECORDED = {".sponsor", ".source_account_muxed", ".source_account_muxed_id", ".funder_muxed", ".funder_muxed_id"}


def assert_fits(ours: Iterable[Any], samples: Iterable[Any], *, more_in_samples: Iterable[str] = ()) -> None:
    """Each of ours has nothing that no sample has, and everything that all samples have."""
    forms = [form(sample) for sample in samples]
    assert forms
    seen = {path: {sample[path] for sample in forms if path in sample} for path in set().union(*forms)}
    always = set.intersection(*(set(sample) for sample in forms)).difference(more_in_samples)
    compared = 0
    for record in ours:
        compared += 1
        paths = form(record, HORIZON)
        unlike = {
            path: kind for path, kind in paths.items() if kind not in seen.get(path, ()) and path not in UNRECORDED
        }
        assert not unlike, f"{unlike}, recorded: {[seen.get(path) for path in unlike]}"
        assert always <= set(paths), always - set(paths)
    assert compared


@pytest.mark.parametrize("kind", OPERATIONS)
async def test_operations_have_the_recorded_form(asked: Asked, kind: str) -> None:
    ours = [
        record for record in await asked.all_records("/operations", include_failed="true") if record["type"] == kind
    ]
    samples = [sample for sample in recorded_records(kind) if "transaction_hash" in sample]
    assert_fits(ours, samples, more_in_samples=OPERATIONS[kind])


@pytest.mark.parametrize("kind", EFFECTS)
async def test_effects_have_the_recorded_form(asked: Asked, kind: str) -> None:
    ours = [record for record in await asked.all_records("/effects") if record["type"] == kind]
    assert_fits(ours, [sample for sample in recorded_records(kind) if "transaction_hash" not in sample])


async def test_every_kind_of_operation_and_effect_is_there(asked: Asked) -> None:
    assert {record["type"] for record in await asked.all_records("/operations")} == set(OPERATIONS)
    assert {record["type"] for record in await asked.all_records("/effects")} == set(EFFECTS)


async def test_transactions_have_the_recorded_form_alone_and_joined(asked: Asked) -> None:
    samples = recorded_where(lambda found: {"envelope_xdr", "memo_type", "paging_token"} <= set(found))
    alone = await asked.records("/transactions", limit=200, include_failed="true")
    assert_fits(alone, samples)
    joined = await asked.records("/payments", limit=200, join="transactions")
    assert {record["transaction_hash"] for record in joined} <= {record["hash"] for record in alone}
    assert all(record["transaction"] in alone for record in joined)


async def test_accounts_have_the_recorded_form(asked: Asked) -> None:
    addresses = [asked.sandbox.truth.address(number) for number in range(asked.sandbox.truth.count())]
    ours = [await asked.get(f"/accounts/{address}") for address in addresses if asked.sandbox.truth.exists(address)]
    assert_fits(ours, recorded_where(lambda found: {"thresholds", "sequence"} <= set(found)))
    assert any(len(record["balances"]) > 1 for record in ours)
    assert all(record["balances"][-1]["asset_type"] == "native" for record in ours)
    assert any("sponsor" in record for record in ours)
    assert any("home_domain" in record for record in ours)


async def test_ledgers_have_the_recorded_form(asked: Asked) -> None:
    busy = asked.network.rows.op[100] >> 32
    ours = [await asked.get(f"/ledgers/{busy}"), *await asked.records("/ledgers", cursor=1 << 32)]
    assert ours[0]["operation_count"] > 0
    assert_fits(ours, recorded_where(lambda found: {"total_coins", "fee_pool"} <= set(found)))


async def test_assets_have_the_recorded_form(asked: Asked) -> None:
    assert_fits(await asked.records("/assets"), recorded_where(lambda found: "num_liquidity_pools" in found))


async def test_the_root_has_the_recorded_form(asked: Asked) -> None:
    assert_fits([await asked.get("/")], [recorded("java-sdk/root.json")])


@pytest.mark.parametrize(
    ("path", "sample"),
    [
        ("/operations", "stellar-docs/Operations_ListAllOperations.json"),
        ("/payments", "java-sdk/pages_payments.json"),
        ("/effects", "java-sdk/pages_effects.json"),
        ("/transactions", "java-sdk/pages_transactions.json"),
        ("/ledgers", "java-sdk/pages_ledgers.json"),
        ("/accounts/{hub}/payments", "stellar-docs/Accounts_RetrieveAnAccountsPayments.json"),
        ("/accounts/{hub}/operations", "stellar-docs/Accounts_RetrieveAnAccountsOperations.json"),
        ("/accounts/{hub}/effects", "stellar-docs/Accounts_RetrieveAnAccountsEffects.json"),
        ("/accounts/{hub}/transactions", "stellar-docs/Accounts_RetrieveAnAccountsTransactions.json"),
    ],
)
async def test_pages_have_the_recorded_links(asked: Asked, path: str, sample: str) -> None:
    links = recorded(sample)["_links"]
    order = "desc" if "order=desc" in links["self"]["href"] else "asc"
    page = await asked.get(path.format(hub=asked.example("hub")), limit=3, order=order)
    assert form(page["_links"], HORIZON) == form(links)


@pytest.mark.parametrize(
    ("path", "sample"),
    [
        ("/transactions/" + "0" * 64, "go-horizonclient/notFoundResponse.json"),
        ("/payments?limit=0", "go-horizonclient/badRequestResponse.json"),
    ],
)
async def test_problems_have_the_recorded_form(asked: Asked, path: str, sample: str) -> None:
    status, body = await asked.problem(path)
    expected = recorded(sample)
    expected.pop("instance", None)  # old Horizons named the server
    assert form(body) == form(expected)
    assert (status, body["status"], body["type"], body["title"]) == (
        expected["status"],
        expected["status"],
        expected["type"],
        expected["title"],
    )
