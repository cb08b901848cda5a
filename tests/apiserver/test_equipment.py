"""The test equipment itself: which programs it takes, what it says where it cannot work, and that it cleans up."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pocdeploy import versions
from tests.apiserver import charts, server, tools


def fake(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder, on a machine that has no tool at all."""
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(tools, "BIN", tmp_path / "bin")
    return tmp_path


def test_envtests_programs_come_first(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(nothing / "assets"))
    for folder in ("assets", "path", "bin"):
        fake(nothing / folder, "etcd", f"echo etcd Version: {tools.ETCD.version}")
    assert tools.find_or_build(tools.ETCD) == nothing / "assets" / "etcd"


def test_a_program_that_is_too_old_or_broken_is_passed_over(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(nothing / "assets"))
    fake(nothing / "assets", "kube-apiserver", "echo Kubernetes v1.33.9")
    fake(nothing / "path", "kube-apiserver", "echo Kubernetes v1.99.0; exit 1")
    newer = fake(nothing / "bin", "kube-apiserver", "echo Kubernetes v1.100.0")
    assert tools.find_or_build(tools.KUBE_APISERVER) == newer


def test_without_a_server_or_go_tests_are_skipped_with_a_reason(nothing: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match=r"no etcd 3\.\d+\.\d+ or newer .*, and no Go to get them with"):
        tools.find_or_build(tools.ETCD)
    with pytest.raises(pytest.skip.Exception, match="no custom resource definitions, and no Go"):
        list(tools.definitions())


def test_a_build_that_fails_says_why_and_leaves_nothing(nothing: Path) -> None:
    fake(nothing / "path", "go", "echo no such module >&2; exit 1")
    with pytest.raises(tools.BuildError, match=r"go build go\.etcd\.io/etcd/server/v3: no such module"):
        tools.find_or_build(tools.ETCD)
    with pytest.raises(tools.BuildError, match="no such module"):
        list(tools.definitions())
    assert list((nothing / "bin").iterdir()) == []


def test_a_program_is_built_once_from_its_pinned_module(nothing: Path) -> None:
    # Go's part: write a program to the place after -o, and tell where and for what it was called.
    version = tools.KUBE_APISERVER.version
    program = f'printf \'#!/bin/sh\\necho Kubernetes v{version}\' > "$6"; /bin/chmod +x "$6"'
    fake(nothing / "path", "go", f'echo "$(pwd) $CGO_ENABLED $*" >> {nothing}/calls; {program}')
    for _ in range(2):
        assert tools.find_or_build(tools.KUBE_APISERVER) == nothing / "bin" / "kube-apiserver"
    shutil.rmtree(nothing / "bin")  # another clone, or after `make clean`
    assert tools.find_or_build(tools.KUBE_APISERVER) == nothing / "bin" / "kube-apiserver"
    (call,) = (nothing / "calls").read_text(encoding="utf-8").splitlines()
    assert call.startswith(f"{tools.ROOT}/tools/kube-apiserver 0 build -mod=readonly -trimpath")
    assert f"-X k8s.io/component-base/version.gitVersion=v{version} " in call
    assert call.endswith("k8s.io/kubernetes/cmd/kube-apiserver")


def test_every_pin_is_read() -> None:
    assert tools.required("kube-apiserver") == {"k8s.io/kubernetes": tools.KUBE_APISERVER.version}
    assert tools.required("crds").keys() == tools.CRDS.keys()
    assert tools.HELM.version.startswith("3.")
    # Not newer than what the nodes run: what this server takes, the cluster's takes too.
    assert tuple(map(int, tools.KUBE_APISERVER.version.split("."))) <= _node_version()


def _node_version() -> tuple[int, ...]:
    return tuple(map(int, versions.NODE_IMAGE.split(":v")[1].split("@")[0].split(".")))


def test_definitions_are_those_of_the_pinned_modules() -> None:
    if shutil.which("go") is None:
        pytest.skip("no Go to get the definitions with")
    files = list(tools.definitions())
    for module, version in tools.required("crds").items():
        assert [file for file in files if f"{module}@v{version}/" in str(file)], module
    assert {"postgresql.cnpg.io_clusters.yaml", "monitoring.coreos.com_podmonitors.yaml"} <= {
        file.name for file in files
    }


def test_a_failed_start_has_a_reason_and_stops_the_store(tmp_path: Path) -> None:
    etcd = fake(tmp_path, "etcd", f"echo $$ > {tmp_path}/pid; exec sleep 60")
    # The store has written its number before the server ends.
    kube_apiserver = fake(
        tmp_path, "kube-apiserver", f"until [ -s {tmp_path}/pid ]; do :; done; echo no such flag; exit 1"
    )
    with (
        pytest.raises(AssertionError, match=r"ended with 1 \(no answer\)(.|\n)*no such flag"),
        server.running(etcd, kube_apiserver, tmp_path),
    ):
        pass
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text(encoding="utf-8")), 0)


def test_a_chart_that_the_folder_does_not_have_is_a_skip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = {"chart": "charts/kube-prometheus-stack-88.5.3.tgz", "version": "88.5.3"}
    monkeypatch.setenv(charts.VARIABLE, str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match=r"has no kube-prometheus-stack-88\.5\.3\.tgz"):
        charts.archive(release)
    (tmp_path / "traefik-41.3.0.tgz").touch()
    for chart in ("traefik", "oci://registry.example/charts/traefik", "./charts/traefik-41.3.0.tgz"):
        assert charts.archive({"chart": chart, "version": "41.3.0"}) == tmp_path / "traefik-41.3.0.tgz"
