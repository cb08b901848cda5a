"""The documents say what the code does: keys, defaults, outputs, commands, links."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from pocdeploy import versions
from pocdeploy.config import Resources, Settings
from pocdeploy.config.settings import Charts
from pocdeploy.diagnostics import validate
from tests.paths import ROOT

README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
RECORDS = sorted((ROOT / "docs" / "adr").glob("*.md"))

# Defaults that the README puts into words, since they have no short value: (value of the model, words of the README).
IN_WORDS: dict[str, tuple[Any, str]] = {
    "cluster.nodeImage": (versions.NODE_IMAGE, f"`{versions.NODE_IMAGE.split('@')[0]}` with its digest"),
    "cluster.registryMirror": (None, "none"),
    "cluster.fallback": (None, "none"),
    "cluster.protect": (None, "`true` in stacks whose name begins with `prod`"),
    "apps.<name>.version": (None, "none"),
    "apps.<name>.renamedFrom": (None, "none"),
    "apps.<name>.database.shared": (None, "none"),
    "apps.<name>.dockerfile": (None, "the `Dockerfile` in the source"),
    "apps.<name>.requirements": (None, "none"),
    "apps.<name>.host": ("localhost", "`localhost`, from the second on `<name>.localhost`"),
    "monitoring.retention": (None, "`2d`, with `full` `15d`"),
    "monitoring.storage": (None, "`2Gi`, with `full` `20Gi`"),
    "monitoring.receiver": (None, "none"),
    "monitoring.runbooks": (None, "`docs/runbooks`"),
    "monitoring.clusterBrowser": (None, "none"),
    "apps.<name>.database.walStorage": (None, "none"),
    "apps.<name>.database.image": (None, "CloudNativePG's minimal image of that version, by digest"),
    "apps.<name>.database.locale": (None, "`C.UTF-8`, before PostgreSQL 17 `und`"),
}


def rows(text: str, heading: str) -> dict[str, list[str]]:
    """Return the table below a heading: first cell, without its code marks -> the other cells."""
    section = re.split(r"^#+ ", text.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.M)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]
    assert cells, f"no table below {heading}"
    return {first.strip("`"): others for first, *others in cells}


def leaves(model: BaseModel, prefix: str) -> Iterator[tuple[str, Any]]:
    """Give each key of a model as a person writes it, with its value; resources are one value."""
    for name, field in type(model).model_fields.items():
        key, value = f"{prefix}{field.alias or name}", getattr(model, name)
        if isinstance(value, BaseModel) and not isinstance(value, Resources):
            yield from leaves(value, f"{key}.")
        else:
            yield key, value.model_dump(by_alias=True) if isinstance(value, Resources) else value


def settings() -> dict[str, Any]:
    """Return every key outside of the charts with its default, for an application called <name>."""
    # What depends on an application's name is derived for this one, and its name then taken out again.
    model = Settings.model_validate({"apps": {"name-of-app": {}}})
    parts = {"cluster.": model.cluster, "monitoring.": model.monitoring, "apps.<name>.": model.apps["name-of-app"]}
    found = {key: value for prefix, part in parts.items() for key, value in leaves(part, prefix)}
    return {
        key: value.replace("name-of-app", "<name>") if isinstance(value, str) else value for key, value in found.items()
    }


def described() -> dict[str, str]:
    """Return every key that the README describes, with the cell of its default."""
    headings = ("cluster", "apps.<name>", "monitoring")
    return {
        f"{part}.{key}": cells[0] for part in headings for key, cells in rows(README, f"`pocdeploy:{part}`").items()
    }


def test_the_readme_describes_every_setting_and_no_other() -> None:
    # The row `database` itself says that there may be none.
    assert set(described()) - {"apps.<name>.database"} == set(settings())


@pytest.mark.parametrize("key", settings())
def test_defaults_in_the_readme_are_those_of_the_model(key: str) -> None:
    cell, value = described()[key], settings()[key]

    if key in IN_WORDS:
        assert (value, cell) == IN_WORDS[key]
    else:
        assert re.fullmatch(r"`[^`]+`", cell), f"{cell} is not one value, so it cannot be compared"
        assert yaml.safe_load(cell.strip("`")) == (list(value) if isinstance(value, tuple) else value)


def test_the_page_of_existing_clusters_has_all_settings() -> None:
    page = (ROOT / "docs" / "existing-cluster.md").read_text("utf-8")
    least = {"type": "existing", "context": "x", "stackReference": {"stack": "o/p/s"}, "registry": {"push": "x"}}
    model = Settings.model_validate({"cluster": least}).cluster
    given = {"context", "stackReference.stack", "registry.push"}
    defaults = {key: None if key in given else value for key, value in leaves(model, "") if key != "type"}
    cells = {key: cell for key, (cell, _) in rows(page, "Settings").items()}

    assert cells.keys() == defaults.keys()
    for key, value in defaults.items():
        said = None if cells[key] == "none" else yaml.safe_load(cells[key].strip("`"))
        assert said == (list(value) if isinstance(value, tuple) else value), key


def test_charts_in_the_readme_are_the_pinned_ones() -> None:
    charts = {type(Charts()).model_fields[name].alias or name: chart for name, chart in Charts()}

    assert rows(README, "`pocdeploy:charts.<chart>`") == {
        name.replace("_", "-"): [f"`{chart.version}`", f"`{chart.source}`"] for name, chart in charts.items()
    }


def test_every_key_is_in_the_description_for_pulumi_config() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["config"]
    texts = {key.removeprefix("pocdeploy:"): " ".join(entry["description"].split()) for key, entry in declared.items()}
    # Of nested keys the parts are named: database (instances, …).
    missing = [
        key
        for key in settings()
        for part in key.replace("<name>.", "").split(".")[1:]
        if not re.search(rf"\b{part}\b", texts[key.split(".")[0]])
    ]

    assert missing == []


def exported() -> dict[str, bool]:
    """Return the names of the stack's outputs, in the source of their only place."""
    tree = ast.parse((ROOT / "components" / "stack" / "outputs.py").read_text("utf-8"))
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "pulumi.export"
    ]
    names = [call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)]
    keys = [key.value for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys if _is_text(key)]
    return {name: name.endswith("Password") or name == "kubeconfig" for name in [*names, *keys]}


def _is_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_the_readme_lists_the_outputs_and_says_which_are_secret() -> None:
    listed = rows(README, "Outputs")

    assert {name: "secret" in cells[0] for name, cells in listed.items()} == exported()
    assert len(listed) > 8


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    # A fragment becomes a part of the changelog, so its links are those of that file.
    seen_from = ROOT / "CHANGELOG.md" if document.parent.name == "changes" else document
    broken = [link for link in links(document.read_text("utf-8")) if not leads_somewhere(link, seen_from)]

    assert broken == []


def links(text: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", without_blocks(text)) if not link.startswith("http")]


def leads_somewhere(link: str, document: Path) -> bool:
    path, _, anchor = link.partition("#")
    target = document.parent / path if path else document
    return target.exists() and (not anchor or anchor in anchors(target.read_text("utf-8")))


def anchors(text: str) -> set[str]:
    """Return what GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(text), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)


def code(text: str) -> str:
    """Return what a document shows as code."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, flags=re.M | re.S)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", without_blocks(text))])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_commands_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text("utf-8"), flags=re.M))
    named = set(re.findall(r"\bmake (?:-s )?([a-z][a-z0-9-]*)", code(document.read_text("utf-8"))))

    assert named - targets == set()


def test_commands_of_the_readme_are_found() -> None:
    # What the test above looks for is really seen: the three commands at the top, among others.
    assert {"up", "test", "dev"} <= set(re.findall(r"\bmake (?:-s )?([a-z][a-z0-9-]*)", code(README)))


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(block, id=f"{document.name}-{index}")
        for document in DOCUMENTS
        for index, block in enumerate(
            re.findall(r"^```yaml\n(.*?)^```", document.read_text("utf-8"), flags=re.M | re.S)
        )
    ],
)
def test_yaml_in_the_documents_is_taken(block: str) -> None:
    config = yaml.safe_load(block)["config"]

    assert Settings.model_validate({key.removeprefix("pocdeploy:"): value for key, value in config.items()})


def test_the_code_map_names_what_exists() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    paths = [path for cell in rows(contributing, "Where things are") for path in re.findall(r"[\w./]+", cell)]

    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert "pocdeploy/cli/" in paths


def test_paths_of_typical_changes_exist() -> None:
    changes = rows((ROOT / "CONTRIBUTING.md").read_text("utf-8"), "Where do I change …")
    # Of each row: the files to edit, and the test. A command in the cell of a message is no path.
    named = {
        (change, path)
        for change, (files, test, _) in changes.items()
        for path in re.findall(r"`([\w./-]+)`", f"{files} {test}")
        if "/" in path or path in {"README.md", "Jenkinsfile", "Makefile", "Pulumi.yaml"}
    }

    assert len(changes) == 13
    assert {change for change, _ in named} == changes.keys()
    assert {(change, path) for change, path in named if not (ROOT / path).exists()} == set()


def test_daily_operation_lists_every_check_of_validate() -> None:
    page = (ROOT / "docs" / "day-two.md").read_text("utf-8")
    named = {name for cell in rows(page, "Validate") for name in re.findall(r"\w+", cell)}

    assert named == set(validate.CHECKS)


def test_the_airgapped_guide_and_stack_file_pin_the_charts() -> None:
    guide = (ROOT / "docs" / "airgapped.md").read_text("utf-8")
    stack = yaml.safe_load((ROOT / "docs" / "stacks" / "airgapped.yaml").read_text("utf-8"))["config"]
    pinned = {name.replace("_", "-"): (chart.version, chart.source) for name, chart in Charts()}

    assert {
        name: (version, repo)
        for name, version, repo in re.findall(r"helm pull (\S+) --version (\S+) .*--repo (\S+)", guide)
    } == pinned
    assert {name: chart["version"] for name, chart in stack["pocdeploy:charts"].items()} == {
        name: version for name, (version, _) in pinned.items()
    }


def test_the_airgapped_guide_has_the_images_of_its_stack_file() -> None:
    guide = (ROOT / "docs" / "airgapped.md").read_text("utf-8")
    config = yaml.safe_load((ROOT / "docs" / "stacks" / "airgapped.yaml").read_text("utf-8"))["config"]
    cluster, polls = config["pocdeploy:cluster"], config["pocdeploy:apps"]["polls"]

    for image in (
        cluster["nodeImage"],
        cluster["registryImage"],
        cluster["registryMirror"],
        polls["database"]["image"],
    ):
        assert f"`{image}`" in guide


def test_panels_named_in_runbooks_exist() -> None:
    sources = "".join(
        path.read_text("utf-8") for path in (ROOT / "pocdeploy" / "monitoring" / "dashboards").glob("*.py")
    )
    pages = "".join(page.read_text("utf-8") for page in (ROOT / "docs" / "runbooks").glob("*.md"))
    # "Last State" is a word of kubectl; what begins with a small letter is a message.
    titles = set(re.findall(r'"([A-Z][^"\n]*)"', pages)) - {"Last State"}

    assert len(titles) > 20
    assert {title for title in titles if f'"{title}"' not in sources} == set()


def test_paths_named_in_documents_exist() -> None:
    folders = r"(?:components|pocdeploy|policies|bench|tests|tools|docs|patches/polls|app/polls|app/attendance)"
    named = {
        (document.name, path)
        for document in DOCUMENTS
        for path in re.findall(rf"`({folders}/[\w./*-]+)`", document.read_text("utf-8"))
    }

    assert len(named) > 30
    assert {(name, path) for name, path in named if not any(ROOT.glob(path.rstrip("/")))} == set()


def test_records_are_numbered_without_gaps() -> None:
    assert [path.name[:5] for path in RECORDS] == [f"{number:04}-" for number in range(1, len(RECORDS) + 1)]


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_records_are_short_and_have_their_parts(record: Path) -> None:
    text = record.read_text("utf-8")

    assert re.match(rf"# {int(record.name[:4])}\. \w", text)
    assert re.findall(r"^## (.+)$", text, flags=re.M) == ["Context", "Decision", "Consequences"]
    assert len(text.splitlines()) <= 40


def test_records_that_the_code_refers_to_exist() -> None:
    sources = [*(ROOT / "components").rglob("*.*"), *(ROOT / "pocdeploy").rglob("*.py"), ROOT / "__main__.py"]
    texts = [path.read_text("utf-8") for path in sources if path.suffix in {".py", ".sh"}]
    named = {number for text in texts for number in re.findall(r"docs/adr/(\d{4})", text)}

    assert named
    assert named <= {path.name[:4] for path in RECORDS}
