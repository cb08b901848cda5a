"""Downloads with their published checksums, from a server on 127.0.0.1."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from pocdeploy.toolchain.download import DownloadError, fetch_verified, unpack
from tests.unit.site import Page, serving

BODY = b"a program"
DIGEST = hashlib.sha256(BODY).hexdigest()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def fetch(folder: Path, *, checksums: str, program: Page | None = None) -> Path:
    with serving({"/kind": program or Page(body=BODY), "/sums": Page(body=checksums.encode())}) as site:
        fetch_verified(f"{site.url}/kind", f"{site.url}/sums", folder / "kind")
    return folder / "kind"


@pytest.mark.parametrize("line", ["{}  kind", "{} *kind", "{}  ./kind"])
@pytest.mark.parametrize("digest", [DIGEST, DIGEST.upper()])
def test_forms_of_published_checksums(tmp_path: Path, line: str, digest: str) -> None:
    text = f"{'0' * 64}  other\n{line.format(digest)}\n"
    assert fetch(tmp_path, checksums=text).read_bytes() == BODY


def test_a_redirect_is_followed(tmp_path: Path) -> None:
    with serving({"/real": Page(body=BODY)}) as other:
        moved = Page(status=302, headers={"Location": f"{other.url}/real"}, body=b"moved")
        assert fetch(tmp_path, checksums=f"{DIGEST}  kind\n", program=moved).read_bytes() == BODY


@pytest.mark.parametrize(
    ("checksums", "program", "message"),
    [
        (f"{'1' * 64}  kind", None, f"has SHA-256 {DIGEST}, but {'1' * 64} is published"),
        (f"{DIGEST}  other", None, "/sums has no SHA-256 checksum of kind"),
        (f"{DIGEST}  kind", Page(status=404), "/kind: HTTP status 404"),
        (f"{DIGEST}  kind", Page(headers={"Content-Length": "99"}, body=BODY), "90 more expected"),
    ],
    ids=["differs", "not listed", "not found", "truncated"],
)
def test_a_bad_download_leaves_no_file(tmp_path: Path, checksums: str, program: Page | None, message: str) -> None:
    with pytest.raises(DownloadError, match=message):
        fetch(tmp_path, checksums=checksums, program=program)
    assert list(tmp_path.iterdir()) == []


def test_unpack_uses_base_names_of_wanted_files_only(tmp_path: Path) -> None:
    archive = tmp_path / "archive.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("../../kind", "bin/other"):
            member = tarfile.TarInfo(name)
            member.size = len(BODY)
            tar.addfile(member, io.BytesIO(BODY))
        link = tarfile.TarInfo("bin/pulumi")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    folder = tmp_path / "folder"
    folder.mkdir()
    unpack(archive, folder, wanted=lambda name: name != "other")

    assert {file.name: (file.read_bytes(), file.stat().st_mode & 0o777) for file in folder.iterdir()} == {
        "kind": (BODY, 0o755)
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive.tar.gz", "folder"]
