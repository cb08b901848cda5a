"""`image` builds an application's image once; `use-image` lets a stack run it, by digest."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.config import defaults, load, stack_config, stack_salt
from pocdeploy.docker import image_build
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.stacks import create
from pocdeploy.toolchain import install

_App = Annotated[str, typer.Option("--app", envvar="APP", help="Application, as in pocdeploy:apps.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("image")(image)
    app.command("use-image")(use_image)


def image(
    context: typer.Context,
    repository: Annotated[str, typer.Option(envvar="REPOSITORY", help="Where it is pushed, without a tag.")],
    stack: Stack = "dev",
    name: _App = defaults.APP,
    platform: Annotated[str, typer.Option(envvar="PLATFORM", help="Platform of the nodes.")] = "linux/amd64",
    push: Annotated[bool, typer.Option(help="Push it; otherwise only see that it can be built.")] = True,  # noqa: FBT002
) -> None:
    """Build and push the image of the checked-out commit, labelled; print it by its digest."""
    session: CliContext = context.obj
    short = stack.rpartition("/")[2]
    settings = load(stack_config.read(session.root, short), root=session.root, stack=short)
    if name not in settings.apps:
        accepted = ", ".join(settings.apps)
        raise PreflightError(
            [Finding(where="APP", what="there is no such application", actual=name, expected=accepted)]
        )
    reference = image_build.build(
        name,
        settings.apps[name],
        session.root,
        repository=repository.lower(),
        commit=image_build.commit(session.root),
        platform=platform,
        push=push,
    )
    if reference is None:
        return
    typer.echo(reference)
    # What `use-image` takes where nobody hands the reference on: later stages in the same checkout.
    (session.root / ".pocdeploy" / f"image-{name}.txt").write_text(reference + "\n", "utf-8")
    if output := os.environ.get("GITHUB_OUTPUT"):  # the next job takes it from there
        with Path(output).open("a", encoding="utf-8") as file:
            repo, _, digest = reference.partition("@")
            file.write(f"image={reference}\nname={repo}\ndigest={digest}\n")


def use_image(
    context: typer.Context,
    reference: Annotated[
        str, typer.Option("--image", envvar="IMAGE", help="name@sha256:…; without one that of the last `image`.")
    ] = "",
    stack: Stack = "dev",
    name: _App = defaults.APP,
    current: Annotated[  # noqa: FBT002
        bool, typer.Option(help="The one that the stack runs now, if it was given that rather than built it.")
    ] = False,
) -> None:
    """Let a stack run an image that was built before, instead of building one."""
    session: CliContext = context.obj
    install.ensure(session.root, wanted=("pulumi",), log=session.log)
    if current:
        reference = _running(session, stack, name) or ""
        if not reference:
            return
    last = session.root / ".pocdeploy" / f"image-{name}.txt"
    if not reference and last.is_file():
        reference = last.read_text("utf-8").strip()
    if not re.search(r"@sha256:[0-9a-f]{64}$", reference):
        finding = Finding(
            where="IMAGE",
            what="this is no image by digest",
            actual=reference[:200] or None,
            expected="name@sha256:<64 hex digits>",
            fix="make image REPOSITORY=…",
        )
        raise PreflightError([finding])
    # The stack's file first: a file with nothing but an image in it would be taken for the stack's own settings.
    template = os.environ.get("TEMPLATE") or create.TEMPLATE
    create.create_stack_file(session.root, stack, template=template, log=session.log)
    with stack_salt.without_salt(session.stack_file(stack)):
        code = session.pulumi("stack", "select", "--create", "--stack", stack)
        key = f"pocdeploy:apps.{name}.image"
        code = code or session.pulumi("config", "set", "--stack", stack, "--path", key, reference)
    raise typer.Exit(code)


def _running(session: CliContext, stack: str, name: str) -> str | None:
    """Return the image that the application runs, unless the stack has built it itself or is not up."""
    exported = session.capture_pulumi("stack", "export", "--stack", stack)
    if exported.code:
        return None
    resources = json.loads(exported.stdout)["deployment"].get("resources") or []
    if any(each["urn"].endswith(f"::{name}-image") for each in resources):
        return None
    outputs: dict[str, Any] = next(
        (each.get("outputs") or {} for each in resources if "::pulumi:pulumi:Stack::" in each["urn"]), {}
    )
    image = ((outputs.get("apps") or {}).get(name) or {}).get("imageRef")
    return image if isinstance(image, str) else None
