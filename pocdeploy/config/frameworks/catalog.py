"""Read the files of the frameworks, `<name>.yaml` in this folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from pocdeploy.config.source_files import SourceFiles
from pocdeploy.config.types import Model, invalid

FOLDER = Path(__file__).parent
NONE = "none"
"""Framework of an application that no file describes."""
WITHOUT: dict[str, Any] = {
    "metricsPort": None,
    "livePath": None,
    "readyPath": None,
    "adminPath": "/",
    "commands": {"migrate": None, "checkMigrations": None, "admin": None, "smoke": None},
}
"""Its settings."""
Language = Literal["python", "node", "ruby", "java", "go"]
CommandName = Literal["migrate", "checkMigrations", "admin", "smoke", "seed"]


class Condition(Model):
    """What a source has. Each list that is not empty has to match with one of its entries."""

    files: tuple[str, ...] = ()
    """Globs of files; `**/` is any number of folders."""
    packages: tuple[str, ...] = ()
    """Packages that it asks for, as the package manager names them."""
    lacks: str = ""
    """Lower-case text that a matching file must not contain."""

    def holds(self, files: SourceFiles, packages: frozenset[str]) -> bool:
        """Return whether a source with these packages meets the condition."""
        names = files.matching(*self.files)
        found = any(not self.lacks or self.lacks not in files.text(name).lower() for name in names)
        has_files = found or not self.files
        return has_files and (not self.packages or not packages.isdisjoint(self.packages))


class Variant(Model):
    """Settings of sources that meet a further condition."""

    when: Condition
    settings: dict[str, Any]
    """Merged into those of the framework."""


class Framework(Model):
    """One framework."""

    title: str
    """Its name in a sentence."""
    language: Language
    rank: int
    """Order of recognition: the lowest one that fits is taken."""
    recognise: Condition
    settings: dict[str, Any] = {}
    """Defaults of `pocdeploy:apps.<name>`, as in a stack file."""
    variants: tuple[Variant, ...] = ()
    """Further defaults; the last one that fits has priority."""
    without: dict[CommandName, str] = {}
    """Command -> why the framework has none."""
    secret_keys: tuple[str, ...] = ()
    """Names under which its applications read SECRET_KEY, the most usual one first."""
    serve: str
    """Last lines of the Dockerfile: the command that serves at PORT."""

    @property
    def files(self) -> dict[str, str]:
        """Files for a source without a Dockerfile: name -> content."""
        dockerfile = (FOLDER / f"{self.language}.Dockerfile").read_text("utf-8")
        return {"Dockerfile": dockerfile + self.serve, ".dockerignore": (FOLDER / "dockerignore").read_text("utf-8")}

    def defaults(self, files: SourceFiles, packages: frozenset[str]) -> dict[str, Any]:
        """Return the settings of a source with these packages."""
        found = self.settings
        for variant in self.variants:
            if variant.when.holds(files, packages):
                found = merged(found, variant.settings)
        return found


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return two maps of settings as one; maps within them are merged, any other value of ``above`` has priority."""
    result = {**below, **above}
    for key in below.keys() & above.keys():
        if isinstance(below[key], dict) and isinstance(above[key], dict):
            result[key] = merged(below[key], above[key])
    return result


@cache
def names() -> tuple[str, ...]:
    """Return the frameworks that have a file, sorted."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


def _known(value: str) -> str:
    if value not in (*names(), NONE):
        raise invalid(f"one of {', '.join(names())}, {NONE}")
    return value


FrameworkName = Annotated[str, AfterValidator(_known)]


@cache
def get(name: str) -> Framework:
    """Return a framework; raises FileNotFoundError if it has no file."""
    # Imported here: the program of a stack without such an application reads no file.
    from pocdeploy.config.yaml_reader import parse  # noqa: PLC0415

    file = FOLDER / f"{name}.yaml"
    return Framework.model_validate(parse(file.read_text("utf-8"), file.name)[1])
