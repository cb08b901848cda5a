"""Change settings in a stack file."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Annotated

import typer

from pocdeploy import fixes
from pocdeploy.cli import needs
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.config import edit, keys, stack_file
from pocdeploy.errors import Finding, PreflightError, SettingsError
from pocdeploy.stacks.store_secret import store_secret

Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY VALUE", help="A key and its value as YAML; several pairs are set in one step."),
]
Remove = Annotated[list[str] | None, typer.Option("--unset", metavar="KEY", help="Remove this key in the same step.")]
From = Annotated[
    str, typer.Option("--from", metavar="KEY", help="Give KEY the value of this key, and remove this key.")
]
Replace = Annotated[bool, typer.Option("--replace", help="Let the value replace a map with other keys.")]


def set(  # noqa: A001 -- the name of the command
    context: typer.Context,
    words: Words = None,
    stack: Stack = "dev",
    unset: Remove = None,
    source: From = "",
    replace: Replace = False,  # noqa: FBT002
) -> None:
    """Change a setting in the stack file.

    Keys have dots: cluster.httpPort, apps.shop.env.A. Everything else in the file stays as it is, and nothing is
    written if the result would have a new problem. A secret is asked for, or read from stdin, and stored encrypted.
    """
    cli: CliContext = context.obj
    given = list(words or _from_make())
    target = given.pop() if source and len(given) % 2 else ""
    if len(given) == 1 and edit.is_secret(given[0]):
        _set_secret(cli, stack, given[0])
        return
    if len(given) % 2 or not (given or target):
        raise PreflightError([_no_value(cli, stack, given)])
    changes = edit.Changes(
        values=[*zip(given[::2], given[1::2], strict=True)],
        removed=unset or (),
        renamed=(source, target) if target else None,
        replace=replace,
    )
    apply(cli, stack, changes)


def apply(cli: CliContext, stack: str, changes: edit.Changes) -> None:
    """Change the stack file, and show which key is in which line, and the problems that remain."""
    left = edit.apply(cli.root, stack, changes)
    file = cli.stack_file(stack)
    document = stack_file.document(file)
    for key in [*(key for key, _ in changes.values), *([changes.renamed[1]] if changes.renamed else [])]:
        place = stack_file.in_document(document, keys.parse(key))
        cli.show_done(
            stack, [f"{file.name}:{document.line(place)}: {keys.written(keys.parse(key))} is set"], otherwise=""
        )
    for key in changes.removed:
        cli.show_done(stack, [f"{file.name}: {keys.written(keys.parse(key))} is removed"], otherwise="")
    if left:
        cli.log(str(SettingsError(left)).replace("; nothing was changed", "; these problems were there before"))


def _from_make() -> list[str]:
    """Return KEY and VALUE of `make set`, which passes them on in the environment."""
    key, value = os.environ.get("POCDEPLOY_KEY", ""), os.environ.get("POCDEPLOY_VALUE", "")
    return [*([key] if key else []), *([value] if key and value else [])]


def _set_secret(cli: CliContext, stack: str, key: str) -> None:
    edit.secret(cli.root, stack, key)
    value = getpass.getpass(f"Value of {key}: ") if sys.stdin.isatty() else sys.stdin.read().removesuffix("\n")
    if not value:
        what = "no value was typed; nothing was written"
        raise PreflightError([Finding(where=key, what=what, fix=fixes.set_secret(key))])
    needs.provide(cli, "set", stack)
    store_secret(cli.pulumi, stack, keys.written(keys.parse(key)), value)
    cli.show_done(stack, [f"{cli.stack_file(stack).name}: {key} is set, encrypted"], otherwise="")


def _no_value(cli: CliContext, stack: str, given: list[str]) -> Finding:
    if not given:
        return Finding(where="set", what="no key", expected="KEY VALUE", fix=fixes.set_value("cluster.httpPort", 8080))
    key = given[-1]
    example = edit.example(cli.root, stack, key)
    fix = None if example is None else fixes.set_value(key, example)
    return Finding(where=key, what="no value; nothing was written", expected="KEY VALUE", fix=fix)
