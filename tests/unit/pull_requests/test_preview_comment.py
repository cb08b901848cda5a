"""The comment about a preview; `make golden` updates the comments of the recorded previews."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest

from pocdeploy.pull_requests import preview_comment
from pocdeploy.pull_requests.preview import Change, PolicyFinding, Preview
from pocdeploy.pull_requests.preview_parser import read
from tests.paths import GOLDEN
from tests.unit.pull_requests.recorded import PRELUDE, PREVIEWS, SUMMARY, recorded, step, stream

RECORDED = sorted(file.stem for file in PREVIEWS.glob("*.jsonl"))
COMMENTS = GOLDEN / "pr-comment"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def commented(name: str) -> str:
    return preview_comment.comment(recorded(name), stack="dev", commit="0123456789abcdef")


def comment(**preview: Any) -> str:
    return preview_comment.comment(Preview(**preview), stack="dev")


def change(**more: Any) -> Change:
    urn = f"urn:pulumi:dev::pocdeploy::{more.pop('type', 'kubernetes:core/v1:ConfigMap')}::{more.pop('name', 'site')}"
    return Change(**{"urn": urn, "op": "update", "old": {"a": 1}, "new": {"a": 2}, **more})


@pytest.mark.parametrize("name", RECORDED)
def test_golden(name: str) -> None:
    text = commented(name)
    golden = COMMENTS / f"{name}.md"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, "utf-8")

    assert golden.read_text("utf-8") == text
    assert {file.stem for file in COMMENTS.iterdir()} == set(RECORDED)


@pytest.mark.parametrize("name", RECORDED)
def test_a_comment_has_a_marker_and_fits(name: str) -> None:
    text = commented(name)

    assert len(text) <= 65_536
    assert text.startswith("<!-- pocdeploy:preview:dev -->\n## Preview of `dev` at `0123456789ab`\n")
    assert text.count("<details>") == text.count("</details>")


def test_secrets_and_sentinels_are_in_no_part_of_a_comment() -> None:
    secret = "TOKEN=canary"
    texts = {"old": {"a": secret, "token": "canary"}, "new": {"a": f"{secret} {UNKNOWN}", "b": UNKNOWN}}
    violation = PolicyFinding(policy="p", message=f"{secret} {UNKNOWN}", urn="u::p::t::n")
    text = comment(
        changes=(change(**texts), change(op="replace", type="kubernetes:core/v1:Namespace", **texts)),
        findings=(violation,),
        errors=(f"{secret} {UNKNOWN}",),
        warnings=(f"{secret} {UNKNOWN}",),
    )

    assert "canary" not in text
    assert UNKNOWN not in text
    assert text.count("TOKEN=[secret]") == 7  # two in each diff, and one in every other part
    assert text.count("(known after the update)") == 7


def test_no_change() -> None:
    text = preview_comment.comment(read(stream(PRELUDE, SUMMARY)), stack="dev")

    assert text == "<!-- pocdeploy:preview:dev -->\n## Preview of `dev`\n\n**No changes**: 50 unchanged.\n"


def test_data_loss_is_on_top_in_red() -> None:
    text = commented("cluster-replaced")
    dangers, _, rest = text.partition("| | Create | Update | Replace | Delete |")

    assert "**Data loss.**" in dangers
    for name in ("test-kind", "polls-db", "polls-namespace"):
        assert f"`{name}`" in dangers
    assert rest


@pytest.mark.parametrize("name", ["first-deploy", "image-only"])
def test_without_data_loss_there_is_no_alarm(name: str) -> None:
    assert "Data loss" not in commented(name)


def test_a_deleted_database_is_data_loss() -> None:
    text = comment(changes=(change(op="delete", type="kubernetes:postgresql.cnpg.io/v1:Cluster", name="polls-db"),))

    assert "> - 🔴 Cluster `polls-db`: deleted\n" in text


def test_a_failed_preview_shows_why() -> None:
    text = comment(errors=("pocdeploy:apps.polls.replicas: invalid",))

    assert "🔴 **The preview failed." in text
    assert "```text\npocdeploy:apps.polls.replicas: invalid\n```" in text


def test_an_error_keeps_its_last_lines() -> None:
    text = comment(errors=("\n".join(f"line {number}" for number in range(100)),))

    assert "… 40 lines\nline 40\n" in text
    assert "line 99\n```" in text


def test_each_application_has_a_row() -> None:
    type_ = "kubernetes:core/v1:ConfigMap"
    names = ("polls-a", "shop-b", "monitoring")
    text = preview_comment.comment(read(stream(PRELUDE, *(step(type_, name) for name in names), SUMMARY)), stack="dev")

    for row in ("`polls`", "`shop`", "platform"):
        assert f"| {row} | 1 | - | - | - |\n" in text
    assert "| **all** | 3 | - | - | - |" in text


@pytest.mark.parametrize(("mandatory", "level"), [(True, "🔴 mandatory"), (False, "advisory")])
def test_policy_violations_are_listed(mandatory: bool, level: str) -> None:
    finding = PolicyFinding(policy="pocdeploy/labels", message="no label", urn="u::p::t::debug", mandatory=mandatory)
    text = comment(findings=(finding,), same=1)

    assert f"| {level} | `pocdeploy/labels` | `debug` | <code>no label</code> |" in text
    assert ("**Policy violations." in text) == mandatory


def test_nothing_breaks_out_of_its_block() -> None:
    evil = change(name="x`|y", new={"a": "```\n</details>\n@everyone"})
    finding = PolicyFinding(policy="p`|q", message="a | b <img src=x>", urn="u::p::t::n|m")
    text = preview_comment.comment(
        Preview(changes=(evil,), findings=(finding,), errors=("```\n# big",), warnings=("````",)), stack="a`b"
    )

    assert re.findall(r"^`+[a-z]*$", text, re.M) == [
        *("````text", "```", "````"),  # the error, and the fence in it
        *("`````text", "````", "`````"),  # the warning
        *("````diff", "````"),  # in the diff, the fence does not begin a line
    ]
    assert "x'\\|y" in text
    assert "<img" not in text
    assert "a &#124; b" in text


def test_a_diff_that_is_too_long_is_cut() -> None:
    many = tuple(change(name=f"n{number}", new={"a": "x" * 500}) for number in range(300))
    text = comment(changes=many)

    assert len(text) <= preview_comment.LIMIT
    assert "more lines, too many for a comment" in text
    assert text.rstrip().endswith("</details>")


def test_long_lists_are_cut() -> None:
    replaced = tuple(change(name=f"n{number}", op="replace") for number in range(30))
    updated = tuple(change(name=f"u{number}", paths=tuple("abcdef")) for number in range(30))
    text = comment(changes=(*replaced, *updated))

    assert "> - and 5 more, in the diff" in text
    assert "| | and 5 more, in the diff | |" in text
    assert "| update | ConfigMap `u0` | `a`, `b`, `c`, `d` and 2 more |" in text
