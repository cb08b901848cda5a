"""docs/changing-settings.md, written from the rows, their recorded outcomes and the docstrings of the keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from pocdeploy.config import Settings
from tests.changing import stacks, words
from tests.changing.keys import all_keys
from tests.changing.outcomes import recorded
from tests.changing.rows import ELSEWHERE, ROWS, Row, shown
from tests.changing.stacks import APPS, CLUSTERS, KIND, PROCESSES
from tests.paths import ROOT

FILE = ROOT / "docs" / "changing-settings.md"
NAMES = {"kind": "Kind", "existing": "existing cluster", "eks": "EKS", PROCESSES: "processes"}
HEAD = """# What a change of a setting does

What happens to a running stack when `make up` deploys a changed setting, for every key. `make golden` writes this page.
A model of the Pulumi engine planned each change on a deployed stack, with the program itself and the rules of the
providers; `make test` compares each line with that plan (`tests/golden/changes-*.json`: operation, type, name and
property). The real engine, with recording providers, previews a sample of them: each change that replaces or deletes
something, and one of each other kind of effect.

**No change on this page deletes data unasked.** Where one would, `up` stops before it changes anything, names the
data, and goes on only after you confirm it ([changes that delete data](day-two.md#changes-that-delete-data)).

An effect without a name of a cluster type is that on all of them. Changes of applications that cannot depend on the
type were previewed on Kind alone.
"""
WORDS = {
    "nothing": "No step. On a cluster, the note says where the setting is used; "
    "processes use it at their next release, or not at all",
    "in place": "Objects change; no pod of an application and no database restarts",
    "migrations run again": "The command `migrate`, before the pods roll; it finds what is done already",
    "the administrator is set again": "The command `admin`; a password that exists stays",
    "pods roll": "New pods are ready before old ones end, and no request is lost. "
    "A release that fails is [rolled back](rollback.md)",
    "the database restarts, one instance after the other": "Replicas first, then a switchover: "
    "seconds without writes. A single instance is away for its restart",
    "Helm updates": "The chart gets other values, another source or another version, and restarts what it has to. "
    "On Kind, Prometheus keeps its samples only until its pod restarts",
    "refused": "`up` and `preview` stop before anything is changed, and say what to do",
    "stops": "The same, until you confirm that the named data is deleted",
}
"""Words of the effects -> meaning."""
SECTIONS = {
    "cluster (kind)": "`cluster` on Kind",
    "cluster (existing)": "`cluster` on an existing cluster",
    "cluster (eks)": "`cluster` on AWS",
    "cluster (processes)": "`cluster` of processes",
    "apps": "`apps`",
    "monitoring": "`monitoring`",
    "backups": "`backups`",
    "charts": "`charts`",
}


def render() -> str:
    """Return the document."""
    meanings = (f"| {text} | {meaning} |" for text, meaning in WORDS.items())
    sections = (line for start, title in SECTIONS.items() for line in _section(start, title))
    return "\n".join([HEAD, "| Words | Meaning |", "|---|---|", *meanings, *sections]) + "\n"


def _section(start: str, title: str) -> Iterator[str]:
    """Yield the lines of a section: a table with a line for each change."""
    effects = ["On a cluster", "As processes"] if start == "apps" else ["Effect"]
    columns = ["Setting", "Change", *effects]
    yield from ("", f"## {title}", "", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}")
    for key, text in all_keys():
        if key.startswith(f"{start}."):
            name = f"`{key.removeprefix(f'{start}.').removeprefix('<name>.')}`"
            about = f"{name}: {text}" if text else name
            for cells in _changes(key):
                yield f"| {' | '.join(map(_cell, [about, *cells][: len(columns)]))} |"
                about = name


def _cell(text: str) -> str:
    """Return a text as a cell of a table on a page in docs/: with links, and names of applications as code."""
    parts = re.sub(r"\bdocs/(([\w-]+)\.md(#[\w-]+)?)", r"[\2](\1)", text).split("`")
    parts[::2] = [re.sub(r"[\w/]*<name>[\w-]*", r"`\g<0>`", part) for part in parts[::2]]  # outside of code
    return "`".join(parts).replace("|", "\\|")


def _changes(key: str) -> Iterator[list[str]]:
    """Yield change, effect on a cluster, and effect as processes, for each change of a key."""
    for row in ROWS:
        if row.key == key:
            processes = words.effect(recorded(PROCESSES)[row.name]) if row.is_app else ""
            yield [_change(row), _effects(row), processes]
    for it in ELSEWHERE:
        if it.key == key:
            yield [it.change, it.effect, ""]


def _change(row: Row) -> str:
    """Return the value before and after a change, and what is changed with it."""
    key, *_ = row.paths(row.app or APPS[0])
    before = stacks.get(_settings(row.on[0]), key)
    also = [
        f"`{path.removeprefix('apps.<name>.')}` {_value(value)}"
        for path, value in row.also.items()
        if not path.startswith("secrets") and not key.startswith(path.replace("<name>", APPS[0]))
    ]
    change = f"{'none' if before is None else _value(before)} → {_value(row.after)}"
    return f"{change}, with {', '.join(also)}" if also and len(also) <= _MANY else change


@cache
def _settings(cluster: str) -> stacks.Config:
    """Return all values of the deployed stack, with the defaults."""
    found: stacks.Config = Settings.model_validate(stacks.config(cluster)).model_dump(by_alias=True, mode="json")
    return found


_MANY = 3
_LONG = 60


def _value(value: object) -> str:
    if value is stacks.REMOVED:
        return "removed"
    text = shown(value)
    return f"`{text if len(text) <= _LONG else f'{text[:_LONG]}…'}`"


def _effects(row: Row) -> str:
    """Return the effect on each type of cluster, and the note; types with the same effect together."""
    said: dict[str, list[str]] = {}
    for cluster in row.on:
        said.setdefault(words.effect(recorded(cluster)[row.name]), []).append(NAMES[cluster])
    is_general = len(said) == 1 and (row.on == (KIND,) or not row.is_app or set(row.on) == set(CLUSTERS))
    texts = [text if is_general else f"{', '.join(clusters)}: {text}" for text, clusters in said.items()]
    if row.note:
        texts[-1] += f"{':' if texts[-1] == 'nothing' else ';'} {row.note}"
    return "<br>".join(texts)
