"""Logs: one line an event, constant names, facts as keys; on a terminal for people, else JSON. Seeds are cut out."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from stellarmap_common.domain.address_text import redact_seeds

_BEARER = re.compile(r"(bearer\s+)[\w.~+/=-]+", re.IGNORECASE)
_LEAST = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "uvicorn.access": logging.WARNING,
    "aiokafka": logging.CRITICAL,  # it tells of each attempt of an outage, many a second; the bus tells of the outage
}


def configure_logs(level: str, *, console: bool) -> None:
    """Afterwards structlog and the standard library write to stderr in one form."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if console else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=_without_secrets(renderer), foreign_pre_chain=shared)
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, least in _LEAST.items():
        logging.getLogger(name).setLevel(max(least, root.level))


def _without_secrets(render: structlog.types.Processor) -> structlog.types.Processor:
    """Cuts secrets out of the finished line: there they are found however deep in a value they stood."""

    def rendered(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:  # noqa: ANN401 - structlog's signature
        return _BEARER.sub(r"\1[redacted]", redact_seeds(str(render(logger, name, event))))

    return rendered
