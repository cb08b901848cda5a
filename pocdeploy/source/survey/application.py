"""All that the parts of a survey look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pocdeploy.config import frameworks
from pocdeploy.config.dependencies import dependencies
from pocdeploy.config.source_files import SourceFiles
from pocdeploy.source.survey.container import Image
from pocdeploy.source.survey.place import Place, find_place
from pocdeploy.source.survey.procfile import procfile
from pocdeploy.source.survey.variables import Variable, variables


@dataclass(frozen=True)
class Application:
    """One application of a source."""

    source: SourceFiles
    """All files."""
    files: SourceFiles
    """Those in its folder."""
    place: Place
    packages: Mapping[str, str]
    """Package -> file that asks for it."""
    read: Mapping[str, Variable]
    """Environment variables that it reads."""
    lines: Mapping[str, str]
    """Of its Procfile."""
    defaults: Mapping[str, Any]
    """Settings that its framework has already."""

    @property
    def framework(self) -> str | None:
        """Its framework, if there is data for it."""
        return self.place.framework

    @property
    def image(self) -> Image:
        """What its Dockerfile says."""
        return self.place.image

    @property
    def folder(self) -> str:
        """Its folder in the image."""
        return self.image.workdir if self.place.dockerfile and self.image.workdir != "/" else "/app"

    @property
    def is_python(self) -> bool:
        """Whether it can have a Python process."""
        return self.framework is None or frameworks.get(self.framework).language == "python"


def read_application(files: SourceFiles) -> Application:
    """Return the application of a source."""
    place = find_place(files)
    own = files.below(place.folder)
    packages = dependencies(own)
    defaults = frameworks.get(place.framework).defaults(own, frozenset(packages)) if place.framework else {}
    return Application(files, own, place, packages, variables(own), procfile(own), defaults)
