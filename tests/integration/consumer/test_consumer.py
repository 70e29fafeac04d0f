"""An internal service that knows the topics and their schemas alone rebuilds what StellarMap has stored."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from stellarmap_common.domain.network import Address
from stellarmap_common.lineage.digest import Digest
from stellarmap_sandbox.spec import NetworkSpec
from stellarmap_sandbox.truth import Truth
from tests.support.consumer import (
    CHILDREN,
    LINEAGE,
    Consumed,
    Record,
    consumed,
    example,
    golden,
    publish,
    published,
    remove,
    told_in,
)
from tests.support.mapped import mapped
from tests.support.sandbox import SEED, made_network
from tests.support.system import running_system

SPEC = NetworkSpec(SEED, 1_000)
ASKED = 60
ALL_PAGES = 100_000


class Told:
    """What a system has mapped, and told on its topics."""

    def __init__(self, records: Sequence[Record], digest: Digest, truth: Truth, asked: Sequence[Address]) -> None:
        self.records = records
        self.digest = digest
        self.truth = truth
        self.asked = asked


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Some accounts of a small network, those with most children among them, mapped by the embedded system."""
    return asyncio.run(mapped_and_told(tmp_path_factory.mktemp("told") / "data"))


async def mapped_and_told(data: Path) -> Told:
    truth = Truth(made_network(data, SPEC))
    everybody = list(truth.accounts())
    created = Counter(life.creator for address in everybody for life in truth.creations(address))
    hubs = [creator for creator, _ in created.most_common(5) if creator.startswith("G")]
    again = [address for address in everybody if len(truth.creations(address)) > 1][:5]
    asked = list(dict.fromkeys([truth.genesis, *hubs, *again, *random.Random(3).sample(everybody, ASKED)]))
    async with running_system(data, sandbox_ledger_s=0, open_requests=1_000) as system:
        await system.filled()
        requests = [await system.ask(address, budget=20, pages=ALL_PAGES) for address in asked]
        for request in filter(None, requests):
            await system.completed(request)
    async with mapped(data, SPEC) as store:
        digest = await store.digest()
    return Told(told_in(data), digest, truth, asked)


@pytest.fixture(scope="module")
def prefix(told: Told, kafka_bootstrap: tuple[str, ...]) -> Iterator[str]:
    """Both topics of a broker, holding all of it twice, in an order of topics and keys that never was."""
    records = [*told.records, *told.records]
    random.Random(5).shuffle(records)
    name = asyncio.run(publish(kafka_bootstrap, records))
    yield name
    asyncio.run(remove(kafka_bootstrap, name))


@pytest.fixture
def ask(kafka_bootstrap: tuple[str, ...], prefix: str) -> Any:
    async def asked(*arguments: str, **more: Any) -> Consumed:
        return await consumed(kafka_bootstrap, prefix, *arguments, **more)

    return asked


async def test_its_digest_is_that_of_the_store(told: Told, ask: Any) -> None:
    assert told.digest.creations > ASKED
    assert told.digest.ends > 0
    answer = await ask("digest")
    assert (answer.code, answer.said) == (0, "")
    assert answer.lines == [
        {
            "network": SPEC.key,
            "creations": told.digest.creations,
            "ends": told.digest.ends,
            "facts": told.digest.facts,
            "exact": told.digest.exact,
            "gaps": 0,
        }
    ]


async def test_every_fact_is_a_true_one(told: Told, ask: Any) -> None:
    truth = told.truth
    lines = (await ask("facts")).lines
    assert len(lines) == told.digest.creations + told.digest.ends
    for line in lines:
        account, op = line["account"], line["operation_id"]
        assert line["network"] == SPEC.key
        if line["fact"] == "merged":
            ends = {(str(end.operation_id), end.merged_into) for end in truth.ends(account)}
            assert (op, line["merged_into"]) in ends
        elif line["creator"] is None:
            assert (account, line["ledger"]) == (truth.genesis, 1)
        else:
            lives = {(str(life.operation_id), life.creator, life.ledger) for life in truth.creations(account)}
            assert (op, line["creator"], line["ledger"]) in lives


async def test_chains_go_back_to_genesis_as_the_network_knows_them(told: Told, ask: Any) -> None:
    again = [address for address in told.asked if len(told.truth.creations(address)) > 1]
    assert again
    for address in (*again[:2], told.asked[-1], told.asked[-2]):
        lines = (await ask("chain", address, "--genesis", told.truth.genesis)).lines
        hops = [(line["account"], line["creator"], line["operation_id"]) for line in lines[:-1]]
        true = [(hop.account, hop.creator, str(hop.operation_id)) for hop in told.truth.chain(address)]
        assert hops == true
        by_contract = bool(true) and true[-1][1].startswith("C")
        assert lines[-1]["chain"] == ("contract" if by_contract else "genesis")


async def test_the_chain_of_an_account_that_nobody_asked_for_is_open(ask: Any, told: Told) -> None:
    stranger = next(iter(set(told.truth.accounts()) - {line["account"] for line in (await ask("facts")).lines}))
    lines = (await ask("chain", stranger)).lines
    assert [line["chain"] for line in lines] == ["open"]
    assert "--genesis" in lines[0]["reason"]


async def test_without_the_pages_that_retention_took_it_tells_of_gaps(
    told: Told, kafka_bootstrap: tuple[str, ...]
) -> None:
    kept = [each for each in told.records if each.topic == LINEAGE or b'"page":1,' not in each.value]
    pages = [json.loads(each.value) for each in told.records if each.topic == CHILDREN]
    cut = {page["creator"] for page in pages if page["page"] > 1}
    assert cut
    async with published(kafka_bootstrap, kept) as name:
        (line,) = (await consumed(kafka_bootstrap, name, "digest")).lines
    assert line["gaps"] == len(cut)
    assert line["facts"] != told.digest.facts


async def test_it_goes_on_with_what_comes_later(told: Told, kafka_bootstrap: tuple[str, ...]) -> None:
    """Unless told to leave when it has caught up."""
    half = len(told.records) // 2
    async with published(kafka_bootstrap, told.records[:half]) as name, example(kafka_bootstrap, name, "digest") as run:
        first = json.loads(await run.line())
        assert first["facts"] != told.digest.facts
        await publish(kafka_bootstrap, told.records[half:], into=name)
        last = first
        while last["facts"] != told.digest.facts:
            last = json.loads(await run.line())
        assert last["creations"] == told.digest.creations


async def test_what_is_not_as_published_is_told_and_left_out(told: Told, kafka_bootstrap: tuple[str, ...]) -> None:
    good = told.records[0]
    poison = [
        good._replace(value=b"no JSON"),
        good._replace(value=b'{"network":"sandbox-7-1000"}'),
        good._replace(headers=[("ce_type", b"stellarmap.other.v1")]),
        good._replace(headers=[]),
    ]
    async with published(kafka_bootstrap, [*poison, *told.records]) as name:
        answer = await consumed(kafka_bootstrap, name, "digest")
    assert answer.code == 3
    assert answer.said.count("is not as published") == len(poison)
    assert answer.lines[0]["facts"] == told.digest.facts


async def test_epochs_never_mix_and_testnet_means_the_newest(kafka_bootstrap: tuple[str, ...]) -> None:
    record = golden(LINEAGE, "exact")
    records = [of_network(record, key) for key in ("testnet-9", "testnet-10", "public")]
    account = json.loads(record.value)["account"]
    async with published(kafka_bootstrap, records) as name:
        digests = (await consumed(kafka_bootstrap, name, "digest")).lines
        newest = (await consumed(kafka_bootstrap, name, "chain", account, network="testnet")).lines
        unclear = await consumed(kafka_bootstrap, name, "chain", account)
    assert [line["network"] for line in digests] == ["public", "testnet-10", "testnet-9"]
    assert newest[0]["network"] == "testnet-10"
    assert newest[0]["operation_id"] == "244813140167016449"
    assert newest[0]["merged_into"] is not None
    assert unclear.code == 1
    assert "--network" in unclear.said


@pytest.mark.parametrize("newest_first", [True, False])
async def test_the_operation_takes_the_place_of_the_ledger_in_either_order(
    kafka_bootstrap: tuple[str, ...], *, newest_first: bool
) -> None:
    exact = golden(LINEAGE, "exact")
    value = json.loads(exact.value)
    value["lives"][0] |= {"created_op": value["lives"][0]["created_op"] >> 32 << 32, "source": "bigquery"}
    earlier = exact._replace(value=json.dumps({**value, "ends": [], "version": 1}).encode())
    records = [exact, earlier] if newest_first else [earlier, exact]
    async with published(kafka_bootstrap, records) as name:
        facts = (await consumed(kafka_bootstrap, name, "facts")).lines
    assert [line["operation_id"] for line in facts if line["fact"] == "created"] == ["244813140167016449"]


async def test_a_creator_without_a_ledger_is_a_hop_without_one(kafka_bootstrap: tuple[str, ...]) -> None:
    record = golden(LINEAGE, "time-unknown")
    value = json.loads(record.value)
    async with published(kafka_bootstrap, [record]) as name:
        lines = (await consumed(kafka_bootstrap, name, "chain", value["account"])).lines
    assert (lines[0]["creator"], lines[0]["ledger"]) == (value["unplaced"][0]["creator"], None)
    assert lines[1]["chain"] == "open"


async def test_where_the_topics_are_missing_it_says_how_they_are_made(kafka_bootstrap: tuple[str, ...]) -> None:
    answer = await consumed(kafka_bootstrap, "not-there.", "digest")
    assert answer.code == 1
    assert "stellarmap topics apply" in answer.said


async def test_where_nobody_answers_it_says_where_it_looked() -> None:
    answer = await consumed(("127.0.0.1:1",), "", "digest")
    assert answer.code == 1
    assert "127.0.0.1:1" in answer.said
    assert "Traceback" not in answer.said


async def test_a_password_is_no_argument(kafka_bootstrap: tuple[str, ...]) -> None:
    answer = await consumed(
        kafka_bootstrap, "", "digest", options=("--security-protocol", "SASL_SSL", "--username", "me")
    )
    assert answer.code == 1
    assert "KAFKA_PASSWORD" in answer.said


async def test_missing_schemas_are_named(kafka_bootstrap: tuple[str, ...], tmp_path: Path) -> None:
    answer = await consumed(kafka_bootstrap, "", "digest", options=("--schemas", str(tmp_path)))
    assert answer.code == 1
    assert "--schemas" in answer.said


def of_network(record: Record, key: str) -> Record:
    """The same told of another network."""
    return record._replace(value=record.value.replace(b'"public"', f'"{key}"'.encode()))
