"""The comment of recorded previews, compared with files; `make golden` writes them anew.

The recordings are made by `python -m tests.engine.previews`, on the real engine.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pocdeploy.cli import app
from pocdeploy.pull_requests import diff, preview_comment
from pocdeploy.pull_requests.preview import Change, PolicyFinding, Preview
from pocdeploy.pull_requests.preview_parser import PreviewError, read
from tests.paths import UNIT

HERE = UNIT
RECORDED = sorted((HERE / "previews").glob("*.json*"))
GOLDEN = HERE.parent / "golden" / "pr-comment"


def recorded(name: str) -> Preview:
    (file,) = (HERE / "previews").glob(f"{name}.*")
    return read(file.read_text("utf-8"))


def commented(name: str) -> str:
    return preview_comment.comment(recorded(name), stack="dev", commit="0123456789abcdef")


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_golden(file: Path) -> None:
    text = commented(file.stem)
    golden = GOLDEN / f"{file.stem}.md"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, "utf-8")

    assert golden.read_text("utf-8") == text


def test_there_are_enough_recordings_and_none_too_many_goldens() -> None:
    assert len(RECORDED) >= 8
    assert {file.stem for file in GOLDEN.iterdir()} == {file.stem for file in RECORDED}


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_a_comment_fits_is_found_again_and_holds_no_secret(file: Path) -> None:
    text = commented(file.stem)

    assert len(text) <= 65_536
    assert text.startswith("<!-- pocdeploy:preview:dev -->\n## Preview of `dev` at `0123456789ab`\n")
    assert "canary" not in text
    assert text.count("<details>") == text.count("</details>")
    assert re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-ff0331ba9", text) == []


def test_the_first_deploy_creates_everything() -> None:
    preview = recorded("first-deploy")

    assert set(preview.counts()) == {"create"}
    assert preview.applications == ("polls",)
    assert {preview.part_of(change) for change in preview.changes} == {"polls", None}
    assert not preview.failed


def test_no_change_says_so() -> None:
    assert recorded("no-change").changes == ()
    assert "**No changes**" in commented("no-change")
    assert "Full diff" not in commented("no-change")


def test_both_forms_of_a_preview_come_to_the_same_changes() -> None:
    stream, document = recorded("image-only"), recorded("image-only-document")

    assert stream.counts() == document.counts() == {"update": 2, "replace": 1}
    # Two runs: a name that the engine makes up is another one each time.
    same = ("urn", "op", "paths", "because")
    assert [[getattr(each, key) for key in same] for each in stream.changes] == [
        [getattr(each, key) for key in same] for each in document.changes
    ]
    assert (stream.same, stream.applications) == (document.same, document.applications)


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("cluster-replaced", {"test-kind", "polls-db", "polls-namespace"}),
        ("database-removed", {"polls-db"}),
        ("image-only", set()),
        ("secret-changed", set()),
        ("first-deploy", set()),
    ],
)
def test_what_loses_data_is_on_top_in_red(name: str, lost: set[str]) -> None:
    text = commented(name)
    names = {change.name for change in recorded(name).changes if change.loses_data}

    assert lost <= names
    assert bool(lost) == ("**Data is lost.**" in text) == bool(names)
    assert not {"test-connect", "test-registry"} & names
    for each in lost:
        assert text.index(f"`{each}`") < text.index("| | Create | Update | Replace | Delete |")


def test_a_changed_secret_is_seen_but_not_shown() -> None:
    text = commented("secret-changed")

    assert "Secret polls-credentials-environment" in text
    assert "[secret]" in text or "a secret or unknown value differs" in text


def test_a_failed_preview_shows_why_and_fails() -> None:
    preview = recorded("failed")

    assert preview.failed
    assert "🔴 **The preview failed" in commented("failed")
    assert "pocdeploy:apps.polls.replicas" in commented("failed")


def test_two_applications_have_a_row_each() -> None:
    preview, text = recorded("two-applications"), commented("two-applications")

    assert preview.applications == ("polls", "shop")
    assert "| `polls` |" in text
    assert "| `shop` |" in text


def test_findings_of_policies_are_listed_and_fail() -> None:
    preview = recorded("policy-finding")

    assert {finding.policy for finding in preview.findings} == {
        "pocdeploy/no-public-exposure",
        "pocdeploy/standard-labels",
    }
    assert preview.failed
    assert "| 🔴 mandatory | `pocdeploy/no-public-exposure` | `debug` |" in commented("policy-finding")


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("Secret", {"stringData": {"anything": "hunter2"}}),
        ("Secret", {"data": "hunter2"}),
        ("Release", {"values": {"grafana": {"adminPassword": "hunter2"}}}),
        ("Deployment", {"spec": {"env": [{"name": "API_TOKEN", "value": "hunter2"}]}}),
        ("Command", {"environment": {"AWS_SECRET_ACCESS_KEY": "hunter2"}}),
        ("Thing", {"x": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}}),
    ],
)
def test_inputs_that_nobody_marked_are_masked(kind: str, properties: dict[str, Any]) -> None:
    shown = diff.masked_inputs(properties, kind=kind)

    assert "hunter2" not in json.dumps(shown)
    assert "[secret]" in json.dumps(shown)


def test_names_of_secrets_are_no_secrets() -> None:
    assert diff.masked_inputs({"secretName": "polls-environment"}, kind="X") == {"secretName": "polls-environment"}


def change(**more: Any) -> Change:
    urn = f"urn:pulumi:dev::pocdeploy::{more.pop('type', 'kubernetes:core/v1:ConfigMap')}::{more.pop('name', 'site')}"
    return Change(**{"urn": urn, "op": "update", "old": {"a": 1}, "new": {"a": 2}, **more})


def test_nothing_breaks_out_of_its_block() -> None:
    evil = change(name="x`|y", new={"a": "```\n</details>\n@everyone"})
    finding = PolicyFinding(policy="p`|q", message="a | b <img src=x>", urn="u::p::t::n|m")
    text = preview_comment.comment(Preview(changes=(evil,), findings=(finding,), errors=("```\n# big",)), stack="a`b")

    assert "````diff" in text or "````text" in text
    assert "x'\\|y" in text
    assert "<img" not in text
    assert "a &#124; b" in text


def test_a_diff_that_is_too_long_is_cut_and_says_so() -> None:
    many = tuple(change(name=f"n{number}", new={"a": "x" * 500}) for number in range(300))
    text = preview_comment.comment(Preview(changes=many), stack="dev")

    assert len(text) <= 65_000
    assert "more lines: too long for a comment" in text
    assert text.rstrip().endswith("</details>")


def test_the_diff_shows_lines_and_why_something_is_replaced() -> None:
    lines = list(diff.lines(change(op="replace", because=("a",))))

    assert lines[:2] == ["@@ +- ConfigMap site @@", "# replaced because of a"]
    assert {"-a: 1", "+a: 2"} <= set(lines)


@pytest.mark.parametrize("text", ["", "no JSON at all", "[1]"])
def test_what_is_no_preview_is_refused(text: str) -> None:
    with pytest.raises(PreviewError, match="preview-json"):
        read(text)


def test_a_run_that_ended_in_the_middle_has_failed() -> None:
    cut = (HERE / "previews" / "image-only.jsonl").read_text("utf-8").splitlines()[:2]

    assert read("\n".join(cut)).failed
    assert "error: boom" in preview_comment.comment(read("error: boom"), stack="dev")


def test_the_command_writes_the_comment_and_its_exit_code_is_the_previews(tmp_path: Path) -> None:
    run = CliRunner().invoke
    good, bad = (str(HERE / "previews" / f"{name}.jsonl") for name in ("image-only", "failed"))
    target = tmp_path / "comment.md"

    shown = run(app.app, ["pr-comment", good, "--stack", "dev", "--commit", "0123456789abcdef"])
    written = run(app.app, ["pr-comment", bad, "--output", str(target), "--strict"])

    assert (shown.exit_code, shown.stdout) == (0, commented("image-only"))
    assert (written.exit_code, written.stdout) == (1, "")
    assert "The preview failed" in target.read_text("utf-8")
