"""Health is what was really called; usage is what the processes say."""

from datetime import timedelta
from typing import Any

from stellarmap_common.errors import SourceUnavailable, StoreUnavailable
from stellarmap_common.ports.limits import Trouble
from stellarmap_common.ports.usage_store import SourceStatus
from stellarmap_common.runtime.resources import Filling
from tests.support.gateway import NOW, Site


async def health(site: Site) -> tuple[int, str, dict[str, str]]:
    answer = await site.api.get("/api/v1/health")
    body = answer.json()
    return answer.status_code, body["state"], {each["component"]: each["state"] for each in body["checks"]}


async def test_all_is_well_when_every_part_answers(site: Site) -> None:
    status, state, checks = await health(site)
    assert (status, state) == (200, "HEALTHY")
    assert set(checks) == {"store", "bus", "bigquery", "horizon:sandbox", "expert:sandbox"}
    assert site.horizons[site.network().key].calls == 1


async def test_what_was_found_is_kept_for_a_minute(site: Site) -> None:
    for _ in range(10):
        await health(site)
        site.clock.pass_time(5.5)
    assert site.horizons[site.network().key].calls == 1


async def test_networks_that_nobody_uses_are_not_called(site: Site) -> None:
    await health(site)
    assert site.horizons[site.network("public").key].calls == 0
    await site.get("/api/v1/public/pending")
    _, _, checks = await health(site)
    assert checks["horizon:public"] == "HEALTHY"


async def test_a_network_that_is_mapped_in_vain_is_told_although_nobody_looks_at_it(site: Site) -> None:
    site.limiter.away = Trouble(since=NOW, at=NOW, told="Horizon answers 503")
    site.horizons[site.network("public").key].error = SourceUnavailable("Horizon answers 503")
    _, state, checks = await health(site)
    assert (state, checks["horizon:public"]) == ("DEGRADED", "DEGRADED")


async def test_without_horizon_reading_goes_on_and_health_says_so(site: Site) -> None:
    site.horizons[site.network().key].error = SourceUnavailable("Horizon answers 503")
    answer = await site.api.get("/api/v1/health")
    (check,) = [each for each in answer.json()["checks"] if each["component"] == "horizon:sandbox"]
    assert (answer.status_code, answer.json()["state"]) == (200, "DEGRADED")
    assert check["detail"] == "Horizon answers 503"
    assert "STELLARMAP_HORIZON_URL_SANDBOX" in check["advice"]


async def horizon_check(site: Site) -> dict[str, Any]:
    (found,) = [each for each in (await site.get("/api/v1/health"))["checks"] if each["component"] == "horizon:sandbox"]
    return dict(found)


async def test_the_moment_of_a_check_is_that_of_the_real_look(site: Site) -> None:
    looked = await horizon_check(site)
    site.clock.pass_time(50)
    assert await horizon_check(site) == looked
    assert looked["checked_at"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"


async def test_calls_that_fail_are_told_at_once_and_no_more_once_one_is_answered(site: Site) -> None:
    assert (await horizon_check(site))["state"] == "HEALTHY"
    site.clock.pass_time(3)
    at = NOW + timedelta(seconds=2)
    site.limiter.away = Trouble(since=NOW, at=at, told="Horizon answers 503")
    found = await horizon_check(site)
    assert (found["state"], found["detail"], found["latency_ms"]) == ("DEGRADED", "Horizon answers 503", None)
    assert found["checked_at"] == f"{at:%Y-%m-%dT%H:%M:%SZ}"
    site.limiter.answered(site.network().horizon_source)
    assert (await horizon_check(site))["state"] == "HEALTHY"


async def test_a_sandbox_that_is_being_made_is_degraded(site: Site) -> None:
    site.filling[site.network().key] = Filling(5, 1_000)
    assert (await health(site))[1] == "DEGRADED"
    assert site.horizons[site.network().key].calls == 0


async def test_a_bus_that_does_not_answer_is_degraded_and_one_with_a_queue_is_not(site: Site) -> None:
    site.bus.oldest = NOW - timedelta(minutes=5)
    answer = await site.get("/api/v1/health")
    (check,) = [each for each in answer["checks"] if each["component"] == "bus"]
    assert check["state"] == "HEALTHY"
    assert "300 s ago" in check["detail"]
    site.clock.pass_time(10)
    site.bus.error = StoreUnavailable("the log is closed")
    assert (await health(site))[1] == "DEGRADED"


async def test_usage_sums_what_all_processes_say_and_names_sources_nobody_called(site: Site) -> None:
    public = site.network("public")
    for process in ("a", "b"):
        await site.stores.usage.put_status(
            SourceStatus(
                source=f"horizon:{public.horizon_url}",
                process=process,
                at=NOW,
                calls_minute=3,
                calls_hour=100,
                calls_day=1_000,
                limit_per_hour=2_556,
                burst=8,
                rate_per_s=0.7,
                delay_s=1.5,
                last_call_at=NOW,
            )
        )
    sources = (await site.get("/api/v1/usage"))["sources"]
    (called,) = [each for each in sources if each["base_url"] == public.horizon_url]
    assert (called["source"], called["network"]) == ("horizon", "public")
    assert (called["calls_minute"], called["calls_hour"], called["calls_day"]) == (6, 200, 2_000)
    assert (called["limit_per_hour"], called["burst"]) == (2_556, 8)
    (idle,) = [each for each in sources if each["source"] == "horizon" and each["network"] == "sandbox"]
    assert (idle["calls_day"], idle["limit_per_hour"], idle["last_call_at"]) == (0, None, None)


async def test_networks_that_share_the_limit_of_one_host_are_one_row_before_and_after_it_was_called(site: Site) -> None:
    async def experts() -> list[tuple[str, str | None, int]]:
        sources = (await site.get("/api/v1/usage"))["sources"]
        return [
            (each["base_url"], each["network"], each["calls_hour"]) for each in sources if each["source"] == "expert"
        ]

    def rows(calls: int) -> list[tuple[str, str | None, int]]:
        sandbox = site.network("sandbox")
        return [(sandbox.expert_url, "sandbox", 0), ("https://api.stellar.expert", None, calls)]

    assert sorted(await experts()) == sorted(rows(0))
    public, testnet = site.network("public"), site.network("testnet")
    assert public.expert_source == testnet.expert_source == "expert:https://api.stellar.expert"
    await site.stores.usage.put_status(
        SourceStatus(
            source=public.expert_source,
            process="a",
            at=NOW,
            calls_minute=1,
            calls_hour=4,
            calls_day=9,
            limit_per_hour=18,
            burst=1,
            rate_per_s=0.005,
            delay_s=0.0,
            last_call_at=NOW,
        )
    )
    assert sorted(await experts()) == sorted(rows(4))


async def test_contracts_are_served_from_here_and_may_be_kept(site: Site) -> None:
    for path, kind in (
        ("openapi.json", "application/json"),
        ("asyncapi.json", "application/json"),
        ("docs", "text/html; charset=utf-8"),
        ("docs.css", "text/css; charset=utf-8"),
    ):
        answer = await site.api.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert "max-age" in answer.headers["cache-control"]
        again = await site.api.get(f"/api/v1/{path}", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
