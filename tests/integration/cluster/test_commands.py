"""What an operator does with a cluster: prepare it, ask it, look at it, mend it; and what is said when something is missing."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from stellarmap_common.events.topics import ACCOUNT_REQUESTED
from tests.support.cluster import Cluster, real_servers, running_cluster
from tests.support.harness_network import NetworkProcess, network_process
from tests.support.system import STELLARMAP, environment, until

COMMAND_S = 60
STOP_S = 10
NAMES = ("ingest-horizon-0", "gateway-0", "gateway-1")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def network(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NetworkProcess]:
    async with network_process(tmp_path_factory.mktemp("network"), accounts=1_000) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(network: NetworkProcess, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    with real_servers(folder) as servers:
        async with running_cluster(servers, folder, NAMES, **network.settings()) as running:
            yield running


async def told(folder: Path, settings: Mapping[str, object], *arguments: str) -> tuple[int, str, str]:
    """Exit code and both outputs of a command."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - before anything waits for this loop
    process = await asyncio.create_subprocess_exec(
        *(STELLARMAP, *arguments),
        env={**environment(folder, settings), "COLUMNS": "400"},
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, wrong = await asyncio.wait_for(process.communicate(), COMMAND_S)
    return process.returncode or 0, said.decode(), wrong.decode()


async def test_an_account_is_asked_for_and_looked_at_from_the_terminal(
    network: NetworkProcess, cluster: Cluster
) -> None:
    small = network.network.keys.address(network.network.cast.examples["small"])
    asked = json.loads(await cluster.command("request", small, "--json"))
    assert asked["completed"]
    shown = json.loads(await cluster.command("lineage", small, "--json"))
    assert [hop["account"] for hop in shown["hops"]][:-1] == [hop.account for hop in network.truth.chain(small)]
    (digest,) = json.loads(await cluster.command("digest", "--json"))
    assert digest["facts"] == (await cluster.digest(network.spec)).facts


async def test_a_command_takes_nothing_from_a_gateway_not_even_with_its_name(
    network: NetworkProcess, cluster: Cluster, tmp_path: Path
) -> None:
    gateway = cluster.running["gateway-0"]
    before = gateway.log.read_text().count("partitions_assigned")
    assert before > 0
    settings = cluster.settings(kafka_instance_id="gateway-0")
    genesis = network.truth.genesis
    code, said, wrong = await told(tmp_path, settings, "request", genesis, "--network", "sandbox")
    assert (code, genesis in said) == (0, True), wrong
    assert gateway.log.read_text().count("partitions_assigned") == before


async def test_a_service_told_to_stop_while_it_waits_for_a_server_stops_at_once(
    cluster: Cluster, tmp_path: Path
) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        settings = cluster.settings(kafka_bootstrap_servers=f"127.0.0.1:{deaf.getsockname()[1]}")
        process = await asyncio.create_subprocess_exec(
            *(STELLARMAP, "run", "gateway"), env=environment(tmp_path, settings), cwd=tmp_path
        )
        connected, _ = await asyncio.to_thread(deaf.accept)  # it is at it
        with connected:
            process.terminate()
            assert await asyncio.wait_for(process.wait(), STOP_S) == 0


async def test_both_gateways_tell_the_same(network: NetworkProcess, cluster: Cluster) -> None:
    genesis = network.truth.genesis
    answers = [
        await cluster.running[name].get(f"/sandbox/accounts/{genesis}/lineage") for name in ("gateway-0", "gateway-1")
    ]
    assert without_moments(answers[0]) == without_moments(answers[1])


def without_moments(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if not name.endswith(("as_of", "_at"))}


async def test_figures_are_counted_within_seconds_and_say_when(cluster: Cluster) -> None:
    async def counted() -> Any:
        figures = (await cluster.gateway.get("/sandbox/overview"))["figures"]
        return figures if figures["accounts_mapped"] else None

    figures = await until(counted, within_s=60, what="figures", log=cluster.gateway.log)
    assert figures["creations"] >= figures["accounts_mapped"]
    assert figures["counted_at"]


async def test_a_poisonous_record_is_listed_shown_and_given_back(cluster: Cluster) -> None:
    producer: Any = AIOKafkaProducer(  # type: ignore[no-untyped-call]  # aiokafka gives it no types
        bootstrap_servers=list(cluster.servers.kafka.bootstrap)
    )
    await producer.start()
    try:
        await producer.send_and_wait(ACCOUNT_REQUESTED.name, b"no JSON", key=b"poison")
    finally:
        await producer.stop()

    async def listed() -> str:
        said = await cluster.command("dlq", "list")
        return said if "ingest-horizon" in said else ""

    said = await until(listed, within_s=60, what="the dead letter", log=cluster.gateway.log, every_s=0.5)
    identity = next(word for word in said.split() if ".dlq:" in word)
    assert "no JSON" in await cluster.command("dlq", "show", identity)
    assert "1 given back" in await cluster.command("dlq", "replay", identity)

    async def failed_again() -> bool:
        return (await cluster.command("dlq", "list")).count(".dlq:") == 2

    assert await until(failed_again, within_s=60, what="the second dead letter", every_s=0.5)


async def test_a_healthy_cluster_is_told_so(cluster: Cluster) -> None:
    assert "every topic as the table says" in await cluster.command("doctor")
    assert "the broker has every topic" in await cluster.command("topics", "diff")
    assert "nothing is stuck" in await cluster.command("recover-stuck", "--dry-run")
    assert (await cluster.gateway.get("/health"))["state"] == "HEALTHY"


async def test_probes_and_metrics_are_those_of_the_service(cluster: Cluster) -> None:
    ingest = cluster.running["ingest-horizon-0"]
    for path in ("/livez", "/readyz"):
        answer = await ingest.api.get(path)
        assert (answer.status_code, answer.json()["ok"]) == (200, True)
    metrics = (await ingest.api.get("/metrics")).text
    lag = 'stellarmap_consumer_lag{group="ingest-horizon",partition="0",topic="stellarmap.account.requested.v1"}'
    assert lag in metrics
    assert "stellarmap_store_seconds_count" in metrics
    assert "stellarmap_oldest_unprocessed_seconds" in metrics
    assert (await ingest.api.get("/")).status_code == 404


async def test_a_service_without_its_schema_says_how_it_is_made(cluster: Cluster, tmp_path: Path) -> None:
    settings = cluster.settings(cassandra_keyspace="not_made_yet")
    code, _, wrong = await told(tmp_path, settings, "run", "gateway")
    assert (code, "stellarmap migrate" in wrong) == (1, True), wrong


async def test_what_is_asked_in_the_wrong_mode_is_refused_with_the_right_command(
    cluster: Cluster, tmp_path: Path
) -> None:
    code, _, wrong = await told(tmp_path, cluster.settings(), "up")
    assert (code, "stellarmap run" in wrong) == (1, True), wrong
    code, _, wrong = await told(tmp_path, {}, "run", "gateway")
    assert (code, "STELLARMAP_MODE=cluster" in wrong) == (1, True), wrong
    code, _, wrong = await told(tmp_path, cluster.settings(), "backup")
    assert (code, "their own tools" in wrong) == (1, True), wrong
    code, _, wrong = await told(tmp_path, cluster.settings(horizon_url_sandbox=""), "run", "gateway")
    assert (code, "STELLARMAP_HORIZON_URL_SANDBOX" in wrong) == (1, True), wrong
