"""Read and write Pulumi.yaml and Pulumi.<stack>.yaml without the Pulumi CLI."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocdeploy import fixes
from pocdeploy.config import keys
from pocdeploy.errors import Finding, SettingsError

if TYPE_CHECKING:
    from pocdeploy.config.yaml_editor import YamlText

SECRETS = ("pocdeploy:secrets", "pocdeploy:registryPassword")
_SALT = "encryptionsalt"
_OF_ENCRYPTION = {_SALT, "secretsprovider", "encryptedkey"}
_TOP = {"config", "environment", *_OF_ENCRYPTION}
"""Keys of the file that Pulumi reads."""


def names(root: Path) -> list[str]:
    """Return the stacks that have a file in ``root``, sorted."""
    return sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in root.glob("Pulumi.*.yaml"))


def path(root: Path, stack: str) -> Path:
    """Return the file of ``stack``, which may be named with its organisation."""
    return root / f"Pulumi.{stack.rpartition('/')[2]}.yaml"


def document(file: Path) -> YamlText:
    """Return the document in ``file``; it is empty if the file does not exist.

    Raises SettingsError, which names file and line but never quotes the file: a secret may stand in it.
    """
    # Imported here: the Pulumi program of most stacks reads no file, and ruamel.yaml takes 15 ms.
    from pocdeploy.config.yaml_editor import YamlText  # noqa: PLC0415

    try:
        content = file.read_bytes()
    except FileNotFoundError:
        content = b""
    except OSError as error:
        finding = Finding(
            where=file.name, what="this file cannot be read", actual=error.strerror, fix=f"ls -l {file.name}"
        )
        raise SettingsError([finding]) from None
    return YamlText.decode(content, file.name)


def write(file: Path, text: str) -> None:
    """Write ``text`` to ``file`` in one step: other processes see the old content or the new one, never a part of it.

    A file that has this content already is not touched.
    """
    file = file.resolve()
    if file.is_file() and file.read_bytes() == text.encode():
        return
    draft = file.with_name(f".{file.name}.new")
    draft.write_bytes(text.encode())
    if file.exists():
        shutil.copymode(file, draft)
    draft.replace(file)


def place(root: Path, stack: str, found: YamlText | None = None) -> Callable[[Finding], Finding]:
    """Return the function that adds file and line to a finding about a setting of ``stack``.

    ``found`` is the document, if its content differs from the file.
    """
    file = path(root, stack)
    try:
        text = found or (document(file) if file.is_file() else None)
    except SettingsError:
        text = None

    def placed(finding: Finding) -> Finding:
        is_key = finding.where.startswith(keys.PREFIX) or (text is not None and finding.where in _config(text.data))
        if text is None or finding.file or not is_key:
            return finding
        try:
            place = in_document(text, keys.parse(finding.where))
        except ValueError:
            return replace(finding, file=file.name)
        line = text.line(place)
        # A command in short form, for example, has no key of its own in the file.
        is_absent = finding.fix == fixes.unset(finding.where) and not text.has(place)
        fix = fixes.edit(file.name, line) if is_absent or finding.fix == fixes.edit(file.name) else finding.fix
        return replace(finding, file=file.name, line=line, fix=fix)

    return placed


def in_document(text: YamlText, setting: keys.Path) -> tuple[str | int, ...]:
    """Return the path of a setting in the document of a stack, where its namespace can be left out.

    A renamed application, which messages can name as it was deployed, has its present name there.
    """
    first, given = str(setting[0]), _config(text.data)
    apps = given.get(f"{keys.PREFIX}apps")
    if first == "apps" and len(setting) > 1 and isinstance(apps, dict) and setting[1] not in apps:
        present = (name for name, app in apps.items() if isinstance(app, dict) and app.get("renamedFrom") == setting[1])
        setting = (first, next(present, str(setting[1])), *setting[2:])
    full = first if ":" in first else f"{keys.PREFIX}{first}"
    return ("config", first if full not in given and first in given else full, *setting[1:])


def config(root: Path, stack: str, found: YamlText | None = None) -> dict[str, Any] | None:
    """Return the configuration that the file of ``stack`` contains; None if there is no file, or it cannot be read.

    ``found`` is the document of the stack, if its content differs from the file.

    The commands that use this stack report what is wrong with it.
    """
    file = path(root, stack)
    try:
        return _config(_of_stack(root, stack, found).data) if found or file.is_file() else None
    except SettingsError:
        return None


def read(root: Path, stack: str, found: YamlText | None = None) -> dict[str, str]:
    """Return the configuration of ``stack`` in the form in which Pulumi passes it to the program.

    ``root`` contains Pulumi.yaml, whose defaults apply to keys that Pulumi.<stack>.yaml does not have; either file may
    be missing. ``found`` is the document of the stack, if its content differs from the file. Secrets are left out, and
    any other encrypted value is an arbitrary text: nothing can be decrypted here. Raises SettingsError if a file cannot
    be read.
    """
    project = document(root / "Pulumi.yaml").data
    name = str(project.get("name", "")) if isinstance(project, dict) else ""
    defaults = {key: _default(declared) for key, declared in _config(project).items()}
    values = {key: value for key, value in defaults.items() if value is not None}
    _check_shape(_of_stack(root, stack, found), path(root, stack))
    values |= {
        key: "" if value is None else value for key, value in _config(_of_stack(root, stack, found).data).items()
    }
    raw = {key if ":" in key else f"{name}:{key}": without_secrets(value) for key, value in values.items()}
    plain = {key: value for key, value in raw.items() if key not in SECRETS}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in plain.items()}


def _check_shape(text: YamlText, file: Path) -> None:
    """Raise SettingsError for a stack file whose settings Pulumi would ignore."""
    data = text.data if isinstance(text.data, dict) else {}
    if not file.is_file() or (data and data.keys() <= _OF_ENCRYPTION):
        return  # Pulumi writes a file with nothing but these keys
    findings = [_misplaced(text, file.name, key, data) for key in data if key not in _TOP]
    if not findings and not isinstance(data.get("config"), dict):
        is_empty = text.data is None or (data and data.get("config") is None)
        finding = Finding(
            where=file.name,
            what="this file has no settings",
            actual="an empty file" if text.data is None else "no map below config:" if data else "no map",
            expected="config: with a map of settings below it, for example pocdeploy:cluster",
            fix=fixes.set_value("cluster.type", "kind") if is_empty else fixes.edit(file.name, 1),
            file=file.name,
            line=text.line(("config",)) or 1,
        )
        findings = [finding]
    if findings:
        raise SettingsError(findings)


def _misplaced(text: YamlText, name: str, key: str, data: Mapping[str, Any]) -> Finding:
    """Return the finding about a key that is beside ``config:``, where Pulumi ignores it."""
    line = text.line((key,)) or 1
    fix = fixes.edit(name, line)
    if "config" not in data and all(each.startswith(keys.PREFIX) for each in data):
        fix = f"""awk 'BEGIN {{print "config:"}} {{print "  " $0}}' {name} >{name}.new && mv {name}.new {name}"""
    elif "config" not in data and data.keys() - _OF_ENCRYPTION == {key} and isinstance(data[key], dict):
        fix = f"sed -i.bak '{line}s/^[^:]*:/config:/' {name}"
    return Finding(
        where=name,
        what="this key is not below config:, so Pulumi would ignore it",
        actual=key,
        expected="config: with all settings below it",
        fix=fix,
        file=name,
        line=line,
    )


def _of_stack(root: Path, stack: str, found: YamlText | None) -> YamlText:
    return found or document(path(root, stack))


def in_written_order(apps: Mapping[str, Any], written: Any) -> dict[str, Any]:
    """Return applications in the order of the stack's file; those that it does not have follow.

    Pulumi sorts maps by name. The first application is at `localhost` and has its outputs under plain names, so another
    one that is added below it must not become the first because of its name.
    """
    first = [name for name in written if name in apps] if isinstance(written, dict) else []
    return {name: apps[name] for name in [*first, *(name for name in apps if name not in first)]}


def application(root: Path, stack: str, name: str) -> tuple[str, str]:
    """Return the key of an application in the file of ``stack``, and the name that it was deployed with.

    ``name`` is either of them. Without an entry for it, both are ``name``.
    """
    apps = (config(root, stack) or {}).get("pocdeploy:apps")
    for key, app in apps.items() if isinstance(apps, dict) else ():
        before = str(app.get("renamedFrom") or key) if isinstance(app, dict) else key
        if name in (key, before):
            return key, before
    return name, name


@contextmanager
def without_salt(file: Path) -> Iterator[None]:
    """Run the block, then remove ``encryptionsalt`` from ``file`` unless the file contains encrypted values.

    The Pulumi CLI writes that line, which belongs to the passphrase of one machine: committed, it makes every other
    machine fail with "incorrect passphrase". The state has its own copy of it. A salt from an earlier run is removed
    before the block. Every other change made during the block, by Pulumi or by a person, stays. A file that exists only
    because of the salt is removed.
    """
    existed = file.is_file()
    before = _without_unused_salt(file)
    if existed and before:
        write(file, before.text)
    try:
        yield
    finally:
        after = _without_unused_salt(file) if file.is_file() else None
        if after and not existed and not after.data:
            file.unlink()
        elif after and before and after.data == before.data:
            write(file, before.text)  # Pulumi may also have reformatted the file
        elif after:
            write(file, after.text)


def _without_unused_salt(file: Path) -> YamlText | None:
    """Return the document in ``file`` without a salt that protects nothing; None if the file is not usable."""
    try:
        found = document(file)
        return found if _has_secure(found.data) else found.unset([_SALT])
    except SettingsError:
        return None  # loading the settings reports it, and Pulumi does not write into a file that it cannot read


def _has_secure(value: object) -> bool:
    if isinstance(value, dict):
        return "secure" in value or any(_has_secure(item) for item in value.values())
    return isinstance(value, list) and any(_has_secure(item) for item in value)


def _config(data: Any) -> dict[str, Any]:
    found = data.get("config") if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _default(declared: Any) -> Any:
    """Return the value that Pulumi.yaml gives a key: the value itself, or ``default`` or ``value`` of a declaration."""
    return declared.get("default", declared.get("value")) if isinstance(declared, dict) else declared


def without_secrets(value: Any) -> Any:
    """Return a value with a text in place of each encrypted one."""
    if isinstance(value, dict):
        return "encrypted" if set(value) == {"secure"} else {key: without_secrets(each) for key, each in value.items()}
    return [without_secrets(each) for each in value] if isinstance(value, list) else value
