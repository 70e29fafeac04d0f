"""The JavaScript SDK reads the simulated network like any Horizon."""

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.support.served import served_sandbox
from tests.support.tree import ROOT

CHILDREN = 600
READ_S = 60
SCRIPT = """
import { Horizon } from "@stellar/stellar-sdk";
const [url, hub, child] = process.argv.slice(1);
const server = new Horizon.Server(url, { allowHttp: true });
const account = await server.loadAccount(child);
const created = [];
let page = await server.payments().forAccount(hub).order("asc").limit(200).call();
while (page.records.length) {
  created.push(...page.records.filter((each) => each.type === "create_account" && each.funder === hub));
  page = await page.next();
}
const operation = await server.operations().operation(created[0].id).call();
const transaction = await created[0].transaction();
console.log(JSON.stringify({
  account: account.accountId(),
  created: created.map((each) => [each.account, each.id]),
  operation: operation.account,
  transaction: transaction.hash,
}));
"""


async def read_by_javascript(*words: str) -> Any:
    node = await asyncio.create_subprocess_exec(
        "node",
        "--input-type=module",
        "--eval",
        SCRIPT,
        *words,
        cwd=ROOT / "services/web",  # where its packages are
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(node.communicate(), READ_S)
    assert node.returncode == 0, err.decode()
    return json.loads(out)


async def test_it_finds_an_account_and_every_child_of_a_hub(tmp_path: Path) -> None:
    async with served_sandbox(tmp_path, accounts=1_000, hub_children=CHILDREN) as served:
        made = [child for child in served.truth.children(served.hub) if child.kind == "create_account"]
        alive = next(child.account for child in made if served.truth.exists(child.account))
        told = await read_by_javascript(f"{served.url}/horizon", served.hub, alive)
    assert told["account"] == alive
    assert told["created"] == [[child.account, str(child.operation_id)] for child in made]
    assert (told["operation"], told["transaction"]) == (made[0].account, made[0].transaction_hash)
