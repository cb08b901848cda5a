"""What is logged goes to stdout, one JSON object a line: time, level, logger, message, request_id, and further fields.

gunicorn and Django share the form, so that all lines of a request are found by its id, whoever wrote them.
"""

import logging
from datetime import UTC, datetime

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from web import request_id


class JsonLines(JsonFormatter):
    """A traceback is in the field exc_info, so that an event is one line in any case."""

    def __init__(self):
        # Django hands over the request itself: of it the line gets the id.
        super().__init__(reserved_attrs=[*RESERVED_ATTRS, "request"])

    def add_fields(self, log_data, record, message_dict):
        time = datetime.fromtimestamp(record.created, tz=UTC)
        log_data["time"] = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["message"] = record.getMessage()
        # Django logs a 404 when the middleware has already ended.
        found = getattr(getattr(record, "request", None), "id", None) or request_id.current.get()
        if found:
            log_data["request_id"] = found
        super().add_fields(log_data, record, message_dict)


class Access(logging.Filter):
    """Makes fields of what gunicorn knows of a request, and leaves out probes that went well."""

    def filter(self, record):
        atoms = record.args
        if atoms["U"] in {"/healthz", "/readyz"} and atoms["s"] == "200":
            return False
        fields = {
            "request_id": atoms[f"{{{request_id.HEADER}}}o"],
            "method": atoms["m"],
            "path": atoms["U"],
            "query": atoms["q"],
            "status": int(atoms["s"]),
            "bytes": atoms["B"],
            "duration_ms": round(atoms["D"] / 1000, 1),
            "remote": atoms["h"],
            "forwarded_for": atoms["{x-forwarded-for}i"],
            "referrer": atoms["f"],
            "user_agent": atoms["a"],
        }
        # A dash is gunicorn's word for nothing.
        record.__dict__ |= {name: value for name, value in fields.items() if value not in {"-", "", None}}
        record.msg, record.args = "%s %s %s", (atoms["m"], atoms["U"], atoms["s"])
        return True


def config(loggers, level="INFO"):
    """Give the configuration, in the form of logging.config.dictConfig, with these further loggers."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"access": {"()": Access}},
        "formatters": {"json": {"()": JsonLines}},
        "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": loggers,
    }
