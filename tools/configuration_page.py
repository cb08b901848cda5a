"""Render the tables of docs/configuration.md from the models of the settings and the texts below their fields.

A table goes between the markers ``<!-- table: NAME -->`` and ``<!-- end -->``; everything else on the page stays.
``make golden`` writes the page again.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pocdeploy.config import Resources
from pocdeploy.config.apps import AppSettings
from pocdeploy.config.backups import Backups
from pocdeploy.config.cluster import CLUSTERS
from pocdeploy.config.monitoring import Monitoring
from pocdeploy.config.settings import Charts

PAGE = Path(__file__).resolve().parent.parent / "docs" / "configuration.md"
MODELS: dict[str, type[BaseModel]] = {**CLUSTERS, "apps": AppSettings, "monitoring": Monitoring, "backups": Backups}
"""Name of a table -> model of its keys."""


def texts(model: type[BaseModel]) -> dict[str, str]:
    """Return the text below each field of a model, also of those that it inherits."""
    found: dict[str, str] = {}
    for each in reversed([base for base in model.__mro__ if issubclass(base, BaseModel) and base is not BaseModel]):
        (definition,) = ast.parse(inspect.getsource(each)).body
        body = getattr(definition, "body", [])
        for node, after in itertools.pairwise(body):
            text = after.value if isinstance(after, ast.Expr) else None
            if isinstance(node, ast.AnnAssign) and isinstance(text, ast.Constant):
                found[ast.unparse(node.target)] = " ".join(str(text.value).split())
    return found


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield each key of a model as a person writes it, its default, and what it means; ``[]`` marks lists."""
    described = texts(model)
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        model_inside, repeated = inner(field.annotation)
        if name in described:
            text, default = described[name], _default(field, prefix)
            if match := re.search(r"; default: (.+?)\.$", text):
                text, default = f"{text[: match.start()]}.", match[1]
            yield key, default, text
        if model_inside is not None:
            yield from keys(model_inside, f"{key}{repeated}.")


def inner(annotation: Any) -> tuple[type[BaseModel] | None, str]:
    """Return the model inside of a type, and how its keys follow: ``[]`` in a list, ``.<name>`` in a map."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (None if annotation is Resources else annotation), ""
    own = ".<name>" if get_origin(annotation) is dict else "[]" if Ellipsis in get_args(annotation) else ""
    for part in get_args(annotation):
        model, further = inner(part)
        if model is not None:
            return model, own + further
    return None, ""


def _default(field: FieldInfo, prefix: str) -> str:
    """Return the cell of a default, as one writes it in YAML; ``prefix`` has the keys that the field is below."""
    if field.is_required():
        return f"required in `{prefix[:-1]}`" if prefix else "required"
    value = field.get_default()
    if value is None:
        return "none"
    if isinstance(value, BaseModel) and not isinstance(value, Resources):
        return "on"
    plain = value.model_dump(by_alias=True) if isinstance(value, BaseModel) else value
    return f"`{_flow(plain)}`"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    # A text that YAML would read as a number needs quotes.
    return value if isinstance(value, str) and not value.isdigit() else json.dumps(value)


def _linked(text: str) -> str:
    """Turn ``docs/page.md#part`` in a text into a link from another page of the same folder."""
    return re.sub(
        r"\bdocs/(([\w-]+)\.md(#[\w-]+)?)",
        lambda at: f"[{at[2].replace('-', ' ')}]({at[3] if at[2] == PAGE.stem else at[1]})",
        text,
    )


def table(name: str) -> str:
    """Return a table in Markdown: of the charts, or of the model with this name in MODELS."""
    if name == "charts":
        charts = Charts()
        rows = [
            (f"`{field.alias or key}`", f"`{getattr(charts, key).version}`", f"`{getattr(charts, key).source}`")
            for key, field in Charts.model_fields.items()
        ]
        head = ("Chart", "Version", "Source")
    else:
        rows = [(f"`{key}`", default, _linked(text.removesuffix("."))) for key, default, text in keys(MODELS[name])]
        head = ("Key", "Default", "Meaning")
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ("---",) * 3, *rows))


def render(page: str) -> str:
    """Return the page with all its tables made again."""
    return re.sub(
        r"(<!-- table: ([\w-]+) -->\n).*?(<!-- end -->)",
        lambda at: f"{at[1]}\n{table(at[2])}\n\n{at[3]}",
        page,
        flags=re.S,
    )


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text("utf-8")), "utf-8")
    sys.stdout.write(f"{PAGE.name}\n")
