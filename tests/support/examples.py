"""The accounts that the sandbox network shows first, by what is worth seeing about them."""

from tests.support.system import System, until


async def example(system: System, part: str) -> str:
    """The address of the example whose label says so."""
    examples = (await system.get("/sandbox/overview"))["examples"]
    found = [str(each["address"]) for each in examples if part in each["label"].lower()]
    assert found, f"no example about {part!r} among {[each['label'] for each in examples]}"
    return found[0]


async def mapped(system: System, part: str) -> str:
    """The same, once it is mapped."""
    address = await example(system, part)
    request = await system.ask(address)
    if request:
        await system.completed(request)
    return address


async def found_by_prefix(system: System, part: str) -> str:
    """The same, once who it is is known, so that a search finds it."""
    address = await mapped(system, part)

    async def found() -> bool:
        return bool((await system.get("/sandbox/search", q=address))["accounts"])

    await until(found, within_s=60, what=f"{address} to be enriched")
    return address
