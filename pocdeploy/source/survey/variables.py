"""Find the environment variables that a source reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pocdeploy.config.source_files import SourceFiles

MOST = 3_000
"""Files that are searched."""
_NAME = r"([A-Za-z_][A-Za-z0-9_]*)"
_UPPER = r"([A-Z][A-Z0-9_]+)"
_REST = r"(?=\s*(?P<rest>[,)|?&{\]].{0,60})?)"
_PATTERNS: dict[str, tuple[str, ...]] = {
    "py": (
        # os.environ["A"] ends the program if A is not set, all others may have a default.
        rf"environ\[\s*[\"']{_NAME}[\"'](?P<needed>\s*\])(?!\s*=[^=])",
        rf"environ\.get\(\s*[\"']{_NAME}[\"']{_REST}",
        rf"getenv\(\s*[\"']{_NAME}[\"']{_REST}",
        rf"[\"']{_UPPER}[\"']\s+(?:not\s+)?in\s+(?:os\.)?environ",
        # env("A"), env.bool("A"), envbool("A"), config("A"), get_env("A")
        rf"\b\w*(?:env|config|Env)\w*(?:\.\w+)?\(\s*(?:var_name=|name=)?[\"']{_UPPER}[\"'](?=(?P<rest>\s*[,)].{{0,60}}))",
    ),
    "js": (
        rf"process\.env\.{_UPPER}{_REST}",
        rf"process\.env\[\s*[\"']{_UPPER}[\"']\s*\]{_REST}",
        rf"\b(?:config|configService|env)\w*\.(?:get|getOrThrow|require)(?:<\w+>)?\(\s*[\"']{_UPPER}[\"']{_REST}",
        rf"\benv\(\s*[\"']{_UPPER}[\"']{_REST}",
        # Fields that joi, zod or envalid check: they are needed, unless the rest says otherwise.
        rf"^\s*{_UPPER}:\s*(?:Joi|joi|z|zod|yup|str|num|bool|url|port|email|host)\b(?P<checked>[^\n]*(?:\n\s*\.[^\n]*)*)",
    ),
    "rb": (rf"ENV\[\s*[\"']{_NAME}[\"']\s*\]{_REST}", rf"ENV\.fetch\(?\s*[\"']{_NAME}[\"'](?=(?P<rest>.{{0,60}}))"),
    "go": (
        rf"os\.(?:Getenv|LookupEnv)\(\s*\"{_NAME}\"",
        rf"\b(?:env|envconfig):\"{_UPPER}",
        rf"\b\w*[eE]nv\w*\(\s*(?:\"[\w.]+\",\s*)?\"{_UPPER}\"{_REST}",
    ),
    "java": (rf"\$\{{{_UPPER}(?=(?P<rest>[:}}][^}}]{{0,60}}))", rf"getenv\(\s*\"{_NAME}\""),
    # Scripts that start the application; what they assign themselves is left out below.
    "sh": (rf"\$\{{?{_UPPER}\b(?!\s*=)",),
    "php": (rf"\benv\(\s*[\"']{_UPPER}[\"']{_REST}", rf"getenv\(\s*[\"']{_UPPER}"),
    "ex": (rf"System\.(?:get_env|fetch_env!?)\(\s*\"{_UPPER}\"{_REST}",),
}
_LANGUAGE = {
    "py": "py", "js": "js", "ts": "js", "mjs": "js", "cjs": "js", "mts": "js", "tsx": "js", "jsx": "js", "prisma": "js",
    "rb": "rb", "erb": "rb", "yml": "rb", "ru": "rb", "go": "go", "java": "java", "kt": "java", "properties": "java",
    "php": "php", "ex": "ex", "exs": "ex", "sh": "sh",
}  # fmt: skip
_COMPILED = {language: [re.compile(pattern, re.M) for pattern in found] for language, found in _PATTERNS.items()}
_STARTS = re.compile(r"(^|/)[\w.-]*(entrypoint|start|run|boot|launch)[\w.-]*\.sh$")
"""Scripts that start an application."""
_ASSIGNED = r"(?m)^\s*(?:export |local |readonly )?{0}=(?!\$\{{{0}\b)"
"""A variable that a script sets itself, without reading it."""
_SPRING_YAML = re.compile(r"(^|/)application[\w-]*\.ya?ml$")
IGNORED = re.compile(
    r"(^|/)(tests?|spec|specs|e2e|docs?|examples?|fixtures?|cypress|scripts|\.github|\.devcontainer|migrations)/"
    r"|(^|/)(conftest|test_\w+|tests)\.py$|_test\.(go|exs?|rb)$|_spec\.rb$|\.(test|spec|stories|d|min)\.[cm]?[jt]sx?$"
    r"|(^|/)settings/(test|testing|local|dev|development|ci)\.py$|(^|/)environments/(test|development)\.rb$"
)
"""Files that do not run where the application serves."""
_SETTINGS_CLASS = re.compile(r"^class\s+\w+\((?:[\w.]*,\s*)*[\w.]*Settings\b[^)]*\):\s*$", re.M)
_FIELD = re.compile(r"^(?:    |\t)([A-Za-z]\w*)\s*:\s*([^=\n]+?)(=.*)?$")


@dataclass(frozen=True)
class Variable:
    """A place where a variable is read."""

    name: str
    where: str
    """File and line."""
    needed: bool = False
    """Whether the program ends without it."""
    default: str = ""
    """What follows the name, shortened; it may contain a default."""


def variables(files: SourceFiles) -> dict[str, Variable]:
    """Return the variables that a source reads; of several places one that needs it, else the first."""
    found: dict[str, Variable] = {}
    guarded: set[str] = set()
    for file in searched(files):
        text = files.text(file)
        for variable in (*_in_code(file, text), *_in_settings(file, text)):
            before = found.get(variable.name)
            if before is None or (variable.needed and not before.needed):
                found[variable.name] = variable
        guarded |= set(re.findall(rf"[\"']{_UPPER}[\"']\s+in\s+(?:os\.)?environ", text))
    return {
        name: Variable(name, each.where, needed=False, default=each.default) if name in guarded else each
        for name, each in found.items()
    }


def searched(files: SourceFiles) -> list[str]:
    """Return the files with code that runs where the application serves."""
    return [
        name for name in files.names if _language(name) and not IGNORED.search(name) and not name.startswith(".github")
    ][:MOST]


def _language(name: str) -> str | None:
    end = name.rpartition(".")[2]
    if end == "sh" and not _STARTS.search(name):
        return None
    return "java" if _SPRING_YAML.search(name) else _LANGUAGE.get(end)


def _in_code(file: str, text: str) -> Iterator[Variable]:
    for pattern in _COMPILED[_language(file) or "py"]:
        for match in pattern.finditer(text):
            groups = match.groupdict()
            if "checked" in groups and "process.env" not in text:
                continue
            if file.endswith(".sh") and re.search(_ASSIGNED.format(match[1]), text):
                continue
            line = text.count("\n", 0, match.start()) + 1
            yield Variable(
                match[1], f"{file}:{line}", needed=_is_needed(match, groups), default=groups.get("rest") or ""
            )


def _is_needed(match: re.Match[str], groups: dict[str, str | None]) -> bool:
    if "checked" in groups:
        if re.match(r"\W*\w+:\s*joi\b", match[0], re.I):
            return ".required(" in (groups["checked"] or "")
        return not re.search(r"\.(default|optional|nullish|allow|catch)\(|default:|devDefault", groups["checked"] or "")
    if "needed" in groups:  # in a block or a function it may never be reached
        before = match.string[match.string.rfind("\n", 0, match.start()) + 1 : match.start()]
        return not before[:1].isspace()
    word, rest = match[0].lower(), (groups.get("rest") or "").strip()
    must = any(start in word for start in ("env(", "env.", "config(", "fetch(", "fetch_env", "getorthrow"))
    gets = any(part in word for part in ("environ.get", "getenv", "get_env(", "lookupenv", "process.env"))
    return must and not gets and re.match(r"\)(?!\s*(\{|or\b|do\b|\|\|))", rest) is not None


def _in_settings(file: str, text: str) -> Iterator[Variable]:
    """Yield the fields of pydantic's settings, which are read from variables of their names."""
    if not file.endswith(".py") or "Settings" not in text:
        return
    for head in _SETTINGS_CLASS.finditer(text):
        body = text[head.end() :]
        end = re.search(r"\n(?=\S)", body)
        body = body[: end.start()] if end else body
        prefix = re.search(r"env_prefix\s*=\s*[\"'](\w*)[\"']", body)
        for number, line in enumerate(body.splitlines()):
            if (match := _FIELD.match(line)) and match[1] not in ("model_config",):
                name = f"{prefix[1] if prefix else ''}{match[1]}".upper()
                row = text.count("\n", 0, head.end()) + number + 1
                is_needed = not match[3] and "None" not in match[2] and "ClassVar" not in match[2]
                yield Variable(name, f"{file}:{row}", needed=is_needed, default=(match[3] or "")[:60])
