"""The structure of the program's sources."""

from __future__ import annotations

import ast
import re

import yaml

from pocdeploy.config import defaults
from tests.paths import ROOT

BUILDERS = {"manifests", "clients", "recovery", "jobs", "network_policies", "policies"}
"""Modules with pure functions only."""


def test_only_cluster_components_name_a_type_of_cluster() -> None:
    inside = {*(ROOT / "components" / "cluster").rglob("*.py")}
    files = [f for f in [*(ROOT / "components").rglob("*.py"), ROOT / "__main__.py"] if f not in inside]
    named = [
        f.name
        for f in files
        if re.search(
            r"KindCluster|KindSettings|ExistingCluster|ExistingSettings|EksCluster|EksSettings|\beks\b|\bkind\.(py|yaml)",
            f.read_text(),
        )
    ]

    assert files
    assert named == []


def test_builders_and_pocdeploy_do_not_import_pulumi() -> None:
    builders = [file for file in (ROOT / "components").rglob("*.py") if file.stem in BUILDERS]
    for file in [*builders, *(ROOT / "pocdeploy").rglob("*.py")]:
        imported = set()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(str(node.module))

        assert not [name for name in imported if name.split(".")[0].startswith("pulumi")], file
    assert len(builders) > 12


def test_no_application_is_named_in_the_code() -> None:
    """Applications are configuration. Only one module names the default application."""
    applications = [path.name for path in (ROOT / "app").iterdir() if path.is_dir()]
    default = ROOT / "pocdeploy" / "config" / "defaults.py"
    files = [
        f for part in ("components", "pocdeploy") for f in (ROOT / part).rglob("*.*") if f.suffix in {".py", ".sh"}
    ]
    named = [
        (str(file.relative_to(ROOT)), name)
        for file in [*files, ROOT / "__main__.py"]
        for name in applications
        if file != default and re.search(rf"\b{name}\b", file.read_text(encoding="utf-8"))
    ]

    assert {"polls", "attendance"} <= set(applications)
    assert default in files
    assert named == []


def test_default_application_is_the_same_for_pulumi() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]

    assert declared["pocdeploy:apps"]["default"] == {defaults.APP: {}}


def test_entry_file_is_a_contents_page() -> None:
    text = (ROOT / "__main__.py").read_text(encoding="utf-8")
    tree = ast.parse(text)

    assert 30 <= len(text.splitlines()) <= 60
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.If | ast.Match | ast.Try)]
    assert ".apply(" not in text
