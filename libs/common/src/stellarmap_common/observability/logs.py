"""Logs: one line an event, constant names, facts as keys; on a terminal for people, else JSON. Seeds are cut out."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from stellarmap_common.domain.address_text import redact_seeds

_QUIET = ("httpx", "httpcore", "aiokafka", "faststream", "uvicorn.access")


def configure_logs(level: str, *, console: bool) -> None:
    """Afterwards structlog and the standard library write to stderr in one form."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_seeds,
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
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _without_seeds(
    logger: Any,  # noqa: ANN401, ARG001 - structlog's signature
    name: str,  # noqa: ARG001
    event: MutableMapping[str, Any],
) -> Mapping[str, Any]:
    return {key: redact_seeds(value) if isinstance(value, str) else value for key, value in event.items()}
