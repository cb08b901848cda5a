"""Every key of the settings with its docstring, found by walking the model: a new key is there without a word here."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from pocdeploy.config import Resources, Settings
from tools import configuration_page


def all_keys(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield key and docstring; one of an application as ``apps.<name>.key``, one of a cluster with its type."""
    texts = configuration_page.texts(model)
    for name, field in model.model_fields.items():
        key, text = f"{prefix}{field.alias or name}", texts.get(name, "")
        inner = [*_models(field.annotation)]
        if get_origin(field.annotation) is dict and inner:
            key += ".<name>"
        if not inner or key.endswith(("<name>", ".database")):  # such an entry can be added and removed
            yield key, text or _summary(inner[0] if inner else field.annotation)
        for each in inner:
            kind = f" ({get_args(each.model_fields['type'].annotation)[0]})" if key == "cluster" else ""
            yield from all_keys(each, f"{key}{kind}.")


def _summary(annotation: Any) -> str:
    """Return the first line of a model's docstring; nothing for other types."""
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return (inspect.getdoc(annotation) or "").partition("\n")[0] if is_model else ""


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    origin = get_origin(annotation)
    if origin is Annotated or origin is dict:
        yield from _models(get_args(annotation)[0 if origin is Annotated else 1])
    elif origin in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _models(part)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation is not Resources:
        yield annotation
