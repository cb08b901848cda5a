"""Ask a new release, through the gateway and from inside the cluster, whether it does what it is for.

A constant text, run inside the new image as ``python manage.py shell -c "<this file>"`` after each rollout; nothing
imports it. It takes SMOKE_URL (the gateway), SMOKE_HOST (the application's host), SMOKE_LIVE_PATH and SMOKE_READY_PATH
from the environment: both paths have to answer 200, the front page anything but an error of the server. A project that
has a management command ``smoke_check`` says with it what else has to work.
"""

import http.client
import os
import sys
import time
from urllib.parse import urlsplit

from django.core.management import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
    call_command,
    get_commands,
)

PATIENCE = 30.0  # seconds; the gateway learns of a new route a moment after the cluster does
TIMEOUT = 10.0  # seconds


def status_of(path: str) -> int:
    """Return the status of a page of the application, as the gateway answers it."""
    gateway = urlsplit(os.environ["SMOKE_URL"])
    connection = http.client.HTTPConnection(gateway.hostname or "", gateway.port or 80, timeout=TIMEOUT)
    try:
        connection.request("GET", path, headers={"Host": os.environ["SMOKE_HOST"], "User-Agent": "smoke-check"})
        return connection.getresponse().status
    finally:
        connection.close()


def wait_for(path: str) -> None:
    """Wait until a page answers 200; ends the program if it does not."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            said = f"status {status_of(path)}"
        except OSError as error:
            said = repr(error)
        if said == "status 200":
            return
        if time.monotonic() > deadline:
            sys.exit(f"smoke check failed: {path} does not answer 200 through the gateway: {said}")
        time.sleep(1)


def main() -> None:
    """Run the checks; ends the program with a sentence about the first that fails."""
    wait_for(os.environ["SMOKE_READY_PATH"])
    wait_for(os.environ["SMOKE_LIVE_PATH"])
    front = status_of("/")
    if front >= 500:
        sys.exit(f"smoke check failed: the front page answers {front}")
    if "smoke_check" in get_commands():
        call_command("smoke_check")
    sys.stdout.write("smoke check passed\n")


main()
