"""Serves the built web UI. Its security headers are those of the whole process."""

from pathlib import Path, PurePath

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

_INSTALLED = Path(__file__).with_name("dist")  # an image has the pages beside this file, a clone where they are built
DIST = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).resolve().parents[2] / "dist"
KEPT = (200, 206, 304)


class _Pages(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        if not (DIST / "index.html").is_file():
            return PlainTextResponse("The web UI is not built yet: run `make web`, then load this page again.\n", 503)
        is_file = PurePath(path).suffix != ""  # every other path is a page of the app, which routes in the browser
        try:
            response = await super().get_response(path if is_file else "index.html", scope)
        except HTTPException as refusal:
            response = PlainTextResponse(f"{refusal.detail}\n", refusal.status_code)
        kept = response.status_code in KEPT and path.startswith("assets/")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "no-cache"
        return response


def web_app() -> ASGIApp:
    """The ASGI app of the built pages: hashed files are kept for a year, `index.html` is asked for again each time."""
    return _Pages(directory=DIST, check_dir=False)
