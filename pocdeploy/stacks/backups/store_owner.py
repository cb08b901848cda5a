"""The identity by which a folder in a store of backups belongs to a stack: two stacks never have the same one."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path


def identity(root: Path, backend: str) -> str:
    """Return the identity of the place where a stack's state is.

    Names of stacks are unique in a shared backend. In one on this machine they are unique in a checkout, which gets a
    random identity when it is asked for the first time; it stays when the stack is destroyed.

    Args:
        root: folder of the project.
        backend: URL of Pulumi's backend; empty for that of the checkout.
    """
    if backend and not backend.startswith("file:"):
        return hashlib.sha256(backend.encode()).hexdigest()[:16]
    file = root / ".pocdeploy" / "backups" / "owner"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(uuid.uuid4().hex[:16], encoding="utf-8")
    return file.read_text("utf-8").strip()
