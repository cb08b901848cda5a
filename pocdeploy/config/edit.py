"""Change settings in the file of a stack, unless the result would be worse than before."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocdeploy import fixes, redact
from pocdeploy.config import keys, schema, stack_file
from pocdeploy.config.apps import is_secret as is_secret_variable
from pocdeploy.config.load import REGISTRY_PASSWORD, SECRETS, load
from pocdeploy.errors import Finding, SettingsError

if TYPE_CHECKING:
    from pocdeploy.config.yaml_editor import YamlText

Path_ = tuple[str | int, ...]
OPEN = {"env", "buildArgs"}
"""Maps whose values everyone who has the stack file can read."""


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Changes of one stack file that belong together."""

    values: Sequence[tuple[str, str]] = ()
    """Keys and their new values, as YAML."""
    removed: Sequence[str] = ()
    """Keys to remove."""
    renamed: tuple[str, str] | None = None
    """Former and new name of a key."""
    replace: bool = False
    """Whether a value may replace a map with other keys."""


def apply(root: Path, stack: str, changes: Changes) -> list[Finding]:
    """Change the file of a stack; return the problems that it had before and still has.

    Raises SettingsError, and leaves the file as it is, for a key that does not exist, for a secret in clear, and if the
    result would have a problem that the file does not have.
    """
    file = stack_file.path(root, stack)
    before = stack_file.document(file)
    if findings := [*_refused(before, changes)]:
        raise SettingsError(findings)
    after = before
    if changes.renamed:
        after = _renamed(after, *changes.renamed)
    for key in changes.removed:
        after = after.unset(_place(after, key))
    for key, text in changes.values:
        after = _with(root, stack, after, key, text)
    changed = [*changes.removed, *(key for key, _ in changes.values), *(changes.renamed or ())]
    left = _checked(root, stack, before, after, changed)
    stack_file.write(file, after.text)
    return left


def secret(root: Path, stack: str, key: str) -> None:
    """Raise SettingsError unless a stack can have this secret."""
    before = stack_file.document(stack_file.path(root, stack))
    place = _place(before, key)
    _checked(root, stack, before, before.set(place, {"secure": "encrypted"}), [key])


def is_secret(key: str) -> bool:
    """Return whether the value of a key is always encrypted."""
    try:
        return keys.parse(key)[0] in (SECRETS, REGISTRY_PASSWORD)
    except ValueError:
        return False


def example(root: Path, stack: str, key: str) -> Any:
    """Return a valid value for a key; None if there is no example."""
    from pocdeploy.config import corrections  # noqa: PLC0415 -- only needed for this message

    info = schema.field(keys.parse(key), _cluster(stack_file.document(stack_file.path(root, stack))))
    return next(iter([*corrections.of_field(info), *schema.choices(info)]), None)


def _refused(document: YamlText, changes: Changes) -> Iterator[Finding]:
    cluster = _cluster(document)
    new = [key for key, _ in changes.values] + ([changes.renamed[1]] if changes.renamed else [])
    for key in [*new, *changes.removed, *([changes.renamed[0]] if changes.renamed else [])]:
        try:
            path = keys.parse(key)
        except ValueError:
            yield Finding(where=key, what="this is not a key", expected="names with dots, for example cluster.httpPort")
            return
        is_written = document.has(_place(document, key))
        if key not in new and not is_written:
            yield _not_set(document, key, path)
        if key in new and not is_written and path[0] not in (SECRETS, REGISTRY_PASSWORD):
            yield from _unknown(document, path, cluster, dict(changes.values).get(key))
    for key, text in changes.values:
        yield from _in_clear(key, text)
        if not changes.replace:
            yield from _overwritten(document, key, text)


def _unknown(document: YamlText, path: Path_, cluster: str, text: str | None) -> Iterator[Finding]:
    """Yield a finding for a setting that does not exist, and for one of an application that is not in the stack."""
    if path[0] == "apps" and len(path) > 2:
        apps = keys.get(document.data, _place(document, "apps")) or {}
        name = _similar(str(path[1]), apps)
        if path[1] not in apps and name:
            right = keys.written((*path[:1], name, *path[2:]))
            yield _no_such("application", keys.written(path[:2]), right, [*apps], text)
            return
    for length in range(1, len(path) + 1):
        if schema.field(path[:length], cluster) is None:
            part = path[:length]
            meant = next(schema.meant(part, cluster), None)
            target = keys.written((*meant, *path[length:])) if meant else None
            yield _no_such("setting", keys.written(part), target, schema.names(part[:-1], cluster), text)
            return


def _no_such(what: str, where: str, right: str | None, known: Sequence[str], text: str | None) -> Finding:
    hint = f"did you mean {right}? " if right else ""
    names = f"one of {', '.join(known)}" if known else "a key that docs/configuration.md describes"
    fix = fixes.set_text(right, text) if right and text is not None else None
    return Finding(where=where, what=f"no such {what}; nothing was written", expected=f"{hint}{names}", fix=fix)


def _not_set(document: YamlText, key: str, path: Path_) -> Finding:
    above = _place(document, key)[:-1]
    given = keys.get(document.data, above)
    known = [str(each) for each in given] if isinstance(given, dict) else []
    name = _similar(str(path[-1]), known)
    right = keys.written((*path[:-1], name)) if name else None
    hint = f"did you mean {right}? " if right else ""
    listed = f"one of {', '.join(known)}" if known else "a key that is in the stack file"
    what = "this key is not in the stack file; nothing was written"
    return Finding(
        where=keys.written(path), what=what, expected=f"{hint}{listed}", fix=fixes.unset(right) if right else None
    )


def _similar(name: str, known: Any) -> str | None:
    return next(iter(difflib.get_close_matches(name, [str(each) for each in known], n=1)), None)


def _in_clear(key: str, text: str) -> Iterator[Finding]:
    """Yield a finding for a secret on the command line, which other users of the machine and the history have seen."""
    path = keys.parse(key)
    what = "a secret must not be on a command line or in clear in a file; nothing was written"
    expected = "the key alone: the value is asked for, or read from stdin"
    if is_secret(key):
        yield Finding(
            where=keys.written(path), what=what, actual=redact.MASKED, expected=expected, fix=fixes.set_secret(key)
        )
    elif len(path) == 4 and path[0] == "apps" and path[2] in OPEN and is_secret_variable(str(path[3]), text):
        fix = fixes.set_secret(keys.written((SECRETS, path[1], path[3])))
        yield Finding(where=keys.written(path), what=what, actual=redact.MASKED, expected=expected, fix=fix)


def _overwritten(document: YamlText, key: str, text: str) -> Iterator[Finding]:
    """Yield a finding for a map whose entries would be lost."""
    given, new = keys.get(document.data, _place(document, key)), parsed(text)
    lost = [name for name in given if not isinstance(new, dict) or name not in new] if isinstance(given, dict) else []
    if lost and new != [given]:
        inner = keys.written((*keys.parse(key), lost[0]))
        yield Finding(
            where=keys.written(keys.parse(key)),
            what=f"this would remove {', '.join(map(str, lost))}; nothing was written",
            expected=f"one key in it, for example {inner}; or --replace, to remove all of it",
            fix=fixes.edit(f"Pulumi.{fixes.stack()}.yaml", document.line(_place(document, key))),
        )


def _with(root: Path, stack: str, document: YamlText, key: str, text: str) -> YamlText:
    """Return the document with a value: as YAML reads it, or as a text if only that is valid."""
    path, place = keys.parse(key), _place(document, key)
    value = parsed(text)
    first = document.set(place, value)
    if isinstance(value, str) or not _about(root, stack, first, path):
        return first
    other = document.set(place, text)
    return first if _about(root, stack, other, path) else other


def _about(root: Path, stack: str, document: YamlText, path: Path_) -> bool:
    """Return whether a document has a problem in the value at a path."""
    return any(where[: len(path)] == path for where in map(_where, _problems(root, stack, document)))


def _renamed(document: YamlText, old: str, new: str) -> YamlText:
    source, target = _place(document, old), _place(document, new)
    if source[:-1] == target[:-1] and isinstance(target[-1], str) and not document.has(target):
        return document.rename(source, target[-1])
    return document.unset(source).set(target, keys.get(document.data, source))


def _checked(root: Path, stack: str, before: YamlText, after: YamlText, changed: Sequence[str]) -> list[Finding]:
    """Return the problems that remain; raise SettingsError if there is a new one.

    A problem elsewhere may have been hidden by one that the change solves: that is no reason to refuse it.
    """
    known, left = _problems(root, stack, before), _problems(root, stack, after)
    same = {(finding.where, finding.what) for finding in known}
    new = [finding for finding in left if (finding.where, finding.what) not in same]
    solved = len({finding.where for finding in known} - {finding.where for finding in left})
    own = [keys.parse(key) for key in changed]
    caused = [it for it in new if any(keys.is_related(_where(it), path) for path in own)]
    if refused := caused if solved else new:
        raise SettingsError(refused)
    return left


def _problems(root: Path, stack: str, document: YamlText) -> list[Finding]:
    try:
        load(stack_file.read(root, stack, document), root=root, stack=stack, document=document)
    except SettingsError as error:
        return list(error.findings)
    return []


def _where(finding: Finding) -> Path_:
    try:
        return keys.parse(finding.where)
    except ValueError:
        return ()


def _place(document: YamlText, key: str) -> Path_:
    return stack_file.in_document(document, keys.parse(key))


def _cluster(document: YamlText) -> str:
    given = keys.get(document.data, _place(document, "cluster"))
    return schema.cluster_type({"cluster": given})


def parsed(text: str) -> Any:
    """Return a value on a command line as YAML reads it; a text that is not YAML is a string."""
    from pocdeploy.config.yaml_editor import YamlText  # noqa: PLC0415 -- as in stack_file

    try:
        found = YamlText(f"x: {text}" if text.strip() else "x: ''", "value").data
    except SettingsError:
        return text
    return found["x"] if isinstance(found, dict) and [*found] == ["x"] and found["x"] is not None else text
