"""The environment of the Pulumi CLI: its programs, its state and the passphrase of its secrets."""

from __future__ import annotations

import os
import secrets
import shlex
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pocdeploy.errors import Finding, PreflightError


def pulumi_environment(root: Path, base: Mapping[str, str]) -> dict[str, str]:
    """Return ``base`` with the variables that Pulumi needs for the project at ``root``; those in ``base`` are kept.

    - PATH starts with ``.venv/bin`` and ``.pocdeploy/bin``.
    - Without PULUMI_BACKEND_URL the state is in ``.pocdeploy/state``, whatever account the CLI is logged in to.
    - Without PULUMI_CONFIG_PASSPHRASE and PULUMI_CONFIG_PASSPHRASE_FILE the passphrase is in
      ``.pocdeploy/passphrase``, readable by the user alone, generated on first use.

    Creates these two if necessary. Raises PreflightError if there is local state, but no passphrase for it.
    """
    root = root.absolute()
    own = root / ".pocdeploy"
    path = [str(root / ".venv" / "bin"), str(own / "bin"), *filter(None, [base.get("PATH", os.defpath)])]
    result = {**base, "PATH": os.pathsep.join(path), "PULUMI_SKIP_UPDATE_CHECK": "1"}
    if not base.get("PULUMI_BACKEND_URL"):
        state = own / "state"
        state.mkdir(parents=True, exist_ok=True)
        result["PULUMI_BACKEND_URL"] = f"file://{state}"
    # An empty passphrase is a passphrase to Pulumi, so that only absence counts.
    if "PULUMI_CONFIG_PASSPHRASE" not in base and "PULUMI_CONFIG_PASSPHRASE_FILE" not in base:
        result["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(_passphrase_file(own))
    return result


def changes(result: Mapping[str, str], base: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of ``result`` that differ from ``base``: paths and addresses, never a secret."""
    return {key: value for key, value in result.items() if base.get(key) != value}


def _local_stacks(state: Path) -> list[Path]:
    return sorted((state / ".pulumi" / "stacks").glob("*/*.json"))


def _passphrase_file(own: Path) -> Path:
    file = own / "passphrase"
    if file.is_file():
        return file
    if stacks := _local_stacks(own / "state"):
        finding = Finding(
            where=str(file),
            what="not found; without it the secrets in the state of these stacks cannot be read",
            actual=", ".join(f"{stack.parent.name}/{stack.stem}" for stack in stacks),
            expected="the file from a backup, or PULUMI_CONFIG_PASSPHRASE with the same content",
            fix=f"rm -r {shlex.quote(str(own / 'state'))}   (only if none of these stacks is running)",
        )
        raise PreflightError([finding])
    own.mkdir(parents=True, exist_ok=True)
    # The file is complete before it gets its name, and a link replaces nothing: two first runs use the same one.
    with tempfile.NamedTemporaryFile("w", dir=own, prefix="passphrase-") as new:  # has mode 0600
        new.write(secrets.token_urlsafe(32))
        new.flush()
        with suppress(FileExistsError):
            os.link(new.name, file)
    return file
