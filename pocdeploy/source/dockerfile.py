"""Read a Dockerfile: its base images, and the command of its image."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

_ARG = re.compile(r"ARG\s+(?P<rest>.+)", re.I)
_FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?\s*", re.I)
_COPY_FROM = re.compile(r"(?:COPY|ADD)\s.*?--from=(?P<image>\S+)", re.I)
_HEREDOC = re.compile(r"(?:RUN|COPY|ADD)\s.*?<<-?[\"']?(?P<end>[A-Za-z_]\w*)", re.I)
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::-(?P<default>[^}]*))?\}|(?P<plain>\w+))")


def base_images(dockerfile: str, build_args: Mapping[str, str]) -> list[str]:
    """Return the base images of a Dockerfile (FROM and COPY --from), in order, each once.

    ``build_args`` replace the defaults of ARG lines before the first FROM. Stages of the same file are not images;
    names with a variable that has no value are left out, because Docker itself reports them.
    """
    arguments: dict[str, str] = {}
    stages: set[str] = {"scratch"}
    images: dict[str, None] = {}
    before_from = True
    for line in instructions(dockerfile):
        if before_from and (match := _ARG.fullmatch(line)):
            arguments |= _declared(match["rest"], arguments, build_args)
        elif match := _FROM.fullmatch(line):
            before_from = False
            image = _expand(match["image"], arguments)
            if image and image.lower() not in stages:
                images[image] = None
            stages |= {match["stage"].lower()} if match["stage"] else set()
        elif match := _COPY_FROM.match(line):
            # Docker does not replace variables in --from.
            image = match["image"]
            if image.lower() not in stages and not image.isdigit() and "$" not in image:
                images[image] = None
    return list(images)


def command(dockerfile: str) -> tuple[str, ...]:
    """Return the command of the last CMD: a list as it is, a text through a shell; empty without CMD."""
    found = [line[3:].strip() for line in instructions(dockerfile) if re.match(r"CMD\s", line, re.I)]
    if not found:
        return ()
    try:
        words = json.loads(found[-1])
    except json.JSONDecodeError:
        words = None
    return tuple(map(str, words)) if isinstance(words, list) else ("/bin/sh", "-c", found[-1])


def instructions(text: str) -> Iterator[str]:
    """Yield each instruction as one line: without comments, continuations joined, here-documents skipped."""
    end = joined = ""
    for line in text.splitlines():
        stripped = line.strip()
        if end:
            end = "" if stripped == end else end
        elif not stripped.startswith("#"):
            joined += stripped
            if joined.endswith("\\"):
                joined = f"{joined[:-1]} "
                continue
            heredoc = _HEREDOC.match(joined)
            end = heredoc["end"] if heredoc else ""
            yield joined
            joined = ""


def _declared(rest: str, known: Mapping[str, str], build_args: Mapping[str, str]) -> dict[str, str]:
    """Return the values that one ARG line (``A=1 B="${A}x" C``) declares; those without a value are left out."""
    values: dict[str, str] = {}
    for name, equals, text in re.findall(r"(\w+)(=?)(\"[^\"]*\"|'[^']*'|\S*)", rest):
        value = build_args.get(name) or (_expand(text.strip("\"'"), {**known, **values}) if equals else None)
        if value is not None:
            values[name] = value
    return values


def _expand(text: str, values: Mapping[str, str]) -> str | None:
    """Replace the variables in ``text``; None if one has no value."""
    unknown = False

    def value(match: re.Match[str]) -> str:
        nonlocal unknown
        found = values.get(match["braced"] or match["plain"]) or match["default"]
        unknown = unknown or not found
        return found or ""

    expanded = _VARIABLE.sub(value, text.strip("\"'"))
    return None if unknown else expanded
