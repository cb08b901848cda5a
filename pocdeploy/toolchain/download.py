"""Download a file and check it against its published SHA-256 checksum."""

from __future__ import annotations

import hashlib
import re
import tarfile
from collections.abc import Callable
from pathlib import Path

from pocdeploy import http
from pocdeploy.toolchain.progress_line import Amount

TIMEOUT = 30.0
"""Seconds to connect, and seconds without a single byte."""
_CHECKSUMS_LIMIT = 1 << 20
"""Bytes; a list of checksums has a few thousand."""
_CHUNK_SIZE = 1 << 20


class DownloadError(Exception):
    """A download failed, or the file differs from the published one; the text names the file and the reason."""


def fetch_verified(url: str, checksums_url: str, target: Path, *, amount: Amount | None = None) -> None:
    """Write the file at ``url`` to ``target`` and compare its checksum with the one listed at ``checksums_url``.

    ``amount`` gets the number of bytes while they come. The list has lines of ``<sha256>  <file name>``. Raises
    DownloadError, and removes ``target``, when a file cannot be downloaded, is truncated, is not listed or differs.
    """
    name = url.rpartition("/")[2]
    expected = _listed_checksum(_read(checksums_url), name)
    if expected is None:
        raise DownloadError(f"{checksums_url} has no SHA-256 checksum of {name}")
    try:
        actual = _save(url, target, amount or Amount())
        if actual != expected:
            raise DownloadError(f"{url} has SHA-256 {actual}, but {expected} is published")
    except DownloadError:
        target.unlink(missing_ok=True)
        raise


def _listed_checksum(text: str, name: str) -> str | None:
    for line in text.splitlines():
        match = re.fullmatch(r"([0-9a-fA-F]{64})\s+\*?(?:\./)?(\S+)\s*", line)
        if match and match[2] == name:
            return match[1].lower()
    return None


def _read(url: str) -> str:
    try:
        with http.request("GET", url, timeout=TIMEOUT, follow_redirects=True, check_status=True) as response:
            return http.read(response, limit=_CHECKSUMS_LIMIT).decode("utf-8", "replace")
    except OSError as error:
        raise DownloadError(f"{url}: {error}") from error


def _save(url: str, target: Path, amount: Amount) -> str:
    """Write the file to ``target`` and return its SHA-256 checksum."""
    digest = hashlib.sha256()
    try:
        with (
            http.request("GET", url, timeout=TIMEOUT, follow_redirects=True, check_status=True) as response,
            target.open("wb") as file,
        ):
            size = response.headers.get("Content-Length", "")
            total, done = int(size) if size.isdigit() else None, 0
            for chunk in http.chunks(response):
                digest.update(chunk)
                file.write(chunk)
                done += len(chunk)
                amount.bytes(done, total)
    except OSError as error:
        raise DownloadError(f"{url}: {error}") from error
    return digest.hexdigest()


def unpack(archive: Path, folder: Path, *, wanted: Callable[[str], bool]) -> None:
    """Write the regular files of a ``.tar.gz`` whose base name is ``wanted`` into ``folder``, executable, flat.

    Only base names are used, so that no path in the archive leads out of ``folder``. Raises DownloadError when the
    archive cannot be read.
    """
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                name = member.name.rpartition("/")[2]
                content = tar.extractfile(member) if member.isfile() and wanted(name) else None
                if content is not None:
                    with (folder / name).open("wb") as file:
                        while chunk := content.read(_CHUNK_SIZE):
                            file.write(chunk)
                    (folder / name).chmod(0o755)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DownloadError(f"{archive.name} cannot be unpacked: {error}") from error
