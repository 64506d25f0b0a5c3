"""Log lines: an event's name and plain fields, as JSON. Never a body, a number, a name or a token."""

from __future__ import annotations

import logging
import sys

import structlog


def configure() -> None:
    """Send every log line to standard error as one line of JSON."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # These write addresses with their queries, and requests to Twilio, at INFO.
    for name in ("httpx", "httpcore", "twilio", "twilio.http_client", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
