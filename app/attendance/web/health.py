"""``/healthz``: the process answers. ``/readyz``: the database answers too."""

import logging

from django.db import Error, connection
from django.http import HttpResponse

logger = logging.getLogger(__name__)


class HealthMiddleware:
    """Answers the probes before anything else: they may come without a valid host name, cookies or TLS."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path == "/healthz":
            return _answer("alive", 200)
        if request.path == "/readyz":
            return _answer("ready", 200) if _database_answers() else _answer("the database does not answer", 503)
        return self.get_response(request)


def _answer(text, status):
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(f"{text}\n", status=status, headers=headers, content_type="text/plain")


def _database_answers():
    """How long this takes at most is set by the timeouts in DATABASES."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        logger.warning("not ready: %s", " ".join(str(error).split()))
        return False
    return True
