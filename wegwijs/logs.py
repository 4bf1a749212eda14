"""Structured logs, one JSON object a line, that can never hold what a person wrote."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# A log line says what happened to which conversation, never what was said or by whom.
_NEVER_LOGGED = frozenset({"text", "message", "body", "label", "handle", "token", "town", "html", "content", "address"})


def set_up_logs(level: str) -> None:
    """Send every log of the process, the libraries' included, to standard error as JSON."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_private_fields,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _name_the_exception,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # Access logs hold addresses; SQL logs hold values.
    for name in ("uvicorn.access", "httpx", "httpcore", "sqlalchemy.engine"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").disabled = True
    # Telegram's client logs an update that it cannot read, with everything in it.
    logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)


def drop_private_fields(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take out fields that could hold a person's words or name."""
    return {key: value for key, value in event.items() if key not in _NEVER_LOGGED}


def _name_the_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # A traceback's last line quotes values (a database error quotes its parameters): its class and place are enough.
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        event["error"] = type(error).__name__
        if trace is not None:
            event["where"] = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
    return event


def logger(name: str) -> Any:
    """The logger of a module."""
    return structlog.get_logger(name)
