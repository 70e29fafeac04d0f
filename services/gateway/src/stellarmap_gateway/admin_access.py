"""Who may do what changes the installation: whoever presents the admin token."""

from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from stellarmap_gateway.dependencies import GatewayDep
from stellarmap_gateway.problems import unauthorized

BEARER = HTTPBearer(auto_error=False, scheme_name="admin", description="The admin token of this installation.")


async def admin(
    gateway: GatewayDep, presented: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
) -> None:
    """Raises: ApiProblem (401) unless the admin token is presented."""
    if presented is None or not gateway.resources.admin.matches(presented.credentials):
        raise unauthorized()


ADMIN = [Depends(admin)]
