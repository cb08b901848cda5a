"""The words of docs/changing-settings.md for what a change does: pure functions of its recorded outcome."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.changing.outcomes import Outcome, Unit

RESTART = ("max_connections", "shared_buffers", "wal_level")
"""Parameters of the rows that PostgreSQL reads only at its start (context `postmaster` in pg_settings)."""
_DATABASE = "update Cluster (<name>|<each>)-db"
IN_PLACE = "in place"


class Phrase(NamedTuple):
    """Words for steps; empty if other steps of the same change say it."""

    step: str
    path: str
    text: str


_PARAMETERS = rf"postgresql\.parameters(\.({'|'.join(RESTART)})\b|\[\"pg_stat_statements)"  # loads or drops the library
_RESTARTS = rf"spec\.(resources|walStorage|affinity|{_PARAMETERS})"
PHRASES = (
    Phrase(r"(create|update|replace) Image", "", "the image is built"),
    Phrase(r"delete (AppImage|Image)", "", "the image is not built any more"),
    Phrase(r"replace Job .*-migrate", "", "migrations run again"),
    Phrase(r"replace Job .*-admin", "", "the administrator is set again"),
    Phrase(r"update Deployment", r"spec\.template", "pods roll"),
    Phrase(r"replace Job .*-smoke", "", ""),
    Phrase(_DATABASE, r"spec\.imageName", "the database restarts with another image, one instance after the other"),
    Phrase(_DATABASE, _RESTARTS, "the database restarts, one instance after the other"),
    Phrase(_DATABASE, r"spec\.storage\.size", "volumes grow in place"),
    Phrase(r"replace ConfigMap (<name>|<each>)-db-verified", "", ""),  # `up` waits for the database
    Phrase(r"create Release (?P<name>.*)", "", "`{name}` is installed"),
    Phrase(r"delete Release (?P<name>.*)", "", "`{name}` is removed"),
    Phrase(r"update Release (?P<name>.*)", "", "Helm updates `{name}`"),
    Phrase(
        r"update Cluster (?!.*-db$)",
        "version",
        "AWS upgrades the control plane, then the nodes are replaced, one after the other",
    ),
    Phrase(r"update Route ", "", "open connections to the internet are reset"),
    Phrase(r"update NodePool", r"spec\.limits", IN_PLACE),
    Phrase(r"update Node(Pool|Class)", "", "nodes are replaced, one after the other"),
    Phrase(r"(create|delete|replace) Record ", "", "DNS records change"),
    Phrase(r"replace Certificate ", "", "a new certificate is issued before the old one is deleted"),
    Phrase(r"replace Command .*-registry", "", "the registry is recreated and gets all images again"),
    Phrase(r"(update|replace|create|delete) ", "", IN_PLACE),
)
"""The first phrase that fits a step and its property counts. The phrases are said in this order."""
_HOLDERS = re.compile(
    r"(delete|replace) ((Cluster|Database|PersistentVolumeClaim|Repository|Bucket|Vpc) |Namespace (<name>|<each>)-)"
)
"""Steps that end data: those of namespaces with applications, of databases, volumes, images and clusters on AWS."""
_EVENTS = {
    ("migrations", "stop", "start"): "migrations run again, and the process restarts",
    ("migrations", "stop", "start", "start"): "migrations run again, and the process restarts with the further one",
    ("stop", "start"): "the process restarts",
    ("stop",): "the process stops; its data stays until `make down`",
    (): "nothing",
}
"""Events of a stack of processes -> words."""


def effect(outcome: Outcome) -> str:
    """Return what a change does."""
    if "refused" in outcome:
        return f"refused: {'; '.join(outcome['refused'])}"
    if "loses" in outcome:
        first, *others = outcome["loses"]
        more = f" and {others[0]}" if len(others) == 1 else f" and {len(others)} more" if others else ""
        return f"stops: deletes {first}{more}"
    if "events" in outcome:
        return _EVENTS[tuple(outcome["events"])]
    said = dict.fromkeys(sorted(_said(outcome["steps"])))
    texts = list(dict.fromkeys(text for _, text in said if text))
    return "; ".join([text for text in texts if text != IN_PLACE] or texts) or "nothing"


def lossy(outcome: Outcome) -> list[str]:
    """Return the steps that delete or replace what holds data."""
    return [step for step in outcome.get("steps", ()) if _HOLDERS.match(step)]


def _said(steps: Mapping[str, list[str]]) -> Iterator[tuple[int, str]]:
    """Yield place and words of the phrase of each step."""
    for unit in ((step, path) for step, paths in steps.items() for path in paths):
        yield next(found for number, phrase in enumerate(PHRASES) if (found := _match(number, phrase, unit)))


def _match(number: int, phrase: Phrase, unit: Unit) -> tuple[int, str] | None:
    step = re.match(phrase.step, unit[0])
    if step is None or re.match(phrase.path, unit[1]) is None:
        return None
    return number, phrase.text.format(**step.groupdict())
