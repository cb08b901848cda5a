"""The environment of the Pulumi CLI."""

import stat
from pathlib import Path

import pytest

from pocdeploy.errors import PreflightError
from pocdeploy.toolchain.pulumi_env import changes, pulumi_environment


def stack_exists(root: Path) -> None:
    folder = root / ".pocdeploy/state/.pulumi/stacks/pocdeploy"
    folder.mkdir(parents=True)
    (folder / "dev.json").write_text("{}")


def test_a_first_run_gets_local_state_and_a_passphrase(tmp_path: Path) -> None:
    base = {"PATH": "/usr/bin", "HOME": "/home/ada"}
    result = pulumi_environment(tmp_path, base)
    own = tmp_path / ".pocdeploy"
    assert changes(result, base) == {
        "PATH": f"{tmp_path}/.venv/bin:{own}/bin:/usr/bin",
        "PULUMI_BACKEND_URL": f"file://{own}/state",
        "PULUMI_CONFIG_PASSPHRASE_FILE": f"{own}/passphrase",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }
    assert result["HOME"] == "/home/ada"
    assert base == {"PATH": "/usr/bin", "HOME": "/home/ada"}
    assert (own / "state").is_dir()
    assert stat.S_IMODE((own / "passphrase").stat().st_mode) == 0o600
    assert len((own / "passphrase").read_text()) >= 43
    assert sorted(path.name for path in own.iterdir()) == ["passphrase", "state"]


def test_the_passphrase_is_created_once_for_each_project(tmp_path: Path) -> None:
    texts = []
    for name in ("one", "one", "two"):
        env = pulumi_environment(tmp_path / name, {})
        texts.append(Path(env["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text())
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize("name", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])
@pytest.mark.parametrize("value", ["mine", ""])
def test_a_passphrase_of_the_user_is_kept(tmp_path: Path, name: str, value: str) -> None:
    stack_exists(tmp_path)
    result = pulumi_environment(tmp_path, {name: value})
    assert {key: text for key, text in result.items() if "PASSPHRASE" in key} == {name: value}
    assert not (tmp_path / ".pocdeploy/passphrase").exists()


def test_a_backend_of_the_user_is_kept(tmp_path: Path) -> None:
    result = pulumi_environment(tmp_path, {"PULUMI_BACKEND_URL": "s3://bucket", "PULUMI_CONFIG_PASSPHRASE": "x"})
    assert result["PULUMI_BACKEND_URL"] == "s3://bucket"
    assert not (tmp_path / ".pocdeploy").exists()


def test_a_lost_passphrase_is_an_error_and_is_not_replaced(tmp_path: Path) -> None:
    stack_exists(tmp_path)
    with pytest.raises(PreflightError, match=r"passphrase: not found[^$]*actual: +pocdeploy/dev\n"):
        pulumi_environment(tmp_path, {})
    assert not (tmp_path / ".pocdeploy/passphrase").exists()


def test_state_without_a_stack_does_not_need_the_old_passphrase(tmp_path: Path) -> None:
    (tmp_path / ".pocdeploy/state/.pulumi/stacks/pocdeploy").mkdir(parents=True)
    pulumi_environment(tmp_path, {})
    assert (tmp_path / ".pocdeploy/passphrase").is_file()
