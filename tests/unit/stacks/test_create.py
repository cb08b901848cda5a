"""A new stack gets names and ports that depend on its name and that no other stack uses."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from pocdeploy import process
from pocdeploy.config import load_stack
from pocdeploy.docker import ports
from pocdeploy.errors import PreflightError
from pocdeploy.stacks import create
from tests.paths import ROOT

DEV = (ROOT / "Pulumi.dev.yaml").read_text("utf-8")


@dataclass
class Machine:
    """Lines of `docker ps`, and ports in use."""

    containers: Sequence[str] = ()
    busy: Sequence[int] = ()

    def run(self, command: Sequence[str], **_: Any) -> process.Result:
        assert command[:2] == ["docker", "ps"]
        return process.Result(code=0, stdout="\n".join(self.containers))


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(process, "run", machine.run)
    monkeypatch.setattr(ports, "is_taken", lambda port: port in machine.busy)
    return machine


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.dev.yaml").write_text(DEV)
    return tmp_path


def create_file(root: Path, stack: str, *, template: str = "dev") -> bool:
    return create.create_stack_file(root, stack, template=template, log=lambda _: None)


def create_stack_file(root: Path, stack: str) -> dict[str, Any]:
    create_file(root, stack)
    cluster: dict[str, Any] = yaml.safe_load((root / f"Pulumi.{stack}.yaml").read_text())["config"]["pocdeploy:cluster"]
    return cluster


def own_ports(cluster: dict[str, Any]) -> list[int]:
    return [cluster[key] for key in create.PORT_KEYS]


def test_a_new_stack_has_its_own_cluster_and_ports(root: Path) -> None:
    cluster = create_stack_file(root, "alice")
    written = yaml.safe_load((root / "Pulumi.alice.yaml").read_text())["config"]
    dev = yaml.safe_load(DEV)["config"]

    assert cluster["name"] == "alice"
    assert all(20_000 <= port < 30_000 for port in own_ports(cluster))
    assert own_ports(cluster) == sorted(set(own_ports(cluster)))
    assert {**written, "pocdeploy:cluster": None} == {**dev, "pocdeploy:cluster": None}
    assert cluster["workers"] == dev["pocdeploy:cluster"]["workers"]


def test_a_stack_of_processes_gets_only_a_port(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {pocdeploy:cluster: {type: processes}}")
    cluster = create_stack_file(tmp_path, "alice")

    assert cluster.keys() == {"type", "httpPort"}
    assert 20_000 <= cluster["httpPort"] < 30_000


def test_what_is_written_can_be_loaded(root: Path) -> None:
    cluster = create_stack_file(root, "Alice.B_1")
    for name in ("app", "patches", "Pulumi.yaml"):
        (root / name).symlink_to(ROOT / name)
    settings = load_stack(root, "Alice.B_1")

    assert settings.cluster.name == cluster["name"] == "alice-b-1"


def test_comments_of_the_template_are_kept_except_its_header(tmp_path: Path) -> None:
    template = "# about dev\r\n\r\nconfig:\r\n  # where\r\n  pocdeploy:cluster: {name: test}  # here\r\n"
    (tmp_path / "Pulumi.dev.yaml").write_bytes(template.encode())
    create_stack_file(tmp_path, "alice")
    written = (tmp_path / "Pulumi.alice.yaml").read_bytes().decode()

    values = "{name: alice, httpPort: 22070, httpsPort: 22071, registryPort: 22072}"
    assert written.endswith(template.partition("\r\n\r\n")[2].replace("{name: test}", values))
    assert "about dev" not in written


def test_the_same_name_gives_the_same_ports_on_any_machine(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "Pulumi.dev.yaml").write_text(DEV)

    assert (
        own_ports(create_stack_file(root, "alice"))
        == own_ports(create_stack_file(other, "alice"))
        == [22070, 22071, 22072]
    )


def test_ports_in_use_are_passed_over_and_the_choice_stays(root: Path, machine: Machine) -> None:
    machine.busy = [22071]
    cluster = create_stack_file(root, "alice")
    file = root / "Pulumi.alice.yaml"
    text = file.read_text()

    assert own_ports(cluster) == [22080, 22081, 22082]
    machine.busy = []
    assert create_file(root, "alice") is False
    assert file.read_text() == text


def test_containers_of_others_keep_their_names_and_ports(root: Path, machine: Machine) -> None:
    machine.containers = ["alice-control-plane\t127.0.0.1:22070->30080/tcp", "bob-registry\t", "db\t"]

    cluster = create_stack_file(root, "alice")

    assert cluster["name"] == "alice-2"
    assert own_ports(cluster) == [22080, 22081, 22082]


def test_two_stacks_of_which_none_runs_do_not_collide(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(create, "BLOCKS", 2)
    names = ["a_b", "a.b"]  # the same cluster name, and two blocks for two stacks
    one, other = (create_stack_file(root, name) for name in names)

    assert not set(own_ports(one)) & set(own_ports(other))
    assert {one["name"], other["name"]} == {"a-b", "a-b-2"}
    with pytest.raises(PreflightError, match="no free ports"):
        create_stack_file(root, "third")


def test_twelve_stacks_at_once_get_twelve_blocks(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(create, "BLOCKS", 12)
    names = [f"pr-{number}" for number in range(12)]
    with ThreadPoolExecutor(8) as pool:
        clusters = list(pool.map(lambda name: create_stack_file(root, name), names))
    used = [port for cluster in clusters for port in own_ports(cluster)]

    assert len(set(used)) == len(used) == 36
    assert {cluster["name"] for cluster in clusters} == set(names)


@pytest.mark.parametrize("stack", ["../x", "-x", "a b", "$(x)"])
def test_an_invalid_stack_name_is_refused(root: Path, stack: str) -> None:
    with pytest.raises(PreflightError, match="invalid stack name"):
        create_file(root, stack.replace("/", "\\"))


def test_in_an_existing_cluster_applications_get_names_and_hosts(root: Path) -> None:
    shared = {
        "pocdeploy:cluster": {"type": "existing"},
        "pocdeploy:apps": {"polls": {"host": "polls.example.com", "replicas": {"min": 1}}, "shop": {"path": "x"}},
    }
    (root / "Pulumi.pr.yaml").write_text(yaml.safe_dump({"config": shared}))
    create_file(root, "pr-7", template="pr")

    assert yaml.safe_load((root / "Pulumi.pr-7.yaml").read_text())["config"] == {
        "pocdeploy:cluster": {"type": "existing"},
        "pocdeploy:apps": {
            "pr-7-polls": {
                "path": "app/polls",
                "patches": "patches/polls",
                "host": "pr-7.polls.example.com",
                "replicas": {"min": 1},
            },
            "pr-7-shop": {"path": "x", "patches": "patches/shop"},
        },
    }


def derived(root: Path, template: dict[str, Any], stack: str = "pr-7") -> dict[str, Any]:
    (root / "Pulumi.pr.yaml").write_text(yaml.safe_dump(template))
    create_file(root, stack, template="pr")
    written: dict[str, Any] = yaml.safe_load((root / f"Pulumi.{stack}.yaml").read_text())
    return written


def test_a_new_stack_has_no_renamed_application(root: Path) -> None:
    config = {"pocdeploy:cluster": {"type": "existing"}, "pocdeploy:apps": {"votes": {"renamedFrom": "polls"}}}
    written = derived(root, {"config": config})["config"]

    assert written["pocdeploy:apps"] == {"pr-7-votes": {"path": "app/polls", "patches": "patches/polls"}}


def test_what_names_an_application_follows_its_new_name(root: Path) -> None:
    apps = {"polls": {}, "guest": {"database": {"shared": "polls"}}, "far": {"database": {"shared": "elsewhere"}}}
    given = {"guest": {"TOKEN": {"secure": "v1:x"}}, "alertmanager": {"PASSWORD": {"secure": "v1:y"}}}
    config = {"pocdeploy:cluster": {"type": "existing"}, "pocdeploy:apps": apps, "pocdeploy:secrets": given}
    written = derived(root, {"config": config})["config"]

    assert written["pocdeploy:apps"]["pr-7-guest"]["database"] == {"shared": "pr-7-polls"}
    assert written["pocdeploy:apps"]["pr-7-far"]["database"] == {"shared": "elsewhere"}
    assert written["pocdeploy:secrets"] == {"pr-7-guest": given["guest"], "alertmanager": given["alertmanager"]}


@pytest.mark.parametrize(
    "keys", [{"encryptionsalt": "v1:salt"}, {"secretsprovider": "awskms://x", "encryptedkey": "k"}]
)
def test_what_decrypts_the_secrets_of_a_template_comes_along(root: Path, keys: dict[str, str]) -> None:
    config = {"pocdeploy:cluster": {"type": "existing"}, "pocdeploy:registryPassword": {"secure": "v1:x"}}
    written = derived(root, {**keys, "config": config})

    assert {key: written[key] for key in keys} == keys
    assert written["config"]["pocdeploy:registryPassword"] == {"secure": "v1:x"}


@pytest.mark.parametrize("cluster", [{"type": "kind", "name": "both"}, {"name": "both"}, {}])
def test_a_template_with_default_ports_is_not_shared(root: Path, cluster: dict[str, Any]) -> None:
    written = derived(root, {"config": {"pocdeploy:cluster": cluster, "pocdeploy:apps": {"polls": {}}}}, "alice")

    assert written["config"]["pocdeploy:cluster"]["name"] == "alice"
    assert own_ports(written["config"]["pocdeploy:cluster"]) == [22070, 22071, 22072]
    assert written["config"]["pocdeploy:apps"] == {"polls": {}}


@pytest.mark.parametrize(
    ("given", "own"),
    [
        ({}, {}),
        ({"domain": "a.example"}, {"domain": "alice.a.example", "hostedZone": "a.example"}),
        (
            {"domain": "b.a.example", "hostedZone": "a.example"},
            {"domain": "alice.b.a.example", "hostedZone": "a.example"},
        ),
    ],
)
def test_a_cluster_in_a_cloud_has_a_name_and_a_domain_of_its_own(root: Path, given: Any, own: Any) -> None:
    written = derived(root, {"config": {"pocdeploy:cluster": {"type": "eks", "name": "shop", **given}}}, "alice")

    assert written["config"]["pocdeploy:cluster"] == {"type": "eks", "name": "alice", **own}


@pytest.mark.parametrize("dev", ["config: {}\n", "[", ""])
def test_where_there_is_no_template_nothing_is_derived(tmp_path: Path, dev: str) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(dev)

    assert create_file(tmp_path, "alice") is False
    assert not (tmp_path / "Pulumi.alice.yaml").exists()
