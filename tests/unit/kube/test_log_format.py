"""How a line of a log is shown."""

from __future__ import annotations

import json

import pytest

from pocdeploy.kube import log_format
from tests.unit.kubeapi import ACCESS


def test_json_line() -> None:
    assert log_format.render(json.dumps(ACCESS)).plain == "08:14:43.678 INFO     8b292d2f GET /1/ 200 4.9 ms"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('{"level": "warn", "ts": "2026-01-01T00:00:00Z", "msg": "late"}', "00:00:00 WARNING  late"),
        ('{"level":"error","message":"no\\nnewline"}', " ERROR    no\\nnewline"),
        ('{"time": 5, "level": 30, "message": 7}', "5 30       7"),
        ("plain text", "plain text"),
        ("API_TOKEN=hunter2", "API_TOKEN=[secret]"),
        ('{"message": "{\\"password\\": \\"hunter2\\"}"}', " " * 10 + '{"password": "[secret]"}'),
        ('["a", "list"]', '["a", "list"]'),
        ('{"no": "message"}', '{"no": "message"}'),
        ('{"cut off', '{"cut off'),
        ("\x1b[2J\x07gone\tkept", "\\x1b[2J\\x07gone\tkept"),
        ('{"message": "\\u001b]0;title\\u0007", "request_id": "\\u001b[1m"}', " " * 10 + "\\x1b[1m \\x1b]0;title\\x07"),
        ("", ""),
    ],
)
def test_other_lines(line: str, shown: str) -> None:
    assert log_format.render(line).plain == shown


def test_traceback_on_separate_lines() -> None:
    line = json.dumps({**ACCESS, "level": "ERROR", "exc_info": "Traceback\n  File \"x\"\nKeyError: 'a'"})
    assert log_format.render(line).plain.splitlines()[1:] == ["    Traceback", '      File "x"', "    KeyError: 'a'"]
