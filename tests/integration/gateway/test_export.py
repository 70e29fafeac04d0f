"""An export is every child that was chosen and the chain above them, in forms that independent readers take; a cut shows."""

import csv
import io
import json
import tracemalloc
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import httpx
import networkx as nx
import pytest
from structlog.testing import capture_logs

from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_gateway.schemas.export import AccountExport
from stellarmap_gateway.views.child_filter import EVERY_CHILD
from stellarmap_gateway.views.export.answer import _WRITERS, MEDIA_TYPES, ExportFormat
from stellarmap_gateway.views.export.portions import READ_TOGETHER, Portions, exported
from stellarmap_gateway.views.export.rows import as_csv
from tests.support.gateway import NOW, Site, address, creation, merge, open_site

FORMATS = list(ExportFormat)


async def export(site: Site, account: AccountRef, form: str, **query: str) -> httpx.Response:
    answer = await site.api.get(site.path(account, "/export"), params={"format": form, **query})
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer


async def lines(site: Site, account: AccountRef, **query: str) -> list[dict[str, str]]:
    """The children, as a reader of CSV has them."""
    *children, last = csv.DictReader(io.StringIO((await export(site, account, "csv", **query)).text))
    assert last["row"] == "end"
    assert not last["address"]
    return children


async def document(site: Site, account: AccountRef, **query: str) -> Any:
    return (await export(site, account, "json", **query)).json()


async def graph(site: Site, account: AccountRef, **query: str) -> "nx.DiGraph[str]":
    """The graph, as networkx has it."""
    found = nx.parse_graphml((await export(site, account, "graphml", **query)).text)
    assert isinstance(found, nx.DiGraph)
    assert not found.is_multigraph()
    return found


def roles(found: "nx.DiGraph[str]") -> dict[str, int]:
    told = [facts["role"] for _, facts in found.nodes(data=True)]
    return {role: told.count(role) for role in set(told)}


async def many_children(site: Site, account: AccountRef) -> list[Creation]:
    """More than are read at once."""
    return await site.children(account, 2 * READ_TOGETHER + 7)


async def test_each_form_has_every_child_once_in_order(site: Site) -> None:
    _, hub = await site.chain("first", "hub")
    made = await many_children(site, hub)
    wanted = [(child.account, str(child.created_op)) for child in made]
    found = await document(site, hub)
    assert [(child["address"], child["created_op"]) for child in found["children"]] == wanted
    assert (found["exported"], found["total"], found["complete"]) == (len(made), len(made), True)
    children = await lines(site, hub)
    assert [(line["address"], line["created_op"]) for line in children] == wanted
    assert [int(line["row"]) for line in children] == list(range(1, len(made) + 1))
    of_graph = await graph(site, hub)
    told = [facts for _, facts in of_graph.nodes(data=True) if facts["role"] == "child"]
    assert [(facts["address"], facts["created_op"]) for facts in told] == wanted
    assert of_graph.graph["exported"] == len(made)


async def test_an_export_names_its_network_and_moment(site: Site) -> None:
    (hub,) = await site.chain("hub")
    await site.children(hub, 3)
    answer = await export(site, hub, "csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="children-sandbox-{hub.address}.csv"'
    assert {(line["network"], line["network_key"], line["as_of"]) for line in await lines(site, hub)} == {
        ("sandbox", hub.network, NOW.isoformat())
    }
    found, told = await document(site, hub), (await graph(site, hub)).graph
    assert (
        (found["network"], found["network_key"]) == (told["network"], told["network_key"]) == ("sandbox", hub.network)
    )


async def test_the_json_is_what_the_contract_says_and_tells_what_the_pages_tell(site: Site) -> None:
    _, hub = await site.chain("first", "hub")
    made = await site.children(hub, 5)
    await site.record(ends=[merge(AccountRef(hub.network, made[2].account), hub.address, ledger=2_000_000)])
    answer = await export(site, hub, "json")
    AccountExport.model_validate_json(answer.text)
    lineage = await site.get(site.path(hub, "/lineage"))
    page = await site.get(site.path(hub, "/children"))
    found = answer.json()
    assert found["children"] == page["children"]
    assert [found[name] for name in ("ancestors", "incarnations", "lineage")] == [
        lineage[name] for name in ("ancestors", "incarnations", "lineage")
    ]


async def test_the_graph_leads_from_genesis_to_every_child(site: Site) -> None:
    first, hub = await site.chain("first", "hub")
    made = await many_children(site, hub)
    found = await graph(site, hub)
    assert roles(found) == {"ancestor": 2, "account": 1, "child": len(made)}
    assert found.number_of_edges() == 2 + len(made)
    assert nx.is_arborescence(found)
    (root,) = (node for node, degree in found.in_degree() if degree == 0)
    assert found.nodes[root]["address"] == site.genesis.address
    (child,) = (node for node, facts in found.nodes(data=True) if facts["address"] == made[-1].account)
    path = [found.nodes[node]["address"] for node in nx.shortest_path(found, root, child)]
    assert path == [site.genesis.address, first.address, hub.address, made[-1].account]
    assert found.nodes[child]["starting_balance_stroops"] == made[-1].starting_balance_stroops


async def test_accounts_made_again_are_as_many_nodes_as_lives(site: Site) -> None:
    """The hub made its own maker again: that life is its child, and the life before is its ancestor."""
    maker, hub = await site.chain("maker", "hub")
    again = site.ref("again")
    await site.record(
        creation(maker, hub.address, ledger=5_000),
        creation(again, hub.address, ledger=6_000),
        creation(again, hub.address, ledger=8_000),
        creation(hub, again.address, ledger=9_000),
        ends=[
            merge(maker, hub.address, ledger=4_000),
            merge(again, hub.address, ledger=7_000),
            merge(hub, site.genesis.address, ledger=8_500),
        ],
    )
    await site.map(again)
    found = await graph(site, hub)
    assert nx.is_arborescence(found)
    lives = [facts["address"] for _, facts in found.nodes(data=True)]
    assert {name: lives.count(name) for name in set(lives)} == {
        site.genesis.address: 1,
        maker.address: 2,
        hub.address: 2,
        again.address: 2,
    }
    assert found.graph["exported"] == 3


async def test_children_of_an_account_whose_own_maker_is_unknown_are_exported(site: Site) -> None:
    hub = site.ref("nobody knows")
    made = await site.children(hub, 3)
    found = await graph(site, hub)
    assert roles(found) == {"creator": 1, "child": 3}
    assert set(found.successors(hub.address)) == {f"{child.account}@{child.created_op}" for child in made}
    assert [line["creator_created_op"] for line in await lines(site, hub)] == [""] * 3


async def test_genesis_is_exported_like_any_other(site: Site) -> None:
    await site.chain("first")
    found = await graph(site, site.genesis)
    assert roles(found) == {"account": 1, "child": 1}
    assert nx.is_arborescence(found)


@pytest.mark.parametrize("form", FORMATS)
async def test_an_account_without_children_is_a_whole_file(site: Site, form: ExportFormat) -> None:
    (leaf,) = await site.chain("leaf")
    assert is_whole(form, (await export(site, leaf, form)).text)


@pytest.fixture
async def unlimited() -> AsyncIterator[Site]:
    async with open_site(exports_per_hour=1_000) as opened:
        yield opened


async def test_filters_choose_what_they_choose_of_pages(unlimited: Site) -> None:
    site = unlimited
    (hub,) = await site.chain("hub")
    made = await site.children(hub, 40, every=100_000)
    assert made[10].created_at
    assert made[29].created_at
    span = {"from": made[10].created_at.isoformat(), "to": made[29].created_at.isoformat()}
    for query in (span, {"q": "7B"}, {**span, "q": "a"}, {"q": made[12].account}, {**span, "q": made[3].account}):
        page = await site.get(site.path(hub, "/children"), limit=500, **query)
        wanted = [child["address"] for child in page["children"]]
        assert [line["address"] for line in await lines(site, hub, **query)] == wanted
        assert [child["address"] for child in (await document(site, hub, **query))["children"]] == wanted
        assert (await graph(site, hub, **query)).graph["exported"] == len(wanted)
    told = (await graph(site, hub, **span)).graph
    assert (told["since"], told["until"]) == (span["from"], span["to"])


async def test_no_cell_is_run_by_a_spreadsheet(site: Site) -> None:
    """Answers hold no text of strangers; should one ever, it is text."""
    (hub,) = await site.chain("hub")
    await site.children(hub, 2)
    what = await exported(site.gateway, hub, EVERY_CHILD)
    (children,) = [portion async for portion in what.portions]

    async def odd() -> Portions:
        yield [child.model_copy(update={"sponsor": '=HYPERLINK("http://x")'}) for child in children]

    text = "".join([part async for part in as_csv(replace(what, portions=odd()))])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["sponsor"] for row in rows] == ['\'=HYPERLINK("http://x")'] * 2 + [""]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


async def test_who_exports_too_often_is_told_when_to_come_again() -> None:
    async with open_site(exports_per_hour=2) as site:
        (hub,) = await site.chain("hub")
        path = site.path(hub, "/export")
        assert (await site.api.get(path, params={"format": "xls"})).status_code == 422
        assert (await site.api.get(site.path(address("nobody"), "/export?format=csv"))).status_code == 404
        for form in ("csv", "graphml"):
            await export(site, hub, form)
        refused = await site.api.get(path, params={"format": "json"})
        assert refused.status_code == 429
        assert "2 exports an hour" in refused.json()["detail"]
        assert (await site.api.get(site.path(hub, "/children"))).status_code == 200
        site.clock.pass_time(2 * 3_600)
        await export(site, hub, "json")


@pytest.mark.parametrize("form", FORMATS)
async def test_an_export_cut_short_can_be_told_from_a_whole_one(
    site: Site, form: ExportFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hub,) = await site.chain("hub")
    await many_children(site, hub)
    read = type(site.stores.creations).children_of

    async def fails_later(store: Any, creator: AccountRef, within: ChildRange, limit: int) -> Sequence[Creation]:
        if within.after:
            raise StoreUnavailable("the disk is gone")
        return await read(store, creator, within, limit)

    assert is_whole(form, (await export(site, hub, form)).text)
    monkeypatch.setattr(type(site.stores.creations), "children_of", fails_later)
    with capture_logs() as logs:
        text, ended = await sent(site, site.path(hub, "/export"), form)
    assert [each["event"] for each in logs] == ["request_failed"]
    assert text.count("G") > READ_TOGETHER  # something was sent
    assert not ended  # so no HTTP client takes it for all there is
    assert not is_whole(form, text)


def is_whole(form: ExportFormat, text: str) -> bool:
    """What a reader of the file can tell."""
    if form is ExportFormat.CSV:
        return text.splitlines()[-1].startswith("end,")
    try:
        json.loads(text) if form is ExportFormat.JSON else ET.fromstring(text)  # noqa: S314 - our own
    except (json.JSONDecodeError, ET.ParseError):
        return False
    return True


async def sent(site: Site, path: str, form: str) -> tuple[str, bool]:
    """What went out, and whether the answer was ended."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": f"format={form}".encode(),
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "http_version": "1.1",
        "scheme": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
    }
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    await site.app(scope, receive, send)
    bodies = [message for message in messages if message["type"] == "http.response.body"]
    return b"".join(body["body"] for body in bodies).decode(), not bodies[-1].get("more_body", False)


@pytest.mark.parametrize("form", FORMATS)
async def test_four_times_the_children_need_no_more_memory(form: ExportFormat) -> None:
    few, many = [await peak_of(form, count) for count in (2 * READ_TOGETHER, 8 * READ_TOGETHER)]
    assert many < 1.2 * few, (few, many)


async def peak_of(form: ExportFormat, children: int) -> int:
    async with open_site() as site:
        (hub,) = await site.chain("hub")
        await site.children(hub, children)
        tracemalloc.start()
        length = 0
        async for text in _WRITERS[form](await exported(site.gateway, hub, EVERY_CHILD)):
            length += len(text)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert length > children * 200
    return peak


def test_every_form_has_a_media_type_and_a_writer() -> None:
    assert set(MEDIA_TYPES) == set(_WRITERS) == set(ExportFormat)
