"""Test equipment: render a chart archive with helm and the values of the program's release."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from pocdeploy import process
from pocdeploy.toolchain import cache
from tests.apiserver import chart_archives, tools
from tests.apiserver.objects import Object

VARIABLE = "POCDEPLOY_CHARTS"
_DOCUMENTS = re.compile(r"^---.*\n", re.MULTILINE)
_IS_DEFINITION = re.compile(r"^kind: CustomResourceDefinition$", re.MULTILINE)
# The C parser is ten times as fast; a PyYAML without it does too.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """The objects of a chart with a release's values."""

    about: Mapping[str, Any]
    """Its Chart.yaml."""
    definitions: list[str]
    """Custom resource definitions, as YAML."""
    objects: list[Object]


def archive(release: Mapping[str, Any]) -> Path:
    """Return the archive of a release's chart in its pinned version.

    It is in the folder that POCDEPLOY_CHARTS names, else in the user's cache or downloaded from the chart's public
    repository. Skips the test, with the reason, if it is not in that folder or a host is unreachable.
    """
    chart, version = _chart(release), release["version"]
    folder = os.environ.get(VARIABLE)
    if folder:
        path = Path(folder, f"{chart}-{version}.tgz")
        if not path.is_file():
            pytest.skip(f"{VARIABLE} has no {path.name}")
        return path.absolute()
    cached = cache.folder("charts") or tools.BIN.parent
    try:
        return chart_archives.fetch(chart, version, cached)
    except chart_archives.UnreachableError as error:
        pytest.skip(f"{error} (a folder with chart archives can be given in {VARIABLE})")


def _chart(release: Mapping[str, Any]) -> str:
    # The name of a chart in a repository, or the path of an archive.
    return re.sub(r"-\d+\.\d+\.\d+\.tgz$", "", release["chart"].rsplit("/", 1)[-1])


def render(helm: Path, release: Mapping[str, Any], folder: Path, *, kubernetes: str) -> Rendered:
    """Render a release for a version of Kubernetes; ``folder`` takes the values, and what helm keeps."""
    path, values = str(archive(release)), folder / "values.json"
    values.write_text(json.dumps(release["values"]), encoding="utf-8")
    wanted = [f"--namespace={release['namespace']}", f"--kube-version={kubernetes}", f"--values={values}"]
    # Without a cluster helm knows groups and versions, but no kinds, and some charts ask for one.
    known = "--api-versions=policy/v1/PodDisruptionBudget"
    template = _helm(helm, folder, "template", release["name"], path, *wanted, known, "--skip-tests")
    # Those in the folder `crds` are no templates, so values make no difference to them.
    documents = [*_DOCUMENTS.split(template), *_DOCUMENTS.split(_helm(helm, folder, "show", "crds", path))]
    others = (document for document in documents if not _IS_DEFINITION.search(document))
    objects = [each for each in (yaml.load(document, _LOADER) for document in others) if each]  # noqa: S506 -- safe loaders
    return Rendered(
        about=yaml.safe_load(_helm(helm, folder, "show", "chart", path)),
        definitions=[document for document in documents if _IS_DEFINITION.search(document)],
        objects=objects,
    )


def _helm(helm: Path, folder: Path, *arguments: str) -> str:
    # Nothing of the user's own helm: no plugins, no repositories, no registry logins.
    own = {f"HELM_{kind}_HOME": str(folder / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
    result = process.run([str(helm), *arguments], env=own, timeout=120)
    assert result.code == 0, f"helm {' '.join(arguments[:2])}: {result.stderr.strip()[-1500:]}"
    return result.stdout
