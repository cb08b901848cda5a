"""Download of chart archives, from a repository on 127.0.0.1."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from tests.apiserver import chart_archives, charts
from tests.freeports import free_port
from tests.processes import answering

RELEASE = {"chart": "traefik", "version": "41.3.0"}
CONTENT = b"an archive"


class Repository(ThreadingHTTPServer):
    """Serves ``files``, path -> content; ``requests`` are the requested paths."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[str] = []
        self.files: dict[str, bytes] = {}

    def publish(self, version: str, *, digest: str) -> None:
        entry = {"version": version, "urls": [f"archives/traefik-{version}.tgz"], "digest": digest}
        self.files = {
            "/charts/index.yaml": yaml.safe_dump({"entries": {"traefik": [{"version": "1.0.0"}, entry]}}).encode(),
            f"/charts/archives/traefik-{version}.tgz": CONTENT,
        }


class Handler(BaseHTTPRequestHandler):
    server: Repository

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        content = self.server.files.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        """Write no log."""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    chart_archives._attempt.cache_clear()
    monkeypatch.delenv(charts.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with answering(Repository()) as server:
        use(monkeypatch, server.server_port)
        yield server
    chart_archives._attempt.cache_clear()


def use(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.setattr(chart_archives, "_repository", lambda _: f"http://127.0.0.1:{port}/charts/")


@pytest.mark.parametrize("version", ["41.3.0", "v41.3.0"])
def test_an_archive_is_downloaded_once(repository: Repository, tmp_path: Path, version: str) -> None:
    repository.publish(version, digest=hashlib.sha256(CONTENT).hexdigest())
    found = [charts.archive(RELEASE) for _ in range(2)]

    assert found == [tmp_path / "pocdeploy" / "charts" / "traefik-41.3.0.tgz"] * 2
    assert found[0].read_bytes() == CONTENT
    assert list(found[0].parent.iterdir()) == [found[0]]
    assert repository.requests == ["/charts/index.yaml", f"/charts/archives/traefik-{version}.tgz"]


@pytest.mark.parametrize(
    ("version", "digest", "problem"),
    [
        ("41.3.0", "0" * 64, "traefik-41.3.0.tgz has SHA-256 [0-9a-f]{64}, but 0{64} is published"),
        ("41.2.0", "0" * 64, "has no chart traefik 41.3.0"),
    ],
)
def test_a_wrong_archive_is_an_error(
    repository: Repository, tmp_path: Path, version: str, digest: str, problem: str
) -> None:
    repository.publish(version, digest=digest)

    with pytest.raises(AssertionError, match=problem):
        charts.archive(RELEASE)
    assert list((tmp_path / "pocdeploy" / "charts").iterdir()) == []


def test_a_repository_without_an_index_is_an_error(repository: Repository) -> None:
    with pytest.raises(AssertionError, match=r"index\.yaml: HTTP status 404"):
        charts.archive(RELEASE)


def test_an_unreachable_repository_is_a_skip(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, free_port())

    with pytest.raises(pytest.skip.Exception, match=r"127\.0\.0\.1 is unreachable: Connection refused"):
        charts.archive(RELEASE)
