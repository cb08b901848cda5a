"""Secrets in the file of a stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy import process
from pocdeploy.errors import PreflightError
from pocdeploy.stacks.pulumi import Pulumi
from pocdeploy.stacks.store_secret import store_secret

STACK = "config:\n  # why\n  pocdeploy:apps: { polls: {} }\n"
BY_PULUMI = """\
config:
    pocdeploy:apps:
        polls: {}
    pocdeploy:secrets:
        polls:
            A:
                secure: v1:x
encryptionsalt: v1:salt
"""


def store(root: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> list[tuple[tuple[str, ...], str]]:
    """Store a secret with a Pulumi that formats the file in its own way; return its calls with their input."""
    file = root / "Pulumi.dev.yaml"
    file.write_text(STACK)
    calls: list[tuple[tuple[str, ...], str]] = []

    def capture(_: Pulumi, *words: str, stdin: str = "") -> process.Result:
        calls.append((words, stdin))
        file.write_text(BY_PULUMI)
        return process.Result(code=code if words[0] == "config" else 0, stderr="no passphrase")

    monkeypatch.setattr(Pulumi, "capture", capture)
    store_secret(Pulumi(root=root, log=lambda _: None), "dev", "pocdeploy:secrets.polls.A", "hunter2")
    return calls


def test_only_the_secret_and_its_salt_are_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = store(tmp_path, monkeypatch, 0)

    added = '  pocdeploy:secrets:\n    polls:\n      A:\n        secure: "v1:x"\nencryptionsalt: "v1:salt"\n'
    assert (tmp_path / "Pulumi.dev.yaml").read_text() == STACK + added
    assert [stdin for _, stdin in calls] == ["", "hunter2"]
    assert not any("hunter2" in word for words, _ in calls for word in words)


def test_a_failure_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PreflightError, match="no passphrase") as caught:
        store(tmp_path, monkeypatch, 1)

    assert (tmp_path / "Pulumi.dev.yaml").read_text() == STACK
    assert "hunter2" not in str(caught.value)
