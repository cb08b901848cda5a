"""Find the images that the build of a Dockerfile pulls."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Iterator, Mapping

from pocdeploy.source.dockerfile import Instruction, directives, instructions, words_in
from pocdeploy.source.expansion import expand

_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def base_images(dockerfile: str, build_args: Mapping[str, str]) -> list[str]:
    """Return the images of FROM, COPY --from, RUN --mount=from and the ``syntax`` comment, in order, each once.

    ``build_args`` replace the defaults of ARG lines before the first FROM. Stages of the same file are not images;
    names with a variable that has no value are left out, because Docker itself reports them.
    """
    found = [*instructions(dockerfile)]
    stages = _stage_names(found)
    images: dict[str, None] = {}
    if syntax := directives(dockerfile).get("syntax"):
        images[syntax.split()[0]] = None
    values, before, before_from = _platform(), {"scratch"}, True
    for instruction in found:
        if instruction.name == "FROM":
            before_from = False
            image = expand(instruction.arguments[0], values) if instruction.arguments else None
            if image and image.lower() not in before:
                images[image] = None
            before |= set(_stage_names([instruction]))
        elif instruction.name == "ARG" and before_from:
            values |= declared(instruction, values, build_args)
        else:
            # Variables in these are not expanded. A stage may be used before its FROM.
            used = (image for image in _sources(instruction) if "$" not in image and not image.isdigit())
            images |= dict.fromkeys(image for image in used if image.lower() not in {"scratch", *stages})
    return list(images)


def declared(instruction: Instruction, known: Mapping[str, str], build_args: Mapping[str, str]) -> dict[str, str]:
    """Return the values of one ARG (``A=1 B="${A}x" C``); those without a value are left out."""
    values: dict[str, str] = {}
    for word in words_in(instruction.text):
        name, equals, text = word.partition("=")
        value = build_args.get(name) or (expand(text, {**known, **values}) if equals else None)
        if value is not None:
            values[name] = value
    return values


def stage_name(instruction: Instruction) -> str:
    """Return the name that a FROM gives its stage, in lower case; empty for none."""
    words = instruction.arguments
    return words[2].lower() if len(words) == 3 and words[1].lower() == "as" else ""


def _stage_names(found: Iterable[Instruction]) -> list[str]:
    return [name for each in found if each.name == "FROM" and (name := stage_name(each))]


def _sources(instruction: Instruction) -> Iterator[str]:
    """Yield the images or stages that an instruction reads from."""
    if instruction.name in {"COPY", "ADD"}:
        yield from instruction.options("from")
    for mount in instruction.options("mount") if instruction.name == "RUN" else ():
        yield from re.findall(r"(?:^|,)from=([^,]+)", mount)


def _platform() -> dict[str, str]:
    """Return the variables that BuildKit sets before the first FROM, for an image of this machine."""
    machine = _MACHINES.get(platform.machine().lower(), platform.machine().lower())
    parts = {"PLATFORM": f"linux/{machine}", "OS": "linux", "ARCH": machine}
    return {f"{side}{name}": value for side in ("TARGET", "BUILD") for name, value in parts.items()}
