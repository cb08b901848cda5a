"""A stack of one's own: names and ports derived from its name, checked, written down once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from pocdeploy import process
from pocdeploy.config import load_stack
from pocdeploy.errors import PreflightError
from pocdeploy.stacks import create, listing
from tests.paths import ROOT

DEV = (ROOT / "Pulumi.dev.yaml").read_text("utf-8")
NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)


class Docker:
    """Answers `docker ps` and `docker stats` with lines."""

    def __init__(self, *, ps: Sequence[str] = (), stats: Sequence[str] = (), code: int = 0) -> None:
        self.answers = {"ps": ps, "stats": stats}
        self.code = code

    def __call__(self, command: Sequence[str], **_: Any) -> process.Result:
        return process.Result(code=self.code, stdout="\n".join(self.answers[command[1]]))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.dev.yaml").write_text(DEV)
    return tmp_path


def create_stack_file(
    root: Path, stack: str, *, docker: Docker | None = None, busy: Sequence[int] = ()
) -> dict[str, Any]:
    create.create_stack_file(root, stack, log=lambda _: None, run=docker or Docker(), is_busy=lambda port: port in busy)
    cluster: dict[str, Any] = yaml.safe_load((root / f"Pulumi.{stack}.yaml").read_text())["config"]["pocdeploy:cluster"]
    return cluster


def own_ports(cluster: dict[str, Any]) -> list[int]:
    return [cluster[key] for key in create.PORT_KEYS]


def test_a_new_stack_has_a_cluster_and_ports_of_its_own_and_the_settings_of_dev(root: Path) -> None:
    cluster = create_stack_file(root, "alice")
    written = yaml.safe_load((root / "Pulumi.alice.yaml").read_text())["config"]
    dev = yaml.safe_load(DEV)["config"]

    assert cluster["name"] == "alice"
    assert all(20_000 <= port < 30_000 for port in own_ports(cluster))
    assert own_ports(cluster) == sorted(set(own_ports(cluster)))
    assert {**written, "pocdeploy:cluster": None} == {**dev, "pocdeploy:cluster": None}
    assert cluster["workers"] == dev["pocdeploy:cluster"]["workers"]


def test_what_is_written_can_be_loaded(root: Path) -> None:
    cluster = create_stack_file(root, "Alice.B_1")
    for name in ("app", "patches", "Pulumi.yaml"):
        (root / name).symlink_to(ROOT / name)
    settings = load_stack(root, "Alice.B_1")

    assert settings.cluster.name == cluster["name"] == "alice-b-1"


def test_comments_of_the_template_stay_but_for_the_one_about_it(tmp_path: Path) -> None:
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


def test_ports_in_use_are_passed_over_and_the_choice_stays(root: Path) -> None:
    cluster = create_stack_file(root, "alice", busy=[22071])
    file = root / "Pulumi.alice.yaml"
    text = file.read_text()

    assert own_ports(cluster) == [22080, 22081, 22082]
    assert create.create_stack_file(root, "alice", log=print, run=Docker(), is_busy=lambda _: False) is False
    assert file.read_text() == text


def test_containers_of_others_keep_their_names_and_ports(root: Path) -> None:
    docker = Docker(ps=["alice-control-plane\t127.0.0.1:22070->30080/tcp", "bob-registry\t", "db\t"])

    cluster = create_stack_file(root, "alice", docker=docker)

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


def test_forty_stacks_chosen_at_once_are_all_different(root: Path) -> None:
    names = [f"pr-{number}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        clusters = list(pool.map(lambda name: create_stack_file(root, name), names))
    used = [port for cluster in clusters for port in own_ports(cluster)]

    assert len(set(used)) == len(used) == 120
    assert {cluster["name"] for cluster in clusters} == set(names)


@pytest.mark.parametrize("stack", ["../x", "-x", "a b", "$(x)"])
def test_what_is_no_name_of_a_stack_is_refused(root: Path, stack: str) -> None:
    with pytest.raises(PreflightError, match="no name of a stack"):
        create.create_stack_file(root, stack.replace("/", "\\"), log=print, run=Docker(), is_busy=lambda _: False)


def test_in_a_cluster_that_exists_applications_have_names_and_hosts_of_their_own(root: Path) -> None:
    shared = {
        "pocdeploy:cluster": {"type": "existing"},
        "pocdeploy:apps": {"polls": {"host": "polls.example.com", "replicas": {"min": 1}}, "shop": {"path": "x"}},
    }
    (root / "Pulumi.pr.yaml").write_text(yaml.safe_dump({"config": shared}))
    create.create_stack_file(root, "pr-7", template="pr", log=print, run=Docker(), is_busy=lambda _: False)

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
    create.create_stack_file(root, stack, template="pr", log=print, run=Docker(), is_busy=lambda _: False)
    written: dict[str, Any] = yaml.safe_load((root / f"Pulumi.{stack}.yaml").read_text())
    return written


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
def test_a_template_with_the_default_ports_is_no_cluster_to_share(root: Path, cluster: dict[str, Any]) -> None:
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

    assert create.create_stack_file(tmp_path, "alice", log=print, run=Docker(), is_busy=lambda _: False) is False
    assert not (tmp_path / "Pulumi.alice.yaml").exists()


def pulumi(*arguments: str) -> process.Result:
    """Answer as the CLI does, for one stack that is up and one that another machine made."""
    if arguments[:2] == ("stack", "ls"):
        entries = [
            {"name": "dev", "resourceCount": 61, "updateInProgress": False},
            {"name": "org/pocdeploy/eu", "resourceCount": 9, "updateInProgress": True},
            {"name": "old", "resourceCount": 0},
        ]
        return process.Result(code=0, stdout=json.dumps(entries))
    url = {"dev": "http://localhost", "eu": {"ciphertext": "x"}}[arguments[-1]]
    resources = [
        {"type": "pulumi:pulumi:Stack", "outputs": {"url": url}, "created": "2026-01-07T12:00:00Z"},
        {"type": "x", "created": "2026-01-09T12:00:00.123456789Z"},
    ]
    return process.Result(code=0, stdout=json.dumps({"deployment": {"resources": resources}}))


def test_the_list_has_state_url_age_and_memory(root: Path) -> None:
    (root / "Pulumi.alice.yaml").write_text("config: {}\n")
    docker = Docker(ps=["test-control-plane\trunning", "test-worker2\trunning", "other\texited"],
                    stats=["test-control-plane\t1.5GiB / 8GiB", "test-worker2\t512MiB / 8GiB"])  # fmt: skip

    found = {each.name: each for each in listing.all_stacks(root, pulumi, run=docker, now=NOW)}

    assert [each.state for each in found.values()] == ["not deployed", "running", "updating", "not deployed"]
    assert list(found) == ["alice", "dev", "eu", "old"]
    assert found["dev"] == listing.Listed(
        name="dev", state="running", url="http://localhost", age=timedelta(days=3), memory=2 * 2**30
    )
    assert (found["eu"].url, found["eu"].memory) == (None, None)


@pytest.mark.parametrize(("state", "expected"), [("exited", "stopped"), ("running", "running")])
def test_a_cluster_with_a_stopped_node_is_stopped(root: Path, state: str, expected: str) -> None:
    docker = Docker(ps=["test-control-plane\trunning", f"test-worker\t{state}"])
    (dev,) = (each for each in listing.all_stacks(root, pulumi, run=docker, now=NOW) if each.name == "dev")

    assert dev.state == expected


def test_without_docker_the_list_says_what_the_state_says(root: Path) -> None:
    (dev,) = (each for each in listing.all_stacks(root, pulumi, run=Docker(code=127), now=NOW) if each.name == "dev")

    assert (dev.state, dev.memory) == ("deployed", None)


@pytest.mark.parametrize(
    ("text", "expected"), [("512.5MiB", 537395200), ("1GiB ", 2**30), (" 2kB", 2000), ("--", 0), ("0B", 0)]
)
def test_sizes(text: str, expected: int) -> None:
    assert listing.size(text) == expected


@pytest.mark.parametrize(
    ("age", "expected"),
    [(None, "-"), (timedelta(minutes=5), "5 min"), (timedelta(hours=3), "3 h"), (timedelta(days=4, hours=1), "4 d")],
)
def test_ages(age: timedelta | None, expected: str) -> None:
    assert listing.in_words(age) == expected
