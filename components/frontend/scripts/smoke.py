"""Ask a new release, through the gateway and from inside the cluster, whether it does what it is for.

A constant text, run inside the new image as ``python manage.py shell -c "<this file>"`` after each rollout; nothing
imports it. It takes SMOKE_URL (the gateway), SMOKE_HOST (the application's host), SMOKE_LIVE_PATH and SMOKE_READY_PATH
from the environment: both paths have to answer 200, the front page anything but an error of the server. A path that is
empty is left out. Redirects within the application are followed; one to another address, or to HTTPS where the check
has none, is an answer of the application and counts. A project that has a management command ``smoke_check`` says with
it what else has to work.
"""

import http.client
import os
import sys
import time
from urllib.parse import urljoin, urlsplit

from django.core.management import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
    call_command,
    get_commands,
)

PATIENCE = 30.0  # seconds; the gateway learns of a new route a moment after the cluster does
TIMEOUT = 10.0  # seconds
REDIRECTS = 5
GOOD = "status 200"


def answer_of(path: str) -> tuple[int, str]:
    """Return the status of a page of the application, as the gateway answers it, and where it redirects to."""
    gateway = urlsplit(os.environ["SMOKE_URL"])
    connection = http.client.HTTPConnection(gateway.hostname or "", gateway.port or 80, timeout=TIMEOUT)
    try:
        connection.request("GET", path, headers={"Host": os.environ["SMOKE_HOST"], "User-Agent": "smoke-check"})
        response = connection.getresponse()
        return response.status, response.headers.get("Location", "")
    finally:
        connection.close()


def follow(path: str) -> str:
    """Return how a page answers at the end of its redirects: ``status 200`` if it is good."""
    for _ in range(REDIRECTS):
        status, location = answer_of(path)
        if status not in {301, 302, 303, 307, 308} or not location:
            return f"status {status}"
        target = urlsplit(urljoin(f"http://{os.environ['SMOKE_HOST']}{path}", location))
        if target.scheme != "http" or target.hostname != os.environ["SMOKE_HOST"]:
            sys.stdout.write(f"{path}: redirects to {target.scheme}://{target.netloc}{target.path}, not followed\n")
            return GOOD
        path = f"{target.path or '/'}?{target.query}" if target.query else target.path or "/"
    return f"more than {REDIRECTS} redirects, the last one to {path}"


def wait_for(variable: str) -> None:
    """Wait until the page in a variable answers 200; ends the program if it does not."""
    path = os.environ[variable]
    if not path:
        sys.stdout.write(f"{variable} is empty, as the setting is null: not asked\n")
        return
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            said = follow(path)
        except OSError as error:
            said = repr(error)
        if said == GOOD:
            return
        if time.monotonic() > deadline:
            sys.exit(f"smoke check failed: {path} does not answer 200 through the gateway: {said}")
        time.sleep(1)


def main() -> None:
    """Run the checks; ends the program with a sentence about the first that fails."""
    wait_for("SMOKE_READY_PATH")
    wait_for("SMOKE_LIVE_PATH")
    front, _ = answer_of("/")
    if front >= 500:
        sys.exit(f"smoke check failed: the front page answers {front}")
    if "smoke_check" in get_commands():
        call_command("smoke_check")
    sys.stdout.write("smoke check passed\n")


main()
