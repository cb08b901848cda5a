"""Changes of YAML text: what changes, and that nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pocdeploy.config.yaml_editor import YamlText
from pocdeploy.errors import SettingsError

SCALARS = [
    *("off", "12:30", "0755", "1.10", "+5", "~", "'it''s'", '"a\\tb"', "1_000", "True", "0x1F", "2001-01-01", "yes"),
    *("!!str 5", "&x a", "# no value", "a  b", "long " * 60 + "end", "http://x:80/#y", "{}", "[]", "{ }", "[a,  b]"),
    *("{a: 1,b:  [x, {y: z}] }", "{a: 1,}", "{a, b: }", "[{a: 1}, 2]"),
]
BLOCKS = [
    *("|\n{0}  a\n{0}  b", ">-\n{0}  a\n\n{0}  b", "|+\n{0}  a\n\n"),
    *("\n{0}- 1\n{0}-   x: 1\n{0}    y: 2", "\n{0}  - a"),
]
KEYS = ["a", "'b c'", '"d"', "pocdeploy:e", "10", "true", "f-g"]


@st.composite
def mappings(draw: st.DrawFn, indent: str = "", depth: int = 0) -> str:
    """Return the lines of a block map with comments, blank lines, and values of all kinds."""
    lines = []
    for key in draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique=True)):
        lines += draw(st.lists(st.sampled_from(["", "# why", f"{indent}# why: x"]), max_size=1))
        kind = draw(st.sampled_from(["scalar", "scalar", "block", "map"]))
        if kind == "map" and depth < 2:
            inner = draw(mappings(indent + draw(st.sampled_from(["  ", "    "])), depth + 1))
            lines.append(f"{indent}{key}:{draw(st.sampled_from(['', ' # map']))}\n{inner}")
        elif kind == "block":
            lines.append(f"{indent}{key}: {draw(st.sampled_from(BLOCKS)).format(indent)}")
        else:
            comment = draw(st.sampled_from(["", "  # spaced by hand"]))
            spaces = draw(st.sampled_from([" ", "   "]))
            lines.append(f"{indent}{key}:{spaces}{draw(st.sampled_from(SCALARS))}{comment}")
    return "\n".join(lines)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Return a document that Pulumi can read."""
    before = draw(st.sampled_from(["", "\ufeff", "# first\n", "---\n", "\n\n"]))
    after = draw(st.sampled_from(["", "\n", "\n# last", "\n\n# last\n"]))
    text = before + draw(mappings()) + after
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc:# '", max_size=4), inner, max_size=3),
    max_leaves=5,
)


def paths(data: Any, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the path of each map in a document."""
    inner = [path for key, value in data.items() if isinstance(value, dict) for path in paths(value, (*above, key))]
    return [above, *inner]


def at(data: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


@settings(max_examples=150, deadline=None)
@given(documents(), st.data(), VALUES)
def test_set_then_unset_gives_the_same_bytes(text: str, data: st.DataObject, value: Any) -> None:
    before = YamlText(text, "x")
    path = (*data.draw(st.sampled_from(paths(before.data))), "new")
    after = before.set(path, value)

    assert at(after.data, path) == value
    assert after.unset(path).text == text


@settings(max_examples=150, deadline=None)
@given(documents(), st.data(), VALUES)
def test_another_value_changes_only_its_own_entry(text: str, data: st.DataObject, value: Any) -> None:
    assume("|+" not in text)  # what remains can become part of such a text; `unset` refuses that
    before = YamlText(text, "x")
    above = data.draw(st.sampled_from([path for path in paths(before.data) if at(before.data, path)]))
    path = (*above, data.draw(st.sampled_from(sorted(at(before.data, above)))))
    after = before.set(path, value)

    assert at(after.data, path) == value
    assert after.unset(path).text == before.unset(path).text


STACK = """\
# why
config:
  pocdeploy:cluster:
    name:   test # aligned by hand
    pods: 0755
  pocdeploy:apps: {polls: {host: a.example, # flow
      port: 8000}}
"""


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        ("config.pocdeploy:cluster.name", "off", "test #", "'off' #"),
        ("config.pocdeploy:cluster.name", {"a": [1, "x y"]}, "   test", "\n      a: [1, x y]"),
        ("config.pocdeploy:cluster", None, "\n    name:   test # aligned by hand\n    pods: 0755", " null"),
        ("config.pocdeploy:cluster.workers", 3, "0755\n", "0755\n    workers: 3\n"),
        ("config.pocdeploy:apps.polls.port", 9000, "8000", "9000"),
        ("config.pocdeploy:apps.shop.env", {"A": "a: b"}, "8000}", '8000}, shop: {env: {A: "a: b"}}'),
        ("encryptionsalt", "v1:x", "8000}}\n", '8000}}\nencryptionsalt: "v1:x"\n'),
    ],
)
def test_set_writes_as_a_person_would(path: str, value: Any, old: str, new: str) -> None:
    assert YamlText(STACK, "x").set(path.split("."), value).text == STACK.replace(old, new)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("config.pocdeploy:cluster.name", "    name:   test # aligned by hand\n", ""),
        ("config.pocdeploy:apps.polls.host", "host: a.example, # flow\n      ", ""),
        ("config.pocdeploy:apps", STACK[STACK.index("  pocdeploy:apps") :], ""),
        ("config", STACK[STACK.index("config") :], ""),
        ("config.pocdeploy:cluster.workers", "", ""),
    ],
)
def test_unset_removes_the_whole_entry(path: str, old: str, new: str) -> None:
    assert YamlText(STACK, "x").unset(path.split(".")).text == STACK.replace(old, new)


def test_a_map_without_its_last_key_is_an_empty_map() -> None:
    assert YamlText("a:\n  b:\n    c: 1\n", "x").unset(["a", "b", "c"]).text == "a:\n  b: {}\n"


def test_rename_changes_only_the_name() -> None:
    changed = YamlText(STACK, "x").rename(["config", "pocdeploy:apps", "polls"], "pr-7-polls")

    assert changed.text == STACK.replace("{polls:", "{pr-7-polls:")
    assert changed.rename(["config", "none"], "a").text == changed.text


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a: 1\n", "a.b"),
        ("a: [1]\n", "a.b"),
        ("- a\n", "a"),
        ("a: &x {b: 1}\nc: *x\n", "c.d"),
        ("a: &x 1\nb: *x\n", "a"),
    ],
)
def test_a_change_that_would_do_more_is_refused(text: str, path: str) -> None:
    with pytest.raises(SettingsError, match=r"EDITOR.* Pulumi.dev.yaml"):
        YamlText(text, "Pulumi.dev.yaml").set(path.split("."), 2)


@pytest.mark.parametrize(("text", "path"), [("a: &x {b: 1}\nc: *x\n", "c.b"), ("a: &x {b: 1}\nc: {<<: *x}\n", "c.b")])
def test_a_key_that_an_anchor_brings_is_not_removed(text: str, path: str) -> None:
    with pytest.raises(SettingsError, match="only a person can change"):
        YamlText(text, "x").unset(path.split("."))
