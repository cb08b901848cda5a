"""Secrets of a stack file that the Pulumi CLI has encrypted."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.errors import PreflightError, SettingsError
from pocdeploy.processes import stack_secrets

# Written by `pulumi config set --secret` of Pulumi 3.250.0, with the passphrase correct-horse.
WRITTEN = """\
encryptionsalt: v1:85CzTg/dZfA=:v1:lAw/LrnPeQweREvR:ZS6a4bvFE0g+Dqv9nnznC4aMYOvueA==
config:
  pocdeploy:secrets:
    shop:
      API_TOKEN:
        secure: v1:yDH1/saVNj22Icwr:7ItTo9Z7IsFHHgHqKWUJU6jW+A4EW7rRNnWMAb4=
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "correct-horse")
    (tmp_path / "Pulumi.dev.yaml").write_text(WRITTEN)
    return tmp_path


def test_values_of_the_pulumi_cli_are_decrypted(root: Path) -> None:
    assert stack_secrets.read(root, "org/dev", {"shop"}) == {"shop": {"API_TOKEN": "hunter two é"}}


def test_the_passphrase_can_be_in_a_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    (root / ".pocdeploy").mkdir()
    (root / ".pocdeploy" / "passphrase").write_text("correct-horse\n")
    assert stack_secrets.read(root, "dev", {"shop"})["shop"]


def test_a_wrong_passphrase_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong")
    with pytest.raises(PreflightError, match="is not the passphrase") as caught:
        stack_secrets.read(root, "dev", {"shop"})
    assert "hunter" not in str(caught.value)


def test_another_provider_of_secrets_is_refused(root: Path) -> None:
    (root / "Pulumi.dev.yaml").write_text(WRITTEN.replace("encryptionsalt: v1", "secretsprovider: awskms"))
    with pytest.raises(PreflightError, match="only the Pulumi CLI can read them"):
        stack_secrets.read(root, "dev", {"shop"})


def test_a_secret_of_an_unknown_application_is_refused(root: Path) -> None:
    with pytest.raises(SettingsError, match="unknown application"):
        stack_secrets.read(root, "dev", {"polls"})


def test_without_secrets_no_passphrase_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    assert stack_secrets.read(tmp_path, "dev", {"shop"}) == {}
    assert list(tmp_path.iterdir()) == []
