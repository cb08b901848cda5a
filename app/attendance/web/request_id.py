"""An id for each request: in its response, and in every line that is logged on its way."""

import re
import uuid
from contextvars import ContextVar

HEADER = "X-Request-ID"
current = ContextVar("request_id", default=None)
# What common proxies and clients send; anything else could be there to fill or to confuse the logs.
_SANE = re.compile(r"[A-Za-z0-9._:+/=@-]{1,128}")


class RequestIdMiddleware:
    """Takes the id that the client or a proxy has given, if it looks like one, and makes one up otherwise."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.headers.get(HEADER, "")
        request.id = given if _SANE.fullmatch(given) else uuid.uuid4().hex
        before = current.set(request.id)
        try:
            response = self.get_response(request)
        finally:
            current.reset(before)
        response.headers[HEADER] = request.id
        return response
