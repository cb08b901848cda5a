"""Describe what pydantic found in settings as findings with the config key, the value and the command.

A command is only offered if it works: the change is checked first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pocdeploy import fixes, redact
from pocdeploy.config import corrections, keys, schema
from pocdeploy.config.apps import is_secret
from pocdeploy.config.cluster import CLUSTERS
from pocdeploy.config.settings import Settings
from pocdeploy.config.types import Change, Renamed
from pocdeploy.errors import Finding
from pocdeploy.secret_names import names_a_secret

Path = tuple[str | int, ...]
Values = Mapping[str, Any]
Check = Callable[[Values], Set[str]]
"""Returns the keys with a problem in unchecked settings."""


@dataclass(frozen=True)
class InFile:
    """What the stack file contains, without the defaults of the project."""

    typed: Callable[[Path], str | None] = lambda _: None
    """Returns a scalar as it was typed."""
    has: Callable[[Path], bool] | None = None
    """Returns whether a key is there; None if only the values are known."""


_ACCEPTED = {
    "string_type": "a string",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "model_type": "a map of settings",
    "model_attributes_type": "a map of settings",
    "dict_type": "a map",
    "tuple_type": "a list",
    "missing": "a value",
}
_KINDS: dict[type, str] = {str: "a text, which may be a secret", list: "a list", dict: "a map"}
_NO_TEXT = {"int_type", "int_parsing", "bool_type", "bool_parsing"}
"""Errors of values that are no texts: quotes may be the whole mistake."""


@dataclass(frozen=True)
class _Problem:
    path: Path
    error: ErrorDetails
    is_name: bool = False
    """Whether the name of the key itself is invalid."""
    tries: tuple[Change, ...] = ()
    """Changes that the rule proposes."""

    @property
    def where(self) -> str:
        return keys.written(self.path) if self.path else "pocdeploy"

    @property
    def kind(self) -> str:
        return self.error["type"]


def problem_keys(values: Values) -> set[str]:
    """Return the keys with a problem in unchecked settings."""
    try:
        validated(values)
    except ValidationError as error:
        return {problem.where for problem in _problems(error)}
    return set()


def validated(values: Values) -> Settings:
    """Return checked settings; raises ValidationError. Keys have only their documented names."""
    return Settings.model_validate(values, by_alias=True, by_name=False)


def validation_findings(
    error: ValidationError, values: Values, *, check: Check = problem_keys, in_file: InFile | None = None
) -> list[Finding]:
    """Return a finding for each error in the settings of a stack.

    Args:
        error: what pydantic found.
        values: the unchecked settings.
        check: finds the problems that remain after a change.
        in_file: finds a value in the stack file.
    """
    cluster = schema.cluster_type(values)
    problems = _problems(error)
    described = _Describer(values, cluster, check, in_file or InFile(), {problem.where for problem in problems})
    meant = {path for it in problems if it.kind == "extra_forbidden" for path in schema.meant(it.path, cluster)}
    # A misspelt required key is one mistake, not two.
    return [described.finding(it) for it in problems if it.kind != "missing" or it.path not in meant]


def other_namespaces(names: Collection[str], in_file: InFile) -> Iterator[Finding]:
    """Yield a finding for each key that has a misspelt namespace, and would be ignored.

    ``names`` are full keys. Those of providers, for example ``aws:region``, are none of ours.
    """
    ours = [info.alias or name for name, info in Settings.model_fields.items()]
    for name in names:
        namespace, _, key = name.partition(":")
        if f"{namespace}:" != keys.PREFIX and key in ours:
            new = f"{keys.PREFIX}{key}"
            is_free = not in_file.has((key,)) if in_file.has else new not in names
            fix = fixes.move(name, new) if is_free else fixes.unset(name)
            what = f"this setting has another namespace than {keys.PREFIX}"
            yield Finding(where=name, what=what, actual=name, expected=new, fix=fix)


def _problems(error: ValidationError) -> list[_Problem]:
    return [problem for detail in error.errors() for problem in _expanded(detail)]


def _expanded(error: ErrorDetails) -> Iterator[_Problem]:
    """Yield the problems in one error: one for each key that it is about."""
    # pydantic adds names of alternatives to the path.
    path = [part for part in error["loc"] if not str(part).startswith(("tuple[", "literal["))]
    is_name = "[key]" in path
    path = [part for part in path if part != "[key]"]
    if path[0:1] == ["cluster"] and len(path) > 1:
        path.pop(1)  # the cluster type, which is not a key
    if error["type"].startswith("union_tag"):
        yield _Problem(("cluster", "type"), error)
        return
    context = error.get("ctx", {})
    tries = tuple(_absolute(tuple(path), change) for change in context.get("tries", ()))
    for key in context.get("at") or [""]:
        yield _Problem((*path, *(keys.parse(key) if key else ())), error, is_name, tries)


def _absolute(path: Path, change: Change) -> Change:
    def full(key: str) -> str:
        return keys.written((*path, *keys.parse(key)))

    return {
        full(key): Renamed(full(value.old)) if isinstance(value, Renamed) else value for key, value in change.items()
    }


@dataclass(frozen=True)
class _Describer:
    values: Values
    cluster: str
    check: Check
    in_file: InFile
    before: set[str]
    """Keys with a problem."""

    def finding(self, problem: _Problem) -> Finding:
        """Return the finding for a problem."""
        if problem.kind == "extra_forbidden":
            return self._unknown_key(problem)
        change = self._change(problem)
        return Finding(
            where=problem.where,
            what=_what(problem),
            actual=self._actual(problem),
            expected=_with_example(_accepted(problem), change, problem.where),
            fix=self._command(problem, change),
        )

    def _unknown_key(self, problem: _Problem) -> Finding:
        path, known = problem.path, schema.names(problem.path[:-1], self.cluster)
        possible = [*schema.meant(path, self.cluster)]
        if possible and schema.is_plural(path, possible[0]):
            possible = possible[:1]  # its value has another form, too
        moved = next((each for each in possible if self._is_free(each) and self._fits(problem, each)), None)
        meant = moved or next(iter(possible), None)
        hint = f"did you mean {_from(path, meant)}? " if meant else ""
        return Finding(
            where=problem.where,
            what="unknown setting",
            actual=self._actual(problem),
            expected=f"{hint}one of {', '.join(known)}",
            fix=fixes.move(problem.where, keys.written(moved)) if moved else fixes.unset(problem.where),
        )

    def _is_free(self, path: Path) -> bool:
        return not self.in_file.has(path) if self.in_file.has else keys.get(self.values, path) is None

    def _fits(self, problem: _Problem, path: Path) -> bool:
        return self._works({keys.written(path): Renamed(problem.where)}, problem)

    def _actual(self, problem: _Problem) -> str | None:
        """Return a masked value for a message; None where a text may be a secret: a variable, a receiver's URL."""
        if problem.is_name:
            return str(problem.path[-1])
        value = keys.get(self.values, problem.path) if problem.path else None
        if value is None:
            return "not set"
        if names_a_secret(str(problem.path[-1])):
            return redact.MASKED
        if isinstance(value, bool | int | float):
            return self.in_file.typed(problem.path) or shown(value)
        is_extra = "receiver" in problem.path and problem.kind == "extra_forbidden"
        if {"env", "buildArgs"} & set(problem.path) or is_extra:
            return next((text for kind, text in _KINDS.items() if isinstance(value, kind)), redact.MASKED)
        is_quoted = problem.kind in _NO_TEXT and _is_quoted(value)
        return json.dumps(redact.text(value), ensure_ascii=False) if is_quoted else shown(redact.structure(value))

    def _command(self, problem: _Problem, change: Change | None) -> str:
        path, value = problem.path, keys.get(self.values, problem.path)
        is_variable = len(path) == 4 and path[2] == "env" and isinstance(value, str)
        if is_variable and is_secret(str(path[3]), value):
            return f"{fixes.unset(problem.where)} && {fixes.set_secret(keys.written(('secrets', path[1], path[3])))}"
        return command(change) if change else fixes.edit(f"Pulumi.{fixes.stack()}.yaml")

    def _change(self, problem: _Problem) -> Change | None:
        """Return the first change that works; rather one that leaves no other problem behind."""
        own = [change for change in self._candidates(problem) if _touches(change, problem) or not problem.path]
        possible = [change for change in own if self._works(change, problem)]
        if problem.kind == "literal_error":  # the closest one
            return next(iter(possible), None)
        clean = (change for change in possible if self.check(changed(self.values, change)) <= self.before)
        return next(clean, possible[0] if possible else None)

    def _works(self, change: Change, problem: _Problem) -> bool:
        own = [keys.parse(key) for key in change]
        if not all(self._is_reachable(path) for path in own):
            return False
        left = self.check(changed(self.values, change))
        new = [keys.parse(where) for where in left - self.before if where != "pocdeploy"]
        return problem.where not in left and not any(keys.is_related(path, each) for path in own for each in new)

    def _is_reachable(self, path: Path) -> bool:
        """Return whether all that is above a key is a map or a list, or not there yet."""
        above = ((keys.get(self.values, path[:length]), path[length]) for length in range(1, len(path)))
        return all(value is None or isinstance(value, list if isinstance(part, int) else dict) for value, part in above)

    def _candidates(self, problem: _Problem) -> Iterator[Change]:
        yield from problem.tries
        where, value = problem.where, keys.get(self.values, problem.path)
        if not problem.path:
            return
        for name in schema.required(problem.path, self.cluster) if value is None else ():
            inner = (*problem.path, name)
            examples = corrections.of_field(schema.field(inner, self.cluster))
            yield from ({keys.written(inner): each} for each in examples)
        if problem.is_name:
            above, name = problem.path[:-1], str(problem.path[-1])
            for guess in corrections.guesses(name, None):
                if isinstance(guess, str) and not keys.has(keys.get(self.values, above), guess):
                    yield {keys.written((*above, guess)): Renamed(where)}
            yield {where: None}
            return
        if {"env", "buildArgs"} & set(problem.path[:-1]) and isinstance(value, str | list | dict):
            yield {where: None}  # a text in it may be a secret, which no command may repeat
        elif not problem.tries:
            yield from ({where: each} for each in self._values(problem, value) if not _loses(value, each))
        if not (isinstance(value, dict | list) and value):  # a person has typed it, and it may be right elsewhere
            yield {where: None}

    def _values(self, problem: _Problem, value: Any) -> Iterator[Any]:
        """Yield values that the key may get, the most likely first."""
        info = schema.field(problem.path, self.cluster)
        context = problem.error.get("ctx", {})
        is_safe = value is None or redact.structure(value, key=str(problem.path[-1])) == value
        if is_safe and problem.path == ("cluster",) and value in CLUSTERS:
            yield {"type": value}
        if is_safe and str(problem.path[-1]).lower().endswith(("storage", "size")) and str(value).isdecimal():
            yield f"{value}Gi"
        if is_safe and not context.get("at"):
            choices = [*CLUSTERS] if problem.path == ("cluster", "type") else schema.choices(info)
            yield from corrections.closest(value, choices) if value is not None else ()
            yield from corrections.guesses(value, self.in_file.typed(problem.path))
        yield from (context[limit] for limit in ("ge", "le") if limit in context and _is_beyond(value, limit, context))
        yield from corrections.of_field(info)
        yield from schema.choices(info)
        yield from corrections.examples(_accepted(problem))
        yield from ([each] for each in corrections.examples(_accepted(problem)))


def _touches(change: Change, problem: _Problem) -> bool:
    """Return whether a change is for this key; a rule that is about several keys proposes changes for each."""
    return len(problem.error.get("ctx", {}).get("at", ())) < 2 or problem.where in change


def _is_beyond(value: Any, limit: str, context: Mapping[str, Any]) -> bool:
    if not isinstance(value, int | float):
        return False
    return bool(value < context["ge"] if limit == "ge" else value > context["le"])


def _loses(value: Any, new: Any) -> bool:
    """Return whether a new value would overwrite a map."""
    return isinstance(value, dict) and bool(value) and new not in ([value],)


def changed(values: Values, change: Change) -> Values:
    """Return unchecked settings with a change."""
    for key, value in change.items():
        path = keys.parse(key)
        if isinstance(value, Renamed):
            old = keys.parse(value.old)
            values = keys.put(_without(values, old), path, keys.get(values, old))
        else:
            values = _without(values, path) if value is None else keys.put(values, path, value)
    return values


def _without(values: Values, path: Path) -> Values:
    result: Values = keys.without(values, path)
    return result


def command(change: Change) -> str:
    """Return the command for a change."""
    moved = {key: value.old for key, value in change.items() if isinstance(value, Renamed)}
    if moved:
        ((new, old),) = moved.items()
        return fixes.move(old, new, {key: value for key, value in change.items() if key not in moved})
    removed = tuple(key for key, value in change.items() if value is None)
    given = {key: value for key, value in change.items() if value is not None}
    return fixes.set_values(given, remove=removed) if given else fixes.unset(*removed)


def _what(problem: _Problem) -> str:
    if problem.is_name:
        return "invalid name"
    if problem.path == ("cluster", "type"):
        return "unknown cluster type"
    if problem.error["loc"] == ():
        return "conflicting settings"
    return "this setting is missing" if problem.kind == "missing" else "invalid value"


def _from(path: Path, meant: Path) -> str:
    """Return a key as seen from the map that another one is in."""
    above = path[:-1]
    if meant[: len(above)] == above:
        return keys.written(meant[len(above) :]).removeprefix(keys.PREFIX)
    return keys.written(meant)


def _accepted(problem: _Problem) -> str:
    error = problem.error
    if problem.path == ("cluster", "type"):
        *others, last = map(repr, CLUSTERS)
        return f"{', '.join(others)} or {last}"
    if problem.kind == "pocdeploy":
        return error["msg"]
    accepted = _ACCEPTED.get(problem.kind) or error["msg"].removeprefix("Input should be ")
    return f"{accepted} without quotes" if problem.kind in _NO_TEXT and _is_quoted(error["input"]) else accepted


def _is_quoted(value: Any) -> bool:
    return isinstance(value, str) and isinstance(next(corrections.guesses(value, None)), int)


def _with_example(accepted: str, change: Change | None, where: str) -> str:
    value = (change or {}).get(where)
    if value is None or isinstance(value, Renamed | dict) or "for example" in accepted:
        return accepted
    text = json.dumps(value) if isinstance(value, str) and fixes.is_ambiguous(value) else fixes.as_text(value)
    joined = "or" if isinstance(value, bool) else "for example"
    return accepted if text in accepted.split() else f"{accepted}, {joined} {text}"


def shown(value: Any) -> str:
    """Return a value as written in a stack file, shortened."""
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
