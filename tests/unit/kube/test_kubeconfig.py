"""A kubeconfig that is reduced to one context."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import yaml

from pocdeploy.errors import ClusterError
from pocdeploy.kube import kubeconfig
from tests import fakecluster


def written(folder: Path, server: str = "http://127.0.0.1:1") -> Path:
    fakecluster.write_kubeconfig(folder / "config", server, "theirs")
    return folder / "config"


def test_one_context_with_its_cluster_and_user(tmp_path: Path) -> None:
    config = kubeconfig.read(written(tmp_path, "http://127.0.0.1:5"), "theirs")

    assert config["current-context"] == "theirs"
    assert [len(config[kind]) for kind in ("clusters", "users", "contexts")] == [1, 1, 1]
    assert kubeconfig.server(config) == "http://127.0.0.1:5"


def test_an_unknown_context_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ClusterError) as caught:
        kubeconfig.read(written(tmp_path), "thiers")

    (finding,) = caught.value.findings
    assert (finding.where, finding.actual) == ("pocdeploy:cluster.context", "thiers")
    assert finding.expected == "one of somewhere-else, theirs"


def test_the_content_of_files_beside_the_kubeconfig(tmp_path: Path) -> None:
    file = written(tmp_path)
    content = yaml.safe_load(file.read_text())
    content["clusters"][1]["cluster"]["certificate-authority"] = "ca.crt"
    file.write_text(yaml.safe_dump(content))
    (tmp_path / "ca.crt").write_bytes(b"certificate")
    cluster = kubeconfig.read(file, "theirs")["clusters"][0]["cluster"]

    assert base64.b64decode(cluster["certificate-authority-data"]) == b"certificate"
    assert "certificate-authority" not in cluster


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "cannot be read (No such file or directory)"),
        ("a: [canary", "not a kubeconfig"),
        ("- canary", "not a kubeconfig"),
        ("{clusters: [], users: [], contexts: [{name: theirs, context: {cluster: c, user: u}}]}", "incomplete"),
        (
            "{clusters: [{name: c, cluster: {certificate-authority: gone.crt}}], users: [{name: u, user: {}}],"
            " contexts: [{name: theirs, context: {cluster: c, user: u}}]}",
            "certificate-authority refers to a file",
        ),
    ],
)
def test_an_invalid_kubeconfig(tmp_path: Path, content: str | None, what: str) -> None:
    if content is not None:
        (tmp_path / "config").write_text(content)
    with pytest.raises(ClusterError) as caught:
        kubeconfig.read(tmp_path / "config", "theirs")

    assert what in caught.value.findings[0].what
    assert "canary" not in str(caught.value)


def test_paths_start_at_home_or_at_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")

    assert kubeconfig.locate("~/.kube/config", tmp_path) == Path("/home/somebody/.kube/config")
    assert kubeconfig.locate("x/config", tmp_path) == tmp_path / "x" / "config"


def test_a_relative_path_stays_relative_in_the_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")

    assert kubeconfig.in_state("x/config", tmp_path) == "x/config"
    assert kubeconfig.in_state("~/.kube/config", tmp_path) == "/home/somebody/.kube/config"


def test_the_current_context(tmp_path: Path) -> None:
    config = yaml.safe_load(written(tmp_path).read_text())

    assert kubeconfig.choose(config, None)["current-context"] == "somewhere-else"
    with pytest.raises(ClusterError) as caught:
        kubeconfig.choose({**config, "current-context": ""}, None)
    assert caught.value.findings[0].actual == "no context is set, and the kubeconfig has no current context"
