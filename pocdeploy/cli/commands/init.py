"""Write the settings of an application from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pocdeploy import fixes
from pocdeploy.cli.context import CliContext, stack_names
from pocdeploy.config import source_files
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.source.survey.draft import survey
from pocdeploy.source.survey.report import Draft
from pocdeploy.stacks.add_application import add_application, app_name, as_written


def init(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="Folder of the application; nothing in it is run or changed.")],
    name: Annotated[str | None, typer.Option(help="Name of the application. By default that of its folder.")] = None,
    stack: Annotated[
        str | None,
        typer.Option(
            "--stack",
            "-s",
            envvar="STACK",
            autocompletion=stack_names,
            help="Stack, whose file is made if there is none. By default one of the application's name.",
        ),
    ] = None,
) -> None:
    """Recognise an application and write its settings.

    Reads its text files alone: framework, Dockerfile, Procfile, packages, variables. Shows what it assumed, and what a
    person has to add.
    """
    cli: CliContext = context.obj
    if not path.is_dir():
        what = "is not a folder" if path.exists() else "folder not found"
        finding = Finding(
            where=str(path), what=what, expected="the folder of an application", fix="pocdeploy init ../shop"
        )
        raise PreflightError([finding])
    name = name or app_name(path)
    stack = stack or name
    patches = cli.root / "patches" / name
    draft = survey(source_files.read(path, patches), as_written(path, cli.root))
    file = add_application(cli.root, stack, name, draft.entry, draft.reasons)
    _show(cli, draft, name, stack, file)


def _show(cli: CliContext, draft: Draft, name: str, stack: str, file: Path) -> None:
    with fixes.for_stack(stack):
        secrets = [fixes.set_secret(f"secrets.{name}.{variable}") for variable in draft.secrets]
    steps = [f".venv/bin/python -m pocdeploy dev --app {name}", f"make up STACK={stack}"]
    if cli.json:
        found = {"file": file.name, "app": name, "stack": stack, "settings": draft.entry, "assumed": draft.assumed}
        typer.echo(json.dumps({**found, "missing": draft.missing, "secrets": secrets, "next": steps}, indent=2))
        return
    typer.echo(f"{file.name}: {name} is written")
    parts = {"Assumed": draft.assumed, "Not found, or to be changed": draft.missing}
    if secrets:
        parts["Secrets to set"] = secrets
    for title, lines in {**parts, "Next": steps}.items():
        if lines:
            typer.echo("\n".join([f"\n{title}:", *(f"  {line}" for line in lines)]))
