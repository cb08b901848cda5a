"""Let a stack run an image that exists already."""

from __future__ import annotations

from typing import Annotated

import typer

from pocdeploy.cli import operations
from pocdeploy.cli.context import App, CliContext, Stack
from pocdeploy.config import defaults

Image = Annotated[str, typer.Option("--image", envvar="IMAGE", help="name@sha256:…; default: the last built image.")]


def use_image(
    context: typer.Context,
    reference: Image = "",
    stack: Stack = "dev",
    name: App = defaults.APP,
    current: Annotated[  # noqa: FBT002
        bool, typer.Option(help="Keep the deployed image, unless the stack builds its image itself.")
    ] = False,
) -> None:
    """Let a stack run an existing image instead of building one."""
    cli: CliContext = context.obj
    if current:
        raise typer.Exit(operations.keep_image(cli, stack, name))
    raise typer.Exit(operations.use_image(cli, stack, name, reference))
