"""The documents say what the code does: keys, defaults, outputs, commands, links."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from pocdeploy.config import Settings
from pocdeploy.config.settings import Charts
from pocdeploy.diagnostics import validate
from tests.paths import ROOT
from tools import configuration_page

README = (ROOT / "README.md").read_text("utf-8")
CONFIGURATION = configuration_page.PAGE.read_text("utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
RECORDS = sorted((ROOT / "docs" / "adr").glob("*.md"))


def rows(text: str, heading: str) -> dict[str, list[str]]:
    """Return the table below a heading: first cell, without its code marks -> the other cells."""
    section = re.split(r"^#+ ", text.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.M)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]
    assert cells, f"no table below {heading}"
    return {first.strip("`"): others for first, *others in cells}


def described() -> dict[str, list[str]]:
    """Return every key on the page of the configuration, with its default and its meaning."""
    parts = {"Kind": "cluster", "Applications": "apps", "Monitoring": "monitoring", "Backups": "backups"}
    return {
        f"{part}.{key}": cells for title, part in parts.items() for key, cells in rows(CONFIGURATION, title).items()
    }


def test_the_golden_page_of_the_configuration() -> None:
    text = configuration_page.render(CONFIGURATION)
    if os.environ.get("UPDATE_GOLDEN"):
        configuration_page.PAGE.write_text(text, "utf-8")

    assert text == configuration_page.PAGE.read_text("utf-8"), "run make golden, and review the difference"


def test_the_page_has_a_table_of_every_model_and_chart() -> None:
    named = set(re.findall(r"<!-- table: (.+) -->", CONFIGURATION))

    assert named == {*configuration_page.MODELS, "charts"}
    assert len(described()) > 60


@pytest.mark.parametrize("name", configuration_page.MODELS)
def test_every_setting_has_a_text(name: str) -> None:
    # A field without a text is not in the table, unless it is a group of others.
    found = {key for key, _, _ in configuration_page.keys(configuration_page.MODELS[name])}

    assert leaves(configuration_page.MODELS[name]) - found == set()


def leaves(model: type[BaseModel], prefix: str = "") -> set[str]:
    """Return each key of a model as a person writes it; resources are one value."""
    found = set()
    for name, field in model.model_fields.items():
        inner, repeated = configuration_page.inner(field.annotation)
        key = f"{prefix}{field.alias or name}"
        found |= leaves(inner, f"{key}{repeated}.") if inner else {key}
    return found


def test_the_readme_is_short() -> None:
    assert len(README.split()) <= 900


def test_the_readme_shows_pictures_commands_and_a_transcript() -> None:
    first_screen = README.partition("\n## ")[0]
    pictures = re.findall(r"!\[[^\]]+\]\((docs/pictures/[\w-]+\.png)\)", first_screen)

    assert len(pictures) == 2
    assert all((ROOT / picture).stat().st_size < 150_000 for picture in pictures)
    assert first_screen.index("make up ") < first_screen.index("make down ") < first_screen.index("$ make up")
    assert re.search(r"\d+ s\b", first_screen), "how long it takes"


def test_the_readme_compares_ten_parts_with_doing_it_by_hand() -> None:
    assert len(rows(README, "What it gives")) == 10


def test_every_page_is_in_the_navigation_of_the_site() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    listed = [page for part in site["nav"] for pages in part.values() for page in pages]
    pages = {str(page.relative_to(ROOT / "docs")) for page in DOCUMENTS if page.is_relative_to(ROOT / "docs")}

    assert sorted(listed) == sorted(page for page in pages if not page.startswith("changes/"))


def test_every_key_is_in_the_description_for_pulumi_config() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["config"]
    texts = {key.removeprefix("pocdeploy:"): " ".join(entry["description"].split()) for key, entry in declared.items()}
    # Of groups the parts are named: database (instances, …); of what is off by default only the key.
    off = tuple(f"{key}{end}" for key, (default, _) in described().items() for end in ".[" if default != "on")
    missing = [
        key
        for key in described()
        if not key.startswith(off)
        for part in key.replace("[]", "").split(".")[1:]
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


def test_outputs_are_listed_and_secret_ones_marked() -> None:
    listed = rows(CONFIGURATION, "Outputs")

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
    # What the test above looks for is really seen: the two commands at the top, among others.
    assert {"up", "down", "outputs"} <= set(re.findall(r"\bmake (?:-s )?([a-z][a-z0-9-]*)", code(README)))


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
