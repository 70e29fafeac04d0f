"""Looking at the configuration and changing it, while all runs."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request, Response

from stellarmap_gateway.admin_access import ADMIN
from stellarmap_gateway.answers import answer
from stellarmap_gateway.dependencies import READS, GatewayDep, problems
from stellarmap_gateway.schemas.config import (
    MAX_TEXT,
    MAX_VERSION,
    ConfigAsk,
    ConfigChangeList,
    ConfigKeyView,
    ConfigList,
)
from stellarmap_gateway.views.config import change_config, config_changes, config_list

MAX_CHANGES = 500
router = APIRouter(prefix="/admin/config", tags=["admin"], dependencies=[*READS, *ADMIN])

Key = Annotated[str, Path(max_length=MAX_TEXT, description="As GET /api/v1/admin/config lists it.")]


@router.get("", response_model=ConfigList, responses=problems(401))
async def config(request: Request, gateway: GatewayDep) -> Response:
    """Every key: what is in force and why, what it does, what it may be, and who changed it last."""
    return answer(request, await config_list(gateway))


@router.get("/changes", response_model=ConfigChangeList, responses=problems(401))
async def changes(
    request: Request, gateway: GatewayDep, limit: Annotated[int, Query(ge=1, le=MAX_CHANGES)] = 100
) -> Response:
    """Every change that was ever made, the newest first."""
    return answer(request, await config_changes(gateway, limit))


@router.put("/{key}", response_model=ConfigKeyView, responses=problems(400, 401, 404, 409, 413, 415))
async def set_config(request: Request, gateway: GatewayDep, key: Key, wanted: Annotated[ConfigAsk, Body()]) -> Response:
    """Gives the key a value, which holds in every process within 2 s, and after a restart. Safe to repeat."""
    by, expected = wanted.changed_by, wanted.expected_version
    return answer(request, await change_config(gateway, key, wanted.value, by=by, expected=expected))


@router.delete("/{key}", response_model=ConfigKeyView, responses=problems(401, 404, 409))
async def unset_config(
    request: Request,
    gateway: GatewayDep,
    key: Key,
    expected_version: Annotated[int | None, Query(ge=0, le=MAX_VERSION)] = None,
    changed_by: Annotated[str, Query(min_length=1, max_length=MAX_TEXT)] = "admin",
) -> Response:
    """Leaves the key to the environment again. Safe to repeat."""
    return answer(request, await change_config(gateway, key, None, by=changed_by, expected=expected_version))
