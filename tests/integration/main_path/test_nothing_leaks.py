"""A secret seed and a token, put wherever something can be sent, are found nowhere that anything is kept."""

from pathlib import Path

import httpx

from tests.support.gateway import address, seed
from tests.support.system import System, running_system

SEED = seed("planted")
TOKEN = "a-planted-token-that-nobody-gave-out"
JSON = {"content-type": "application/json"}


async def test_a_planted_seed_and_a_planted_token_are_in_no_log_table_or_topic(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with running_system(data, log_level="DEBUG") as system:
        await system.filled()
        own = (data / "admin-token").read_text().strip()
        answers = [await told(system, *each) for each in (*everywhere(), *as_admin(own), *as_admin(TOKEN))]
        assert await system.stop() == 0
    assert not any(SEED in answer.upper() or own in answer for answer in answers)
    secrets = (SEED, SEED.lower(), TOKEN, own)
    kept = [path for path in (*data.rglob("*"), system.log) if path.is_file() and path != data / "admin-token"]
    assert {"store.sqlite", "log.sqlite", "data.log"} <= {path.name for path in kept}
    assert [(path.name, secret) for path in kept for secret in secrets if secret.encode() in path.read_bytes()] == []


Sent = tuple[str, str, dict[str, str], bytes | None]


def everywhere() -> list[Sent]:
    """Method, path, headers and body of requests that hold the seed in each place there is."""
    asked = f"/api/v1/sandbox/accounts/{address('a')}"
    bodies = (f'{{"text": "{SEED}"}}', f'{{"text": "x {SEED.lower()} y"}}', f'{{"{SEED}": 1}}', SEED, f'"{SEED}"')
    return [
        ("GET", f"/api/v1/sandbox/accounts/{SEED}", {}, None),
        ("GET", f"/api/v1/sandbox/accounts/{SEED}/lineage", {}, None),
        ("GET", f"/api/v1/{SEED}/overview", {}, None),
        ("GET", f"/sandbox/account/{SEED}", {}, None),
        ("GET", f"/sandbox/horizon/accounts/{SEED}", {}, None),
        ("GET", f"/{SEED}", {}, None),
        ("GET", f"{asked}/children?cursor={SEED}", {}, None),
        ("GET", f"{asked}/children?{SEED}=1", {}, None),
        ("GET", asked, {"if-none-match": SEED, "user-agent": SEED, "x-request-id": SEED, "traceparent": SEED}, None),
        ("POST", f"{asked}/requests", {**JSON, "idempotency-key": SEED}, b"{}"),
        *(("POST", "/api/v1/sandbox/resolve", JSON, body.encode()) for body in bodies),
        *(("POST", f"{asked}/requests", JSON, body.encode()) for body in bodies),
        ("POST", "/api/v1/sandbox/requests:bulk", JSON, f'{{"addresses": ["{SEED}", "{SEED} {SEED}"]}}'.encode()),
        ("PUT", "/sandbox/faults", JSON, f'{{"seed": "{SEED}", "faults": []}}'.encode()),
    ]


def as_admin(token: str) -> list[Sent]:
    """The same for a token: as what it is, and where it does not belong."""
    bearer = {"authorization": f"Bearer {token}"}
    return [
        ("GET", "/api/v1/admin/dead-letters", bearer, None),
        ("GET", "/api/v1/admin/dead-letters", {"authorization": token}, None),
        ("GET", f"/api/v1/admin/dead-letters/{SEED}", bearer, None),
        ("POST", "/api/v1/admin/dead-letters/replay", {**bearer, **JSON}, f'{{"ids": ["{SEED}"]}}'.encode()),
        ("POST", "/api/v1/admin/sandbox/reset-stale", {**bearer, **JSON}, b"{}"),
        ("GET", "/sandbox/faults", bearer, None),
        ("GET", "/sandbox/horizon/", bearer, None),
    ]


async def told(system: System, method: str, path: str, headers: dict[str, str], body: bytes | None) -> str:
    """All that comes back, the answer's headers too. It is an answer, not a fault."""
    answer = await system.api.request(method, path, headers=headers, content=body)
    assert answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR, (method, path, answer.text)
    return f"{answer.text} {answer.headers}"
