"""Tools that are found, downloaded or built, with a server on this machine and fake programs."""

import functools
import hashlib
import http.server
import io
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pocdeploy import versions
from pocdeploy.errors import PreflightError
from pocdeploy.toolchain import download, install
from tests.unit.toolchain.programs import PULUMI_FILES, program, put

SYSTEM, ARCH = "linux", "x64"


def archive(version: str, extra: Mapping[str, bytes] | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        content = dict.fromkeys((*PULUMI_FILES, "pulumi-language-go"), program(version))
        for name, data in {**content, **(extra or {})}.items():
            member = tarfile.TarInfo(f"pulumi/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves a mapping from path to (body, announced length)."""

    def __init__(self, served: dict[str, tuple[bytes, int]], *args: object) -> None:
        self.served = served
        super().__init__(*args)

    def do_GET(self) -> None:
        if self.path not in self.served:
            self.send_error(404)
            return
        body, length = self.served[self.path]
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@dataclass
class Site:
    """A download site; ``tool`` is the Pulumi CLI as it would come from here."""

    tool: install.Tool
    served: dict[str, tuple[bytes, int]] = field(default_factory=dict)

    def offer(self, body: bytes, *, sums: str | None = None, length: int | None = None) -> None:
        name = f"pulumi-v{versions.PULUMI}-{SYSTEM}-{ARCH}.tar.gz"
        self.served[f"/{name}"] = (body, length or len(body))
        text = f"{hashlib.sha256(body).hexdigest()}  {name}\n" if sums is None else sums
        self.served["/sums"] = (f"{'0' * 64}  other.tar.gz\n{text}".encode(), 79 + len(text))


def no_build(root: Path, folder: Path) -> str | None:
    return "Go is not installed"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    served: dict[str, tuple[bytes, int]] = {}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, served))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}"
    tool = replace(
        install.PULUMI,
        address=f"{base}/pulumi-v{{version}}-{{os}}-{{arch}}.tar.gz",
        checksums=f"{base}/sums",
        build=no_build,
    )
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    yield Site(tool, served)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def ensure(root: Path, tool: install.Tool, log: Callable[[str], None] = lambda _: None) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(install.TOOLS, tool.name, tool)
        return install.ensure(root, wanted=(tool.name,), log=log)


def problem_of(root: Path, tool: install.Tool) -> str:
    with pytest.raises(PreflightError) as error:
        ensure(root, tool)
    assert len(error.value.findings) == 1
    assert sorted(path.name for path in (root / ".pocdeploy").iterdir()) == ["bin"]
    return str(error.value.findings[0])


def test_a_good_tool_in_path_is_used_and_nothing_is_installed(tmp_path: Path, site: Site, empty_path: Path) -> None:
    put(empty_path, "3.999.1", *PULUMI_FILES)
    bin_dir = ensure(tmp_path, site.tool)
    assert bin_dir == tmp_path / ".pocdeploy" / "bin"
    assert list(bin_dir.iterdir()) == []
    assert install.find("pulumi", tmp_path) == empty_path / "pulumi"


def test_an_outdated_own_copy_does_not_hide_a_good_one_in_path(tmp_path: Path, site: Site, empty_path: Path) -> None:
    put(empty_path, versions.PULUMI, *PULUMI_FILES)
    bin_dir = put(tmp_path / ".pocdeploy" / "bin", "3.1.0", *PULUMI_FILES)
    ensure(tmp_path, site.tool)
    assert list(bin_dir.iterdir()) == []


def test_a_good_own_copy_is_kept(tmp_path: Path, site: Site) -> None:
    bin_dir = put(tmp_path / ".pocdeploy" / "bin", versions.PULUMI, *PULUMI_FILES)
    ensure(tmp_path, site.tool)
    assert install.find("pulumi", tmp_path) == bin_dir / "pulumi"


def test_the_own_folder_in_path_does_not_count_as_path(
    tmp_path: Path, site: Site, empty_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(empty_path, versions.PULUMI, *PULUMI_FILES)
    bin_dir = put(tmp_path / ".pocdeploy" / "bin", "3.1.0", *PULUMI_FILES)
    monkeypatch.setenv("PATH", f"{bin_dir}:{empty_path}")
    ensure(tmp_path, site.tool)
    assert list(bin_dir.iterdir()) == []


@pytest.mark.parametrize(
    ("version", "files"),
    [("3.249.9", PULUMI_FILES), ("4.0.0", PULUMI_FILES), ("nonsense", PULUMI_FILES), ("3.300.0", ("pulumi",))],
    ids=["older", "next major", "no version", "no language host"],
)
def test_a_tool_of_another_version_is_replaced_by_the_download(
    tmp_path: Path, site: Site, empty_path: Path, version: str, files: tuple[str, ...]
) -> None:
    put(empty_path, version, *files)
    site.offer(archive(versions.PULUMI))
    lines: list[str] = []
    bin_dir = ensure(tmp_path, site.tool, lines.append)
    assert sorted(path.name for path in bin_dir.iterdir()) == sorted(PULUMI_FILES)
    assert {oct(path.stat().st_mode & 0o777) for path in bin_dir.iterdir()} == {"0o755"}
    assert install.find("pulumi", tmp_path) == bin_dir / "pulumi"
    assert lines[0] == f"pulumi {versions.PULUMI}: downloading"
    assert lines[1].endswith(" s, done")
    assert sorted(path.name for path in (tmp_path / ".pocdeploy").iterdir()) == ["bin"]


def test_a_single_file_is_downloaded_as_it_is(tmp_path: Path, site: Site) -> None:
    body = b"#!/bin/sh\necho kind v0.33.0 go1.26 linux/amd64\n"
    site.served["/kind-linux-amd64"] = (body, len(body))
    sums = f"{hashlib.sha256(body).hexdigest()}  kind-linux-amd64\n".encode()
    site.served["/kind-linux-amd64.sha256sum"] = (sums, len(sums))
    base = site.tool.checksums.removesuffix("/sums")
    address = f"{base}/kind-{{os}}-{{arch}}"
    kind = replace(install.KIND, address=address, checksums=f"{address}.sha256sum", build=no_build)
    ensure(tmp_path, kind)
    assert (tmp_path / ".pocdeploy/bin/kind").read_bytes() == body
    assert install.find("kind", tmp_path) == tmp_path / ".pocdeploy/bin/kind"


@pytest.mark.parametrize(
    ("offer", "message"),
    [
        ({"sums": f"{'1' * 64}  pulumi-v{versions.PULUMI}-linux-x64.tar.gz\n"}, "but 1111111"),
        ({"sums": "nothing here\n"}, "has no SHA-256 checksum of pulumi-v"),
        ({"length": 10**6}, "more expected"),
        ({"body": archive("3.0.0")}, "has version 3.0.0"),
        ({"body": b"no archive"}, "cannot be unpacked"),
        ({"body": archive(versions.PULUMI)[:-30]}, "cannot be unpacked"),
    ],
    ids=["sum differs", "no sum", "cut off", "wrong version", "no archive", "broken archive"],
)
def test_a_bad_download_is_never_installed(tmp_path: Path, site: Site, offer: dict[str, object], message: str) -> None:
    site.offer(**{"body": archive(versions.PULUMI), **offer})
    text = problem_of(tmp_path, site.tool)
    assert message in text
    assert list((tmp_path / ".pocdeploy" / "bin").iterdir()) == []


def test_the_finding_says_what_was_tried_and_where_to_get_it(tmp_path: Path, site: Site) -> None:
    text = problem_of(tmp_path, site.tool)
    assert "PATH: pulumi and pulumi-language-python and pulumi-language-python-exec not found" in text
    assert "download: http://127.0.0.1" in text
    assert "404" in text
    assert "build: Go is not installed" in text
    assert "https://www.pulumi.com/docs/install/" in text
    assert "https://go.dev/doc/install" in text


def test_an_unreachable_site_is_a_finding(tmp_path: Path, site: Site) -> None:
    tool = replace(site.tool, checksums="http://127.0.0.1:1/sums")
    assert "download: http://127.0.0.1:1/sums" in problem_of(tmp_path, tool)


@pytest.mark.parametrize(("system", "machine"), [("Windows", "AMD64"), ("Linux", "riscv64")])
def test_a_machine_without_a_download_gets_the_build(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch, system: str, machine: str
) -> None:
    def build(root: Path, folder: Path) -> None:
        put(folder, versions.PULUMI, *PULUMI_FILES)

    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert f"not available for {system.lower()}" in problem_of(tmp_path, site.tool)
    bin_dir = ensure(tmp_path, replace(site.tool, build=build))
    assert (bin_dir / "pulumi").is_file()


@pytest.mark.parametrize(
    ("tool", "machine", "address"),
    [
        (install.PULUMI, "Linux x86_64", "https://get.pulumi.com/releases/sdk/pulumi-v{}-linux-x64.tar.gz"),
        (install.PULUMI, "Darwin arm64", "https://get.pulumi.com/releases/sdk/pulumi-v{}-darwin-arm64.tar.gz"),
        (install.KIND, "Linux aarch64", "https://kind.sigs.k8s.io/dl/v{}/kind-linux-arm64"),
        (install.KIND, "Darwin x86_64", "https://kind.sigs.k8s.io/dl/v{}/kind-darwin-amd64"),
    ],
)
def test_official_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: install.Tool, machine: str, address: str
) -> None:
    def refuse(url: str, *_: object, **__: object) -> None:
        raise download.DownloadError(f"asked for {url} only")

    system, _, architecture = machine.partition(" ")
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: architecture)
    monkeypatch.setattr(install, "fetch_verified", refuse)
    assert f"asked for {address.format(tool.version)} only" in problem_of(tmp_path, replace(tool, build=no_build))


def test_all_missing_tools_are_in_one_message(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = replace(install.KIND, address=site.tool.checksums, checksums=site.tool.checksums, build=no_build)
    monkeypatch.setitem(install.TOOLS, "pulumi", site.tool)
    monkeypatch.setitem(install.TOOLS, "kind", kind)
    with pytest.raises(PreflightError) as error:
        install.ensure(tmp_path, log=lambda _: None)
    assert [finding.where for finding in error.value.findings] == ["pulumi", "kind"]
