"""Structured logs: one line an event, JSON for machines, plain for a terminal.

Events are named by what happened (`edition settled`), facts are keys. Addresses of readers are
never logged: a log is kept longer, and read by more people, than a database.
"""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import Processor


def configure(*, json: bool | None = None) -> None:
    """Sets up the logs of this process, on standard error.

    Args:
        json: None decides by whether a terminal is attached.
    """
    as_json = not sys.stderr.isatty() if json is None else json
    shown: Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    _listen_to_others()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            shown,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def one_line(error: BaseException) -> str:
    """An error in a line; the driver's own words where a database spoke."""
    said = getattr(error, "orig", None) or error
    return " ".join(str(said).split()) or type(said).__name__


class _Others(logging.Handler):
    """Tells the warnings of libraries as events of ours: a line each, without a traceback."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        cause = error and (error.__cause__ or error)
        facts = {"reason": one_line(cause)} if cause else {}
        said = " ".join(record.getMessage().split())
        get(record.name).log(record.levelno, said, **facts)


def _listen_to_others() -> None:
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, _Others)]:
        root.removeHandler(handler)
    root.addHandler(_Others(logging.WARNING))


def get(part: str) -> structlog.stdlib.BoundLogger:
    """The log of a part of the program."""
    log: structlog.stdlib.BoundLogger = structlog.get_logger(part=part)
    return log
