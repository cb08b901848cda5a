"""Record the previews for the tests of the pull request comment: `python -m tests.engine.previews`.

Each is a run of the real engine with the recording provider. Only what the comment reads is kept; names, operations,
differences and messages are the engine's.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pocdeploy.stacks import data_loss
from tests.engine import bench as engine
from tests.engine.bench import ROOT, Bench
from tests.engine.conftest import new_bench

TARGET = ROOT / "tests" / "unit" / "previews"
_TEXT = 200
_STATE = ("type", "urn", "inputs", "parent")
_STEP = ("op", "urn", "type", "keys", "diffs", "detailedDiff")


def preview(bench: Bench) -> str:
    """Return what `pulumi preview --json` writes as a stream of events."""
    bench.variables["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"] = "true"
    bench.variables[data_loss.ALLOWED] = data_loss.IN_PREVIEW  # as `preview-json` does
    process = bench.start("preview", "--stack", bench.stack, "--json")
    output, _ = process.communicate(timeout=180)
    return output


def trimmed(text: str) -> str:
    """Return the events that the comment is made of, without times and other values of one machine."""
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
    if "preludeEvent" in event:
        return {"preludeEvent": event["preludeEvent"]}
    return None


def _step(metadata: dict[str, Any]) -> dict[str, Any]:
    step = {key: metadata[key] for key in _STEP if metadata.get(key)}
    if metadata["op"] in ("create-replacement", "delete-replaced"):  # the step `replace` says it all again
        return {key: step[key] for key in ("op", "urn")}
    for side in ("old", "new"):
        if metadata.get(side):
            step[side] = _state(metadata[side])
    return step


def _state(state: dict[str, Any]) -> dict[str, Any]:
    return {key: _cut(state[key]) for key in _STATE if key in state}


def _cut(value: Any) -> Any:
    """Return ``value`` with the beginnings of long texts: dashboards, scripts."""
    if isinstance(value, dict):
        return {key: _cut(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_cut(inner) for inner in value]
    return f"{value[:_TEXT]}…" if isinstance(value, str) and len(value) > _TEXT else value


@contextmanager
def config(bench: Bench, change: Callable[[dict[str, Any]], object]) -> Iterator[None]:
    """Change the stack's configuration for one preview."""
    before = bench.stack_file.read_text("utf-8")
    bench.configure(lambda data: (change(data), None)[1])
    yield
    bench.stack_file.write_text(before, "utf-8")


def recordings(bench: Bench) -> Iterator[tuple[str, str]]:
    """Yield name and text of each recording, in the order in which one stack lives."""
    yield "first-deploy", preview(bench)
    assert bench.up().code == 0
    template = next((bench.project / "app" / "polls").rglob("*.html"))
    before = template.read_text("utf-8")
    template.write_text(before + "<!-- changed -->\n", "utf-8")
    yield "image-only", preview(bench)
    yield "image-only-document", document(bench)
    template.write_text(before, "utf-8")
    with config(bench, lambda c: c["pocdeploy:cluster"].update(workers=2)):
        yield "cluster-replaced", preview(bench)


def document(bench: Bench) -> str:
    """Return a preview in the other form, one document, without unchanged resources."""
    bench.variables.clear()
    process = bench.start("preview", "--stack", bench.stack, "--json")
    output, _ = process.communicate(timeout=180)
    found = json.loads(output[output.index("{\n") :])
    found["steps"] = [step for step in found["steps"] if step["op"] != "same"]
    for step in found["steps"]:
        for side in {"oldState", "newState"} & step.keys():
            step[side] = _state(step[side])
    found["diagnostics"] = [each for each in found.get("diagnostics", []) if each["severity"] in ("error", "warning")]
    return json.dumps({key: found[key] for key in ("config", "steps", "diagnostics", "changeSummary")})


def main() -> None:
    engine.cli()
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        bench = new_bench(folder / "bench", ROOT / "Pulumi.dev.yaml", "dev")
        with engine.attached(bench):
            for name, text in recordings(bench):
                is_document = name.endswith("-document")
                file = TARGET / f"{name}.{'json' if is_document else 'jsonl'}"
                short = text if is_document else trimmed(text)
                file.write_text(short.replace(str(bench.project), ".").replace(str(folder), "."), "utf-8")
                sys.stdout.write(f"{file.name}: {len(short)} characters\n")


if __name__ == "__main__":
    main()
