"""Test equipment: download chart archives in their pinned versions, once for all clones of a user."""

from __future__ import annotations

import functools
import hashlib
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import yaml

from pocdeploy import http
from pocdeploy.config.settings import Charts

TIMEOUT = 4.0
"""Seconds to connect, and seconds without a single byte."""
SIZE_LIMIT = 128 << 20  # bytes; the largest index has about 20 MiB
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnreachableError(Exception):
    """A repository or an archive cannot be downloaded; the text names the host and the reason."""


def fetch(name: str, version: str, folder: Path) -> Path:
    """Return the archive of a chart from ``folder``, downloaded from its public repository if it is not there.

    Raises UnreachableError if a host does not answer, AssertionError if the repository does not have the version or
    the archive differs from its checksum in the index.
    """
    target = folder / f"{name}-{version}.tgz"
    if target.is_file():
        return target
    repository = _repository(name)
    index = _download(f"{repository}index.yaml")
    entry = next((each for each in _entries(index, name) if each["version"].removeprefix("v") == version), None)
    assert entry, f"{repository} has no chart {name} {version}"
    content = _download(urljoin(repository, entry["urls"][0]))
    actual = hashlib.sha256(content).hexdigest()
    assert actual == entry["digest"], f"{target.name} has SHA-256 {actual}, but {entry['digest']} is published"
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(content)
    return Path(file.name).replace(target)


def _repository(name: str) -> str:
    source: str = Charts().model_dump(by_alias=True)[name]["source"]
    return f"{source.rstrip('/')}/"


def _entries(index: bytes, name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.load(index, _LOADER)["entries"].get(name, [])  # noqa: S506 -- safe loaders
    return entries


def _download(url: str) -> bytes:
    content, reason = _attempt(url)
    if reason:
        raise UnreachableError(f"{urlsplit(url).hostname} is unreachable: {reason}")
    return content


@functools.cache
def _attempt(url: str) -> tuple[bytes, str]:
    """Return the file at ``url``, or the reason why not; each URL is requested once per session."""
    try:
        with http.request("GET", url, timeout=TIMEOUT, follow_redirects=True) as response:
            status = response.status_code
            assert status not in {404, 410}, f"{url}: HTTP status {status}"  # others may be those of a proxy
            return (http.read(response, limit=SIZE_LIMIT), "") if status == 200 else (b"", f"HTTP status {status}")
    except OSError as error:
        return b"", str(error)
