"""Test equipment: an exporter on 127.0.0.1 with the series of the files in ``series/``.

The files are in Prometheus' text format, with three additions: ``now-3600`` as a value is a time, ``grows`` after that
of a gauge lets it grow, and counters grow by their value with every scrape.
"""

from __future__ import annotations

import http.server
import itertools
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.processes import answering

SERIES = Path(__file__).parent / "series"
_SAMPLE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?P<labels>\{.*\}) (?P<value>\S+)(?P<grows> grows)?")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One line of a file."""

    name: str
    labels: str
    value: str
    grows: bool

    def text(self, scrape: int) -> str:
        """Return the line of the n-th scrape, counted from 1."""
        value = time.time() + float(self.value[3:]) if self.value.startswith("now") else float(self.value)
        return f"{self.name}{self.labels} {value * scrape if self.grows else value}"


def samples() -> list[Sample]:
    """Return all samples of all files."""
    return [sample for file in sorted(SERIES.glob("*.prom")) for sample in read(file.read_text(encoding="utf-8"))]


def read(text: str) -> Iterator[Sample]:
    """Yield the samples of one file. Raises ValueError for a line that is neither a sample nor a comment."""
    kinds = dict(re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE))
    for line in filter(None, text.splitlines()):
        if line.startswith("#"):
            continue
        found = _SAMPLE.fullmatch(line)
        kind = (
            kinds.get(re.sub(r"_(bucket|sum|count)$", "", found["name"])) or kinds.get(found["name"]) if found else ""
        )
        if not found or not kind:
            raise ValueError(f"not a sample with a type: {line}")
        grows = kind in {"counter", "histogram"} or bool(found["grows"])
        yield Sample(name=found["name"], labels=found["labels"], value=found["value"], grows=grows)


@contextmanager
def serving(found: list[Sample]) -> Iterator[str]:
    """Serve samples; yield host and port."""
    scrapes = itertools.count(1)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            scrape = next(scrapes)
            body = "".join(f"{sample.text(scrape)}\n" for sample in found).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Be quiet."""

    with answering(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield f"127.0.0.1:{server.server_port}"
