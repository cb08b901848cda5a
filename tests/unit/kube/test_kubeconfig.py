"""A kubeconfig that is reduced to one context."""

from __future__ import annotations

import base64
import shutil
import subprocess
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
        (None, "cannot be read: No such file or directory"),
        ("a: [canary", "not a kubeconfig"),
        ("- canary", "not a kubeconfig"),
        ("{clusters: [], users: [], contexts: [{name: theirs, context: {cluster: c, user: u}}]}", "incomplete"),
        (
            "{clusters: [{name: c, cluster: {server: 'http://x', certificate-authority: gone.crt}}],"
            " users: [{name: u, user: {}}], contexts: [{name: theirs, context: {cluster: c, user: u}}]}",
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


CLUSTERS = 'clusters: [{name: c, cluster: {server: "http://127.0.0.1:9"}}]\n'
CONTEXTS = "contexts: [{name: theirs, context: {cluster: c}}"
KUBECONFIGS = {
    "a user": f"{CLUSTERS}users: [{{name: u, user: {{}}}}]\n{CONTEXTS.replace('c}', 'c, user: u}')}]\n",
    "no user": f"{CLUSTERS}contexts: [{{name: theirs, context: {{cluster: c}}}}]\n",
    "an empty user": f'{CLUSTERS}users: null\ncontexts: [{{name: theirs, context: {{cluster: c, user: ""}}}}]\n',
    "another cluster": f"{CLUSTERS}contexts: [{{name: theirs, context: {{cluster: d}}}}]\n",
    "no cluster": "clusters: null\ncontexts: [{name: theirs, context: {cluster: c}}]\nusers: null\n",
    "a number beside": f"{CLUSTERS}{CONTEXTS}, {{name: 2024, context: {{}}}}]\n",
    "a truth value beside": f"{CLUSTERS}{CONTEXTS}, {{name: off, context: {{}}}}]\n",
    "a word as context": "clusters: []\ncontexts: [{name: theirs, context: word}]\n",
    "a word as cluster": "clusters: [{name: c, cluster: word}]\ncontexts: [{name: theirs, context: {cluster: c}}]\n",
    "a map of contexts": "clusters: []\ncontexts: {theirs: {cluster: c}}\n",
    "JSON with tabs": '{\n\t"clusters": [{"name": "c", "cluster": {"server": "http://x"}}],\n'
    '\t"contexts": [{"name": "theirs", "context": {"cluster": "c"}}]}\n',
    "two of one name": f"{CLUSTERS}{CONTEXTS}, {{name: theirs, context: {{}}}}]\n",
    "a mark": f"\ufeff{CLUSTERS}contexts: [{{name: theirs, context: {{cluster: c}}}}]\n",
    "no file": "",
}


@pytest.mark.parametrize("content", KUBECONFIGS.values(), ids=KUBECONFIGS.keys())
def test_a_kubeconfig_is_valid_where_it_is_for_kubectl(tmp_path: Path, content: str) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed")
    (tmp_path / "config").write_text(content, "utf-8")
    command = [kubectl, "--kubeconfig", str(tmp_path / "config"), "--context", "theirs", "config", "view", "--minify"]
    expected = subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0
    try:
        kubeconfig.read(tmp_path / "config", "theirs")
        valid = True
    except ClusterError:
        valid = False

    assert valid == expected


VALID = {"a user", "no user", "an empty user", "JSON with tabs", "a mark"}


@pytest.mark.parametrize("name", KUBECONFIGS)
def test_which_kubeconfigs_are_valid(tmp_path: Path, name: str) -> None:
    (tmp_path / "config").write_text(KUBECONFIGS[name], "utf-8")
    if name in VALID:
        assert kubeconfig.read(tmp_path / "config", "theirs")["current-context"] == "theirs"
    else:
        with pytest.raises(ClusterError):
            kubeconfig.read(tmp_path / "config", "theirs")


def test_several_files_are_refused_with_a_command_to_join_them(tmp_path: Path) -> None:
    with pytest.raises(ClusterError) as caught:
        kubeconfig.read(Path(f"{tmp_path}/a:{tmp_path}/b"), "theirs")

    assert str(caught.value.findings[0].fix).startswith(
        f"KUBECONFIG={tmp_path}/a:{tmp_path}/b kubectl config view --flatten --minify --context theirs >kubeconfig && "
    )


def test_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "config").write_bytes(KUBECONFIGS["a user"].encode("utf-16"))

    with pytest.raises(ClusterError, match="is not UTF-8, but probably UTF-16"):
        kubeconfig.read(tmp_path / "config", "theirs")


@pytest.mark.parametrize(
    ("server", "no_proxy", "direct"),
    [
        ("https://127.0.0.1:6443", "", True),
        ("https://[::1]:6443", "", True),
        ("https://localhost:6443", "", True),
        ("https://10.1.2.3:6443", "", False),
        ("https://10.1.2.3:6443", "10.0.0.0/8", True),
        ("https://api.example.com", ".example.com", True),
        ("https://api.example.com", "*", True),
    ],
)
def test_which_servers_never_get_a_proxy(
    monkeypatch: pytest.MonkeyPatch, server: str, no_proxy: str, *, direct: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, no_proxy)

    assert kubeconfig.is_direct({"clusters": [{"cluster": {"server": server}}]}) is direct
    assert not kubeconfig.is_direct({"clusters": [{"cluster": {"server": server, "proxy-url": "http://p"}}]})
