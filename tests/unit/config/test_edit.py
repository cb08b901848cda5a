"""Changes of stack files: what is written, and what is refused without a change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.config import edit
from pocdeploy.errors import Finding, SettingsError
from tests.unit.configuration import checkout

STACK = """\
# why
config:
  pocdeploy:cluster:
    type: kind   # aligned by hand
    httpPort: 80
  pocdeploy:apps:
    polls:
      env: {ZONE: Europe/Berlin}
      database:
        parameters:
          work_mem: 8MB
      commands: { seed: [python, manage.py, seed] }
      businessMetrics:
        - title: Votes
          query: sum(votes)
"""


@pytest.fixture
def root() -> Iterator[Path]:
    with checkout() as root:
        (root / "Pulumi.dev.yaml").write_text(STACK)
        yield root


def written(root: Path, *values: tuple[str, str], **more: Any) -> str:
    """Return the content of the stack file after a change."""
    edit.apply(root, "dev", edit.Changes(values=values, **more))
    return (root / "Pulumi.dev.yaml").read_text()


def refused(root: Path, *values: tuple[str, str], **more: Any) -> Finding:
    """Return why a change is refused, and assert that nothing was written."""
    with pytest.raises(SettingsError) as caught:
        written(root, *values, **more)
    assert (root / "Pulumi.dev.yaml").read_text() == STACK
    return caught.value.findings[0]


@pytest.mark.parametrize(
    ("key", "text", "old", "new"),
    [
        ("cluster.httpPort", "8080", "80", "8080"),
        ("pocdeploy:cluster.workers", "1", "httpPort: 80\n", "httpPort: 80\n    workers: 1\n"),
        ("apps.polls.env.DEBUG", "true", "Berlin}", "Berlin, DEBUG: 'true'}"),
        ("apps.polls.env.VERSION", "1.10", "Berlin}", "Berlin, VERSION: '1.10'}"),
        ("apps.polls.env.TEXT", "a: b", "Berlin}", 'Berlin, TEXT: "a: b"}'),
        ("apps.polls.env.EMPTY", '""', "Berlin}", 'Berlin, EMPTY: ""}'),
        ("apps.polls.database.parameters.work_mem", "16MB", "8MB", "16MB"),
        (
            'apps.polls.database.parameters["auto_explain.log_min_duration"]',
            "1s",
            None,
            "auto_explain.log_min_duration",
        ),
        ("apps.polls.commands.seed[2]", "flush", "manage.py, seed]", "manage.py, flush]"),
        ("apps.polls.commands.seed[3]", "--all", "seed] }", 'seed, "--all"] }'),
        ("apps.polls.businessMetrics[0].query", "count(x)", "sum(votes)", '"count(x)"'),
        ("apps.polls.businessMetrics[1]", "{title: A, query: b}", None, "- {title: A, query: b}\n"),
        ("apps.polls.database", "false", None, "database: false"),
    ],
)
def test_one_value_changes_and_nothing_else(root: Path, key: str, text: str, old: str | None, new: str) -> None:
    after = written(root, (key, text), replace=True)

    if old is None:
        assert new in after
    else:
        assert after == STACK.replace(old, new, 1)


def test_several_values_are_changed_in_one_step(root: Path) -> None:
    after = written(root, ("cluster.httpPort", "8080"), ("cluster.httpsPort", "8443"), removed=["apps.polls.env.ZONE"])

    assert "httpPort: 8080\n    httpsPort: 8443\n" in after
    assert "env: {}" in after


def test_a_key_gets_another_name_with_its_comments(root: Path) -> None:
    text = STACK.replace("httpPort: 80", "http_port: 80   # a comment")
    (root / "Pulumi.dev.yaml").write_text(text)
    after = written(root, renamed=("cluster.http_port", "cluster.httpPort"))

    assert after == text.replace("http_port", "httpPort")


def test_a_key_moves_to_another_map(root: Path) -> None:
    text = STACK.replace("parameters:\n          work_mem: 8MB", "work_mem: 8MB")
    (root / "Pulumi.dev.yaml").write_text(text)
    after = written(root, renamed=("apps.polls.database.work_mem", "apps.polls.database.parameters.work_mem"))

    assert after == text.replace("\n        work_mem: 8MB", " {parameters: {work_mem: 8MB}}").replace(
        "\n          work_mem: 8MB", " {parameters: {work_mem: 8MB}}"
    )


@pytest.mark.parametrize(
    ("values", "what", "expected", "fix"),
    [
        (
            [("cluster.htpPort", "1")],
            "no such setting",
            "did you mean pocdeploy:cluster.httpPort?",
            "cluster.httpPort 1",
        ),
        ([("clustr.name", "a")], "no such setting", "did you mean pocdeploy:cluster.name?", "set cluster.name a"),
        ([("apps.poll.port", "1")], "no such application", "pocdeploy:apps.polls.port?", "set apps.polls.port 1"),
        ([("a b]", "1")], "not a key", "cluster.httpPort", None),
        ([("cluster.workers", "many")], "invalid value", "a whole number", "set cluster.workers 3"),
        ([("cluster.httpPort", "443")], "invalid value", "three different ports", "set cluster"),
        ([("apps.polls.env", "{A: b}")], "would remove ZONE", "apps.polls.env.ZONE", "${EDITOR:-vi} +8"),
        ([("apps.polls.env.API_TOKEN", "hunter2")], "must not be on a command", "stdin", "set secrets.polls.API_TOKEN"),
        ([("secrets.polls.API_TOKEN", "hunter2")], "must not be on a command", "stdin", "set secrets.polls.API_TOKEN"),
        ([("apps.polls.env.DB", "redis://:hunter2@a")], "must not be", "stdin", "set secrets.polls.DB"),
    ],
)
def test_a_refused_change_writes_nothing(
    root: Path, values: list[tuple[str, str]], what: str, expected: str, fix: str | None
) -> None:
    finding = refused(root, *values)

    assert what in finding.what
    assert expected in str(finding.expected)
    assert fix is None or fix in str(finding.fix)
    assert "hunter2" not in str(finding)


def test_a_key_that_is_not_there_is_not_removed(root: Path) -> None:
    finding = refused(root, removed=["cluster.httpPrt"])

    assert "not in the stack file" in finding.what
    assert str(finding.fix).endswith("unset cluster.httpPort --stack dev")


def test_a_file_with_problems_can_be_changed_step_by_step(root: Path) -> None:
    (root / "Pulumi.dev.yaml").write_text(STACK.replace("httpPort: 80", "httpPort: x\n    workers: y"))
    left = edit.apply(root, "dev", edit.Changes(values=[("cluster.httpPort", "80")]))

    assert [finding.where for finding in left] == ["pocdeploy:cluster.workers"]
    assert edit.apply(root, "dev", edit.Changes(values=[("cluster.workers", "3")])) == []


def test_a_renamed_application_is_found_by_its_deployed_name(root: Path) -> None:
    text = STACK.replace("    polls:\n", "    votes:\n      renamedFrom: polls\n")
    (root / "Pulumi.dev.yaml").write_text(text)

    assert "votes:\n      renamedFrom: polls\n" in written(root, ("apps.polls.port", "8080"))
    assert "port: 8080" in (root / "Pulumi.dev.yaml").read_text()


def test_a_secret_of_an_unknown_application_is_refused(root: Path) -> None:
    edit.secret(root, "dev", "secrets.polls.API_TOKEN")
    with pytest.raises(SettingsError, match="unknown application"):
        edit.secret(root, "dev", "secrets.pols.API_TOKEN")


def test_secrets_and_examples_are_known_by_their_key(root: Path) -> None:
    assert edit.is_secret("secrets.polls.A")
    assert edit.is_secret("pocdeploy:registryPassword")
    assert not edit.is_secret("apps.polls.env.A")
    assert not edit.is_secret("]")
    assert edit.example(root, "dev", "cluster.workers") == 3
    assert edit.example(root, "dev", "cluster.nothing") is None
