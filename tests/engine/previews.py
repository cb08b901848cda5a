"""Record the previews for the tests of the pull request comment: `python -m tests.engine.previews`.

Each is a run of the real engine with the recording providers. What the comment does not read is left out, so that the
files stay small; names, operations, differences and messages are the engine's.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.engine import bench as engine
from tests.engine.bench import ROOT, Bench
from tests.engine.conftest import new_bench
from tests.engine.policies import pack

TARGET = ROOT / "tests" / "unit" / "previews"
_STATE = ("type", "urn", "inputs", "parent")
_STEP = ("op", "urn", "type", "keys", "diffs", "detailedDiff")
EXPOSED = """
import pulumi_kubernetes as k8s
k8s.core.v1.Service("debug", metadata={"namespace": "polls", "labels": {}}, spec={"type": "LoadBalancer"})
"""


def preview(bench: Bench, *options: str) -> str:
    """Return what `pulumi preview --json` writes as a stream of events."""
    bench.variables["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"] = "true"
    process = bench.start("preview", "--stack", bench.stack, "--json", *options)
    output, _ = process.communicate(timeout=180)
    return output


def trimmed(text: str) -> str:
    """Return the lines of a stream that the comment is made of, without times and without what is the machine's."""
    kept = []
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            kept.append(line)
            continue
        short = _short(event)
        if short is not None:
            kept.append(json.dumps(short, ensure_ascii=False, sort_keys=True))
    return "\n".join(kept) + "\n"


def _short(event: dict[str, Any]) -> dict[str, Any] | None:  # noqa: PLR0911 -- one for each kind of event
    if "resourcePreEvent" in event:
        metadata = event["resourcePreEvent"]["metadata"]
        if metadata["op"] in ("same", "read"):
            return None
        return {"resourcePreEvent": {"metadata": _step(metadata)}}
    if "diagnosticEvent" in event:
        diagnostic = event["diagnosticEvent"]
        if diagnostic["severity"] not in ("error", "warning") or "$PATH" in diagnostic["message"]:
            return None
        return {"diagnosticEvent": {key: diagnostic[key] for key in ("message", "severity")}}
    if "summaryEvent" in event:
        return {"summaryEvent": {"resourceChanges": event["summaryEvent"]["resourceChanges"]}}
    if "policyEvent" in event or "preludeEvent" in event:
        return {key: value for key, value in event.items() if key not in ("sequence", "timestamp")}
    return None


def _step(metadata: dict[str, Any]) -> dict[str, Any]:
    step = {key: metadata[key] for key in _STEP if metadata.get(key)}
    if metadata["op"] in ("create-replacement", "delete-replaced"):  # the step `replace` says it all again
        return {key: step[key] for key in ("op", "urn")}
    for side in ("old", "new"):
        if metadata.get(side):
            step[side] = {key: metadata[side][key] for key in _STATE if key in metadata[side]}
    return step


@contextmanager
def config(bench: Bench, change: Callable[[dict[str, Any]], object]) -> Iterator[None]:
    """Change the stack's configuration for one preview."""
    before = bench.stack_file.read_text("utf-8")
    bench.configure(lambda data: (change(data), None)[1])
    yield
    bench.stack_file.write_text(before, "utf-8")


@contextmanager
def program(bench: Bench, more: str) -> Iterator[None]:
    """Add lines to the program for one preview."""
    file = bench.project / "__main__.py"
    text = file.read_text("utf-8")
    file.unlink()
    file.write_text(text + more, "utf-8")
    yield
    file.write_text(text, "utf-8")


def recordings(bench: Bench, folder: Path) -> Iterator[tuple[str, str]]:
    """Give name and text of every recording, in the order in which one stack lives."""
    yield "first-deploy", preview(bench)
    assert bench.up().code == 0
    yield "no-change", preview(bench)
    template = next((bench.project / "app" / "polls").rglob("*.html"))
    before = template.read_text("utf-8")
    template.write_text(before + "<!-- another -->\n", "utf-8")
    yield "image-only", preview(bench)
    yield "image-only-document", document(bench)
    template.write_text(before, "utf-8")
    with config(bench, lambda c: c["pocdeploy:cluster"].update(workers=2)):
        yield "cluster-replaced", preview(bench)
    with config(bench, lambda c: c["pocdeploy:apps"]["polls"].update(database=False)):
        yield "database-removed", preview(bench)
    with config(bench, lambda c: None):
        bench.set_secret("polls", "SECRET_KEY", "canary-of-the-recording")
        yield "secret-changed", preview(bench)
    with config(bench, lambda c: c["pocdeploy:apps"]["polls"].update(replicas={"min": 5, "max": 2})):
        yield "failed", preview(bench)
    shop = {"path": "app/polls", "patches": "patches/polls", "host": "shop.localhost"}
    with config(
        bench, lambda c: (c["pocdeploy:apps"].update(shop=shop), c["pocdeploy:apps"]["polls"].update(env={"A": "1"}))
    ):
        yield "two-applications", preview(bench)
    with program(bench, EXPOSED), pack(folder) as (policies, _):
        yield "policy-finding", preview(bench, "--policy-pack", str(policies))


def document(bench: Bench) -> str:
    """Return the other form, one document, without the states that stay as they are."""
    bench.variables.clear()
    process = bench.start("preview", "--stack", bench.stack, "--json")
    output, _ = process.communicate(timeout=180)
    found = json.loads(output[output.index("{\n") :])
    for step in found["steps"]:
        for side in ("oldState", "newState"):
            if side in step:
                step[side] = {key: step[side][key] for key in (*_STATE, "outputs") if key in step[side]}
        if "::pulumi:pulumi:Stack::" not in step["urn"]:
            for side in ("oldState", "newState"):
                step.get(side, {}).pop("outputs", None)
    found["steps"] = [step for step in found["steps"] if step["op"] != "same" or "pulumi:pulumi:Stack" in step["urn"]]
    found["diagnostics"] = [each for each in found.get("diagnostics", []) if each["severity"] in ("error", "warning")]
    return json.dumps({key: found[key] for key in ("config", "steps", "diagnostics", "changeSummary")})


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        bench = new_bench(folder / "bench", ROOT / "Pulumi.dev.yaml", "dev")
        with engine.attached(bench):
            for name, text in recordings(bench, folder):
                is_document = name.endswith("-document")
                file = TARGET / f"{name}.{'json' if is_document else 'jsonl'}"
                short = text if is_document else trimmed(text)
                file.write_text(short.replace(str(bench.project), ".").replace(str(folder), "."), "utf-8")
                sys.stdout.write(f"{file.name}: {len(short)} characters\n")


if __name__ == "__main__":
    main()
