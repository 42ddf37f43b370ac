"""Log lines of our own processes, readable or as JSON. Never a description, a key or a password in them."""

from __future__ import annotations

import logging
import os
import sys
from typing import NoReturn

import structlog

from models.settings import Settings


def configure_logs(settings: Settings) -> None:
    """Send the standard library's and structlog's records to standard error in one format."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_json
        # Without the variables of every frame, which the pretty form shows: a key or a description may be among them.
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def end_at_once() -> NoReturn:
    """End this process when all is done: the SDK's native threads can abort an interpreter that takes itself apart."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)
