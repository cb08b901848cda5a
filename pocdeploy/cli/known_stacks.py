"""Refuse commands on a stack that does not exist: a misspelt name creates nothing, and means no other stack."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from pocdeploy.cli import processes
from pocdeploy.cli.context import CliContext
from pocdeploy.config import stack_file
from pocdeploy.errors import Finding
from pocdeploy.stacks import lock_recovery, project
from pocdeploy.stacks.pulumi import NoStackError

WITHOUT = frozenset(
    {"up", "deploy", "env-up", "down", "env-down", "env-comment", "pr-comment", "preview-comment", "doctor", "init"}
)
"""Commands that create a stack, or have nothing to do without one."""
WITH_ARGUMENTS = frozenset({"set", "unset", "use-image"})


def check(cli: CliContext, command: str, stack: str) -> None:
    """Raise NoStackError unless there is a file, a state or processes of ``stack``. A state elsewhere is not asked."""
    if command in WITHOUT or stack_file.path(cli.root, stack).is_file() or processes.find(cli, stack).folder.exists():
        return
    state = state_file(cli, stack)
    if state is None or state.is_file():
        return
    known = sorted({*stack_file.names(cli.root), *(file.stem for file in state.parent.glob("*.json"))})
    close = difflib.get_close_matches(stack, known, n=1)
    repeated = f"make {command} STACK={close[0]}" if close and command not in WITH_ARGUMENTS else None
    finding = Finding(
        where=f"stack {stack}",
        what="there is no such stack; nothing was written",
        expected=f"one of {', '.join(known)}" if known else "a stack that make up has created",
        fix=repeated or ("make stacks" if known else f"make up STACK={stack}"),
    )
    raise NoStackError([finding])


def state_file(cli: CliContext, stack: str) -> Path | None:
    """Return the file of Pulumi's state of ``stack``, which need not exist; None for a state that is elsewhere."""
    url = os.environ.get("PULUMI_BACKEND_URL") or f"file://{cli.root.absolute() / '.pocdeploy' / 'state'}"
    folder = lock_recovery.state_folder(url, cli.root)
    return folder / ".pulumi" / "stacks" / project.NAME / f"{stack.rpartition('/')[2]}.json" if folder else None
