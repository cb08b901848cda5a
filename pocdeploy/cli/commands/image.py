"""Build an application's image once, for all stacks that run it by digest."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from pocdeploy.cli.context import App, CliContext, Stack
from pocdeploy.config import AppSettings, defaults
from pocdeploy.docker import image_build
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.stacks import images


def image(
    context: typer.Context,
    repository: Annotated[str, typer.Option(envvar="REPOSITORY", help="Repository to push to, without a tag.")] = "",
    stack: Stack = "dev",
    name: App = defaults.APP,
    platform: Annotated[str, typer.Option(envvar="PLATFORM", help="Platform of the nodes.")] = "linux/amd64",
    push: Annotated[bool, typer.Option(help="Push the image; otherwise only build it.")] = True,  # noqa: FBT002
) -> None:
    """Build and push the image of this commit; print its digest.

    The image has labels, provenance and an SBOM. use-image and deploy take it from this checkout; in GitHub Actions the
    reference also goes to GITHUB_OUTPUT.
    """
    cli: CliContext = context.obj
    app = _application(cli, stack, name)
    if push and not repository:
        finding = Finding(
            where="REPOSITORY",
            what="repository to push to is not set",
            expected="ghcr.io/owner/name, without a tag",
            fix="make image REPOSITORY=ghcr.io/OWNER/NAME",
        )
        raise PreflightError([finding])
    reference = image_build.build(
        name,
        app,
        cli.root,
        repository=repository.lower() or f"localhost/{name}",
        commit=image_build.commit(cli.root),
        platform=platform,
        push=push,
    )
    if reference is None:
        return
    typer.echo(reference)
    images.last_built(cli.root, name).write_text(reference + "\n", "utf-8")
    _to_github(reference)


def _application(cli: CliContext, stack: str, name: str) -> AppSettings:
    apps = cli.settings(stack).apps
    if name not in apps:
        finding = Finding(
            where="APP",
            what="application not found in pocdeploy:apps",
            actual=name,
            expected=", ".join(apps),
            fix=f"make image APP={next(iter(apps))}",
        )
        raise PreflightError([finding])
    return apps[name]


def _to_github(reference: str) -> None:
    if output := os.environ.get("GITHUB_OUTPUT"):
        with Path(output).open("a", encoding="utf-8") as file:
            repository, _, digest = reference.partition("@")
            file.write(f"image={reference}\nname={repository}\ndigest={digest}\n")
