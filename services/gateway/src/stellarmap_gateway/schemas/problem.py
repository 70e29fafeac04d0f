"""RFC 9457: what every refusal and failure looks like."""

from pydantic import Field

from stellarmap_gateway.schemas.common import Schema


class FieldProblem(Schema):
    """One part of the request that is wrong. The value itself is never repeated."""

    where: str = Field(description="Place in the request, e.g. query.limit or body.depth.")
    message: str


class WayOut(Schema):
    """A request that leads on."""

    method: str
    href: str


class Problem(Schema):
    """application/problem+json. `type` is stable; clients decide by it."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str = Field(description="Also in the X-Request-Id header; name it when you report a fault.")
    advice: str | None = Field(description="What to do.")
    retry_after_s: float | None = None
    errors: list[FieldProblem] = Field(default_factory=list)
    way_out: WayOut | None = None
