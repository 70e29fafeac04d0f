"""How often sources are asked follows the configuration, also while they are asked."""

import httpx
import pytest

from stellarmap_common.domain.network import NetworkName
from tests.support.config import config_of
from tests.support.sources import network_at, opened_sources


@pytest.mark.parametrize(
    ("name", "horizon", "expert"),
    [(NetworkName.PUBLIC, (1.0, 0.5, 0.25), (1.0, 0.5, 0.25)), (NetworkName.SANDBOX, (None,) * 3, (None,) * 3)],
)
async def test_a_change_of_the_limits_is_the_pace_at_once(
    name: NetworkName, horizon: tuple[float | None, ...], expert: tuple[float | None, ...]
) -> None:
    network = network_at(name=name)
    async with opened_sources(httpx.MockTransport(lambda _: httpx.Response(500)), network=network) as opened:
        paces = []
        for per_hour, per_minute, percentage in ((3_600, 60, 100), (3_600, 60, 50), (1_800, 30, 50)):
            opened.sources.limit(
                config_of(
                    horizon_max_per_hour=per_hour,
                    horizon_percentage=percentage,
                    expert_max_per_minute=per_minute,
                    expert_percentage=percentage,
                )
            )
            limiter = opened.sources.limiter
            paces.append([limiter.pace(source).per_s for source in (network.horizon_source, network.expert_source)])
    assert list(zip(*paces, strict=True)) == [horizon, expert]
