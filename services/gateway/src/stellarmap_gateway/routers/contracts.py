"""The contracts of this installation, for machines and for people, from this host alone."""

from fastapi import APIRouter, Request, Response

from stellarmap_gateway.answers import fixed
from stellarmap_gateway.contracts import asyncapi_text, openapi_text
from stellarmap_gateway.dependencies import READS
from stellarmap_gateway.reference import reference_page, reference_style

router = APIRouter(dependencies=READS, include_in_schema=False)


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """The contract of this API."""
    return fixed(request, openapi_text(), "application/json")


@router.get("/asyncapi.json")
async def asyncapi(request: Request) -> Response:
    """The contract of the topics behind it."""
    return fixed(request, asyncapi_text(), "application/json")


@router.get("/docs")
async def docs(request: Request) -> Response:
    """The contract as a page for people."""
    return fixed(request, reference_page(), "text/html; charset=utf-8")


@router.get("/docs.css")
async def docs_style(request: Request) -> Response:
    """The look of that page."""
    return fixed(request, reference_style(), "text/css; charset=utf-8")
