"""Stellar Expert's routes: one creator for each address, the directory, its errors."""

import json
from datetime import datetime

from tests.support.horizon_form import RECORDED, form
from tests.support.sandbox import Asked

EXAMPLES = json.loads((RECORDED / "stellar-expert/openapi_examples.json").read_text())


def _example(route: str) -> dict[str, str]:
    found = EXAMPLES[f"GET /explorer/{route}"]
    return form(found[0] if isinstance(found, list) else found)


async def test_an_account_has_its_latest_creator_and_the_form_of_the_documented_one(asked: Asked) -> None:
    truth, account = asked.sandbox.truth, asked.example("reborn")
    answer = (await asked.expert(f"/account/{account}")).json()
    latest = truth.creations(account)[-1]
    assert answer["creator"] == latest.creator
    record = await asked.get(f"/operations/{latest.operation_id}")
    assert answer["created"] == _unix(record["created_at"])
    documented = _example("{network}/account/{account} 200")
    assert {path: kind for path, kind in documented.items() if path not in form(answer)} == {}
    assert "deleted" not in answer


async def test_a_merged_account_is_deleted_and_keeps_its_creator(asked: Asked) -> None:
    truth = asked.sandbox.truth
    addresses = (truth.address(number) for number in range(1, truth.count()))
    merged = next(address for address in addresses if not truth.exists(address))
    answer = (await asked.expert(f"/account/{merged}")).json()
    assert (answer["deleted"], answer["creator"]) == (True, truth.creations(merged)[-1].creator)


async def test_it_knows_creators_that_horizon_has_forgotten_and_contracts(asked: Asked) -> None:
    answer = (await asked.expert(f"/account/{asked.example('contract')}")).json()
    assert answer["creator"].startswith("C")


async def test_genesis_has_no_creator(asked: Asked) -> None:
    answer = (await asked.expert(f"/account/{asked.sandbox.truth.genesis}")).json()
    assert "creator" not in answer


async def test_errors_have_the_documented_bodies(asked: Asked) -> None:
    stranger = await asked.expert(f"/account/{asked.network.keys.address(10**6)}")
    assert (stranger.status_code, stranger.json()) == (
        404,
        EXAMPLES["GET /explorer/{network}/account/{account} 404"][0],
    )
    invalid = await asked.expert("/account/GNOBODY")
    assert (invalid.status_code, invalid.json()) == (400, EXAMPLES["GET /explorer/{network}/account/{account} 400"][1])


async def test_the_directory_knows_hubs_one_by_one_and_many_at_once(asked: Asked) -> None:
    hub, small = asked.example("hub"), asked.example("small")
    entry = (await asked.expert(f"/directory/{hub}")).json()
    assert form(entry) == _example("directory/{address} 200")
    listed = (await asked.client.get("/expert/directory", params=[("address[]", hub), ("address[]", small)])).json()
    assert [{**record, "paging_token": hub} for record in [entry]] == listed["_embedded"]["records"]
    assert (await asked.expert(f"/directory/{small}")).status_code == 404


def _unix(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
