"""What a Dockerfile says of its image: port, user, variables, directories, command."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import Any

from pocdeploy.config.source_files import SourceFiles
from pocdeploy.source import dockerfile
from pocdeploy.source.base_images import stage_name
from pocdeploy.source.dockerfile import Instruction

_PAIR = re.compile(r"(\w+)=(\"[^\"]*\"|'[^']*'|\S*)")
_VARIABLE = re.compile(r"\$\{?(\w+)(?::-([^}]*))?\}?")
_USERADD = re.compile(r"\b(?:useradd|adduser)\b[^&;|\n]*")
_KNOWN_USERS = {"node": 1000, "nonroot": 65532, "nobody": 65534, "www-data": 33, "nginx": 101, "ubuntu": 1000}
"""Users of well-known base images."""


@dataclass(frozen=True)
class Image:
    """The image that a Dockerfile builds: its last stage."""

    base: str = ""
    """Image that its first stage is from."""
    env: dict[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    user: str = ""
    user_id: int | None = None
    """Number of the user, if it is known."""
    workdir: str = "/"
    volumes: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    """Words; a line for a shell is one text after `sh -c`."""
    health: str = ""
    """Path of its HEALTHCHECK, if that is a request."""
    copied: tuple[str, ...] = ()
    """What it copies from the build context."""

    @property
    def line(self) -> str:
        """Entrypoint and command as one text."""
        return " ".join((*self.entrypoint, *self.command))


def read_image(text: str) -> Image:
    """Return what a Dockerfile says; stages before the last one count as far as it is made from them."""
    stages: dict[str, Image] = {}
    image, stage, uids = Image(), "", dict(_KNOWN_USERS)
    arguments: dict[str, str] = {}
    copied: list[str] = []
    for instruction in dockerfile.instructions(text):
        if instruction.name == "FROM":
            stages[stage] = image
            source = _expanded(next(iter(instruction.arguments), ""), arguments)
            image, stage = stages.get(source.lower(), Image(base=source)), stage_name(instruction)
        elif instruction.name == "ARG":
            arguments |= _pairs(instruction.text, arguments)
        elif instruction.name in {"COPY", "ADD"} and not instruction.options("from"):
            copied += instruction.arguments[:-1]
        else:
            for command in _USERADD.findall("\n".join((instruction.text, *instruction.heredocs))):
                uids |= _created(command)
            image = _instruction(image, instruction, arguments, uids)
    return replace(image, copied=tuple(copied))


def _instruction(image: Image, read: Instruction, arguments: dict[str, str], uids: dict[str, int]) -> Image:
    known = {**arguments, **image.env}
    rest = read.text
    text = _expanded(rest, known)
    changes: dict[str, Any] = {}
    match read.name:
        case "ENV":
            name, _, value = rest.partition(" ")
            pairs = _pairs(rest, known) if "=" in name else {name: value.strip()}
            changes = {"env": {**image.env, **pairs}}
        case "EXPOSE":
            changes = {"ports": (*image.ports, *map(int, re.findall(r"(?<![\d-])\d{2,5}(?![\d-])", text)))}
        case "USER":
            name = text.partition(":")[0]
            changes = {"user": name, "user_id": int(name) if name.isdigit() else uids.get(name)}
        case "WORKDIR":
            changes = {"workdir": _absolute(image.workdir, text)}
        case "VOLUME":
            changes = {
                "volumes": (
                    *image.volumes,
                    *(_absolute(image.workdir, _expanded(path, known)) for path in read.arguments),
                )
            }
        case "ENTRYPOINT":
            changes = {"entrypoint": read.command, "command": ()}
        case "CMD":
            changes = {"command": read.command}
        case "HEALTHCHECK":
            url = re.search(r"https?://[^/\s\"'|]+(/[\w./-]*)", text.split("CMD", 1)[-1])
            changes = {"health": url[1] if url else image.health}
    return replace(image, **changes)


def _absolute(workdir: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(workdir, path.strip("\"'")))


def _pairs(rest: str, known: dict[str, str]) -> dict[str, str]:
    return {name: _expanded(value.strip("\"'"), known) for name, value in _PAIR.findall(rest)}


def _expanded(text: str, known: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda match: known.get(match[1]) or match[2] or "", text)


def _created(command: str) -> dict[str, int]:
    """Return the user that ``useradd`` or ``adduser`` creates, if its number is there."""
    number = re.search(r"(?:-u|--uid)[ =](\d+)", command)
    words = re.sub(r"--?[\w-]+[ =](?:\d+|/\S*)|--?[\w-]+", " ", command).split()[1:]
    return {word: int(number[1]) for word in words} if number else {}


def dockerfiles(files: SourceFiles) -> list[str]:
    """Return the Dockerfiles that can be the one of the application, the most likely first."""
    names = files.matching("Dockerfile", "Containerfile", "*/Dockerfile", "*/*/Dockerfile", "*/*/*/Dockerfile")
    names += files.matching(
        "Dockerfile.prod*",
        "*/Dockerfile.prod*",
        "*/*/Dockerfile.prod*",
        "Dockerfile.web",
        "**/default.Dockerfile",
        "**/prod*.Dockerfile",
    )
    unlikely = re.compile(
        r"(^|/)(\.devcontainer|devcontainer|test|tests|e2e|docs?|nginx|postgres|traefik|local|dev|debian|rpm)(/|$)",
        re.I,
    )
    return [name for name in dict.fromkeys(names) if not unlikely.search(name)]
