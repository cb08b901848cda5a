"""The identity of a stack in a store."""

from __future__ import annotations

from pathlib import Path

from pocdeploy.stacks.backups.store_owner import identity


def test_a_checkout_keeps_its_identity_and_has_its_own(tmp_path: Path) -> None:
    first = identity(tmp_path / "a", "")
    assert identity(tmp_path / "a", f"file://{tmp_path}/a/.pocdeploy/state") == first
    assert identity(tmp_path / "b", "") != first


def test_a_shared_backend_has_one_identity_everywhere(tmp_path: Path) -> None:
    assert identity(tmp_path / "a", "s3://acme-state") == identity(tmp_path / "b", "s3://acme-state")
    assert identity(tmp_path / "a", "s3://acme-state") != identity(tmp_path / "a", "s3://other")
    assert not (tmp_path / "a").exists()
