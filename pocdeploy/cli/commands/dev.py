"""Run an application without Docker."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pocdeploy.config import defaults


def dev(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Option("--app", envvar="APP", help="Application, as in pocdeploy:apps; else app/<name>.")
    ] = None,
    source: Annotated[Path | None, typer.Option(help="Another application directory; its name is the default.")] = None,
    patches: Annotated[Path | None, typer.Option(help="Another directory of patches.")] = None,
    port: Annotated[int, typer.Option(envvar="PORT", min=1, max=65535, help="Port on 127.0.0.1.")] = 8000,
) -> None:
    """Run the patched application without Docker, on PostgreSQL."""
    # Imported here: no other command needs them.
    from pocdeploy.processes import app_settings  # noqa: PLC0415
    from pocdeploy.processes import server as development  # noqa: PLC0415

    root = context.obj.root
    name = name or (source.resolve().name if source else defaults.APP)
    found = app_settings.find(root, name, source)
    development.run(
        root / str(found.app.path),
        patches or root / str(found.app.patches),
        root / ".pocdeploy" / "dev" / name,
        project=root,
        app=found.app,
        port=port,
        secrets=found.secrets,
    )
