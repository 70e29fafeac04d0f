"""The configuration at run time, and its changes."""

from http import HTTPStatus

from stellarmap_common.ports.config_store import ConfigChange
from stellarmap_common.runtime.config import InvalidValue, UnknownKey, told
from stellarmap_common.runtime.config_changes import ChangedMeanwhile, KeyState
from stellarmap_common.runtime.settings_base import variable_of
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.problems import ApiProblem, Missing, unprocessable
from stellarmap_gateway.schemas.config import (
    ConfigChangeList,
    ConfigChangeView,
    ConfigKeyView,
    ConfigList,
    ConfigSource,
    ConfigType,
)


async def config_list(gateway: Gateway) -> ConfigList:
    """Every key, as it is stored now."""
    states = await gateway.config.states()
    return ConfigList(as_of=gateway.resources.clock.now(), keys=[_key(state) for state in states])


async def config_changes(gateway: Gateway, limit: int) -> ConfigChangeList:
    """The latest changes, newest first."""
    changes = await gateway.config.changes(limit + 1)
    return ConfigChangeList(
        as_of=gateway.resources.clock.now(),
        changes=[_change(change) for change in changes[:limit]],
        truncated=len(changes) > limit,
    )


async def change_config(
    gateway: Gateway, key: str, value: str | None, *, by: str, expected: int | None
) -> ConfigKeyView:
    """Afterwards the key has this value; None = the environment's. Raises: ApiProblem."""
    try:
        return _key(await gateway.config.change(key, value, by=by, expected=expected))
    except UnknownKey as error:
        raise Missing("unknown-config-key", str(error), advice="GET /api/v1/admin/config lists them.") from None
    except InvalidValue as error:
        raise unprocessable(
            "invalid-config-value", str(error), advice="Send a value within this range.", where="body.value"
        ) from None
    except ChangedMeanwhile as error:
        raise ApiProblem(
            HTTPStatus.CONFLICT, "changed-meanwhile", str(error), advice="GET /api/v1/admin/config says what holds now."
        ) from None


def _key(state: KeyState) -> ConfigKeyView:
    key = state.key
    least, most = key.limits
    return ConfigKeyView(
        key=key.name,
        value=told(state.value),
        default=told(state.default),
        source=ConfigSource.STORED if state.stored else ConfigSource.ENVIRONMENT,
        reason=state.reason,
        type=ConfigType(key.type),
        range=key.range,
        choices=list(key.choices),
        least=least,
        most=most,
        unit=key.unit,
        effect=key.effect,
        setting=variable_of(key.name),
        version=state.version,
        last_change=_change(state.latest) if state.latest else None,
    )


def _change(change: ConfigChange) -> ConfigChangeView:
    return ConfigChangeView(
        key=change.key,
        version=change.version,
        value=change.value,
        before=change.before,
        changed_at=change.changed_at,
        changed_by=change.changed_by,
    )
