"""A draft keeps the first value of a key, and each sentence once."""

from __future__ import annotations

from pocdeploy.source.survey.report import Draft


def test_the_first_value_stays_with_its_reason() -> None:
    draft = Draft()
    draft.set("env", "A", value="1", reason="first")
    draft.set("env", "A", value="2", reason="second")

    assert (draft.entry, draft.reasons) == ({"env": {"A": "1"}}, {("env", "A"): "first"})
    assert (draft.get("env", "A"), draft.get("env", "B"), draft.get("port", "x")) == ("1", None, None)


def test_a_sentence_is_there_once() -> None:
    draft = Draft()
    for _ in range(2):
        draft.miss("a")
        draft.assume("b")

    assert (draft.missing, draft.assumed) == (["a"], ["b"])
