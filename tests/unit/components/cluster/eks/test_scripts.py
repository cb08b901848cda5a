"""The shell scripts of a cluster on AWS, with a fake AWS CLI."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.paths import ROOT

FAKE_AWS = """#!/bin/sh
echo "$1 $2" >>"$LOG"
case $2 in
  describe-load-balancers) [ -n "${FAIL:-}" ] && { echo "An error occurred" >&2; exit 254; } ;;
  describe-volumes) n=$(grep -c volumes "$LOG"); [ "$n" -gt "$LEFT" ] || echo "vol-$n" ;;
esac
exit 0
"""


def drain(folder: Path, *, left: int, timeout: int, **more: str) -> tuple[subprocess.CompletedProcess[str], int]:
    """Run the script that waits, with an AWS CLI that shows a volume ``left`` times; give how often it was asked."""
    (folder / "aws").write_text(FAKE_AWS)
    (folder / "sleep").write_text("#!/bin/sh\n")
    for name in ("aws", "sleep"):
        (folder / name).chmod(0o755)
    log = folder / "log"
    asked = {"CLUSTER": "c", "REGION": "r", "VPC": "vpc-1", "VOLUMES_OF": "volumes-of", "PATIENCE": str(timeout)}
    environment = {**asked, "PATH": f"{folder}:{os.environ['PATH']}", "LOG": str(log), "LEFT": str(left), **more}
    script = ROOT / "components/cluster/eks/scripts/drain.sh"
    done = subprocess.run(["sh", str(script)], env=environment, capture_output=True, text=True, check=False, timeout=30)
    return done, log.read_text().count("describe-volumes")


def test_destroy_waits_until_all_is_deleted(tmp_path: Path) -> None:
    done, asked = drain(tmp_path, left=2, timeout=900)

    assert done.returncode == 0, done.stderr
    assert asked == 3
    assert "Waiting for AWS to delete: vol-1" in done.stderr


def test_destroy_times_out(tmp_path: Path) -> None:
    done, _ = drain(tmp_path, left=1000, timeout=30)

    assert done.returncode == 1
    assert "After 30 seconds AWS still has resources that cost money: vol-4" in done.stderr


def test_an_error_does_not_count_as_deleted(tmp_path: Path) -> None:
    done, asked = drain(tmp_path, left=0, timeout=30, FAIL="1")

    assert done.returncode != 0
    assert asked == 0


def test_only_the_owner_can_read_the_kubeconfig(tmp_path: Path) -> None:
    scripts = ROOT / "components/cluster/eks/scripts"
    folder = tmp_path / "clusters" / "c"
    environment = {"FOLDER": str(folder), "PATH": os.environ["PATH"]}
    for script, text in (("kubeconfig", "a: b\n"), ("kubeconfig", "c: d\n")):
        subprocess.run(["sh", str(scripts / f"{script}.sh")], input=text, text=True, env=environment, check=True)

    assert (folder / "kubeconfig").read_text() == "c: d\n"
    assert (folder / "kubeconfig").stat().st_mode & 0o077 == 0
    for _ in range(2):
        subprocess.run(["sh", str(scripts / "kubeconfig-delete.sh")], env=environment, check=True)
    assert not folder.exists()
