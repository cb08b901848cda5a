"""Test equipment: a real Prometheus on 127.0.0.1 that scrapes, and evaluates its rules, every second."""

from __future__ import annotations

import json
import math
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.freeports import free_port

READY_SECONDS = 60
SCRAPE_SECONDS = 1
STOP_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Prometheus:
    """A running Prometheus."""

    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the current series of a query, without those whose value is not a number.

        Raises AssertionError with Prometheus' own error if it refuses the query.
        """
        data = urllib.parse.urlencode({"query": expression}).encode()
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/query", data, timeout=30) as answer:
                result = json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{expression}: {error.read().decode()}") from None
        return [series for series in result if math.isfinite(float(series["value"][1]))]


def empty(prometheus: Prometheus, queries: Mapping[str, str], *, seconds: float = 60) -> dict[str, str]:
    """Return the queries that still have no result after ``seconds``, which are enough for all."""
    end, missing = time.monotonic() + seconds, dict(queries)
    while missing := {name: query for name, query in missing.items() if not prometheus.query(query)}:
        if time.monotonic() > end:
            break
        time.sleep(SCRAPE_SECONDS)  # nothing changes before the next scrape
    return missing


@contextmanager
def running(
    program: Path, folder: Path, *, scrape: Sequence[Mapping[str, Any]], groups: Sequence[Mapping[str, Any]]
) -> Iterator[Prometheus]:
    """Run Prometheus with its files in ``folder``.

    Args:
        program: the binary.
        folder: an empty folder.
        scrape: ``scrape_configs``, in the form of Prometheus.
        groups: groups of rules.

    Raises AssertionError with the end of its log if it is not ready in time.
    """
    rules, config = folder / "rules.yaml", folder / "prometheus.yaml"
    rules.write_text(yaml.safe_dump({"groups": list(groups)}), encoding="utf-8")
    often = dict.fromkeys(("scrape_interval", "evaluation_interval"), f"{SCRAPE_SECONDS}s")
    config.write_text(
        yaml.safe_dump({"global": often, "rule_files": [str(rules)], "scrape_configs": list(scrape)}),
        encoding="utf-8",
    )
    port = free_port()
    command = [str(program), f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"]
    log = folder / "prometheus.log"
    with log.open("wb") as out, subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, process, log)
            yield Prometheus(url=url)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/-/ready", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"Prometheus is not ready; end of its log:\n{log.read_text(errors='replace')[-1500:]}")
