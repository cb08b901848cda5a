"""Logs as JSON on stdout, one object a line, with the id of the request that a line belongs to."""

import contextvars
import datetime as dt
import json
import logging
import re
import uuid

REQUEST_ID = contextvars.ContextVar("request_id", default="")
HEADER = "X-Request-Id"
# What a client sends ends up in logs: no longer than an id, and no character that needs escaping.
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestIdMiddleware:
    """Takes the id of a request from its header, or makes one, and gives it back with the answer."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.headers.get(HEADER, "")
        request_id = given if _ACCEPTED.fullmatch(given) else uuid.uuid4().hex
        token = REQUEST_ID.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            REQUEST_ID.reset(token)
        response.headers[HEADER] = request_id
        return response


class JsonFormatter(logging.Formatter):
    """One JSON object for each event; a traceback is a field of it."""

    def format(self, record):
        line = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **self.more(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps({key: value for key, value in line.items() if value != ""}, ensure_ascii=False, default=str)

    def more(self, record):
        return {"request_id": REQUEST_ID.get()}


class AccessFormatter(JsonFormatter):
    """gunicorn's line for a request, taken apart; the id is that of the answer."""

    def more(self, record):
        atoms = record.args
        return {
            "request_id": atoms["{x-request-id}o"],
            "method": atoms["m"],
            "path": atoms["U"],
            "query": atoms["q"],
            "status": int(atoms["s"]),
            "bytes": int(atoms["B"] or 0),
            "milliseconds": int(atoms["M"]),
            "client": atoms["{x-forwarded-for}i"],
            "agent": atoms["a"],
        }


class WithoutProbes(logging.Filter):
    """Leaves out probes that went well: several a minute, and nothing to learn from them."""

    def filter(self, record):
        return not (record.args["U"] in {"/healthz", "/readyz"} and str(record.args["s"]) == "200")
