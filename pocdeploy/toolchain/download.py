"""Fetch a file over HTTP and check it against a published SHA-256 sum."""

from __future__ import annotations

import hashlib
import http.client
import re
import tarfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

# Seconds without a single byte after which a download is given up.
TIMEOUT = 30.0
_CHUNK = 1 << 20


class DownloadError(Exception):
    """A file could not be fetched, or is not what was published; the text says which and why."""


def fetch_verified(url: str, checksums_url: str, target: Path) -> None:
    """Write the file at ``url`` to ``target`` after its sum was found equal to the one in ``checksums_url``.

    The sums are lines of ``<sha256>  <file name>``. Raises DownloadError, and leaves no ``target``, when a file cannot
    be fetched, is truncated, is not listed or differs.
    """
    name = url.rpartition("/")[2]
    expected = _listed_sum(_read(checksums_url), name)
    if expected is None:
        raise DownloadError(f"{checksums_url} has no SHA-256 sum of {name}")
    try:
        actual = _save(url, target)
        if actual != expected:
            raise DownloadError(f"{url} has SHA-256 {actual}, but {expected} is published")
    except DownloadError:
        target.unlink(missing_ok=True)
        raise


def _listed_sum(text: str, name: str) -> str | None:
    for line in text.splitlines():
        match = re.fullmatch(r"([0-9a-fA-F]{64})\s+\*?(?:\./)?(\S+)\s*", line)
        if match and match[2] == name:
            return match[1].lower()
    return None


def _open(url: str) -> http.client.HTTPResponse:
    # The addresses are constants of this project, or come from its tests.
    response: http.client.HTTPResponse = urllib.request.urlopen(url, timeout=TIMEOUT)  # noqa: S310
    return response


def _read(url: str) -> str:
    try:
        with _open(url) as response:
            return response.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:  # URLError and timeouts are OSErrors
        raise DownloadError(f"{url}: {error}") from error


def _save(url: str, target: Path) -> str:
    digest = hashlib.sha256()
    size = 0
    try:
        with _open(url) as response, target.open("wb") as file:
            while chunk := response.read(_CHUNK):
                digest.update(chunk)
                size += file.write(chunk)
            announced = response.headers.get("Content-Length")
    except (OSError, http.client.HTTPException) as error:
        raise DownloadError(f"{url}: {error}") from error
    if announced is not None and size != int(announced):
        raise DownloadError(f"{url} was cut off: {size} of {announced} bytes")
    return digest.hexdigest()


def unpack(archive: Path, folder: Path, *, wanted: Callable[[str], bool]) -> None:
    """Write the regular files of a ``.tar.gz`` whose base name is ``wanted`` into ``folder``, executable, flat.

    Nothing else of the archive is used, so that no path in it can lead out of ``folder``. Raises DownloadError when
    it is not a readable archive.
    """
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                name = member.name.rpartition("/")[2]
                content = tar.extractfile(member) if member.isfile() and wanted(name) else None
                if content is not None:
                    with (folder / name).open("wb") as file:
                        while chunk := content.read(_CHUNK):
                            file.write(chunk)
                    (folder / name).chmod(0o755)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DownloadError(f"{archive.name} cannot be unpacked: {error}") from error
