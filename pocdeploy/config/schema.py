"""Look up settings by their key: what there is, what it is called, where a key belongs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from pocdeploy.config import postgresql
from pocdeploy.config.cluster import CLUSTERS
from pocdeploy.config.keys import Path
from pocdeploy.config.settings import Settings


def cluster_type(values: Mapping[str, Any]) -> str:
    """Return the type of the cluster in unchecked settings; that of a local cluster if it is unknown."""
    cluster = values.get("cluster")
    found = cluster.get("type") if isinstance(cluster, dict) else None
    return found if isinstance(found, str) and found in CLUSTERS else "kind"


def field(path: Path, cluster: str) -> FieldInfo | None:
    """Return the setting at a path, in a stack with this type of cluster; None if there is none.

    An entry of a list or a map, for example a variable, counts as one.
    """
    found: FieldInfo | None = FieldInfo.from_annotation(Settings)
    for depth, part in enumerate(path):
        annotation = CLUSTERS[cluster] if [*path[:depth]] == ["cluster"] else found.annotation if found else None
        found = _inside(annotation, part)
    return found


def names(path: Path, cluster: str) -> list[str]:
    """Return the names of the settings at a path; empty if it has none of its own."""
    found = field(path, cluster)
    model = CLUSTERS[cluster] if [*path] == ["cluster"] else _model(found.annotation) if found else None
    return [info.alias or name for name, info in model.model_fields.items()] if model else []


def required(path: Path, cluster: str) -> list[str]:
    """Return the names of the settings at a path that have no default."""
    return [name for name in names(path, cluster) if _is_required(field((*path, name), cluster))]


def _is_required(info: FieldInfo | None) -> bool:
    return info is not None and info.is_required()


def choices(info: FieldInfo | None) -> list[Any]:
    """Return the values of a setting that has only a few."""
    waiting, found = [info.annotation if info else None], list[Any]()
    while waiting:
        annotation = waiting.pop()
        found += get_args(annotation) if get_origin(annotation) is Literal else ()
        waiting += [] if get_origin(annotation) is Literal else get_args(annotation)
    return found


def meant(path: Path, cluster: str) -> Iterator[tuple[str | int, ...]]:
    """Yield the settings that a person may have meant by a key that does not exist, the most likely first."""
    above, name = tuple(path[:-1]), str(path[-1])
    by_name = {each.lower(): each for each in names(above, cluster)}
    wanted = to_camel(name.replace("-", "_")).lower()
    for same in (wanted, f"{wanted}s", wanted.removesuffix("s")):
        if same in by_name:
            yield (*above, by_name[same])
    if above[-1:] == ("database",) and name in postgresql.parameters():
        yield (*above, "parameters", name)
    yield from _elsewhere(above, name, cluster)
    begun = [each for each in by_name if min(len(each), len(wanted)) > 2 and _begins(each, wanted)]
    close = difflib.get_close_matches(wanted, by_name, n=3)
    yield from ((*above, by_name[each]) for each in dict.fromkeys([*begun, *close]))


def is_plural(one: Path, other: Path) -> bool:
    """Tell whether two paths of one map differ only in the number of their names: port and ports."""
    return one[:-1] == other[:-1] and str(one[-1]).rstrip("s") == str(other[-1]).rstrip("s")


def _begins(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _elsewhere(above: tuple[str | int, ...], name: str, cluster: str) -> Iterator[tuple[str | int, ...]]:
    """Yield the settings of this name in the maps below, and then in the maps above."""
    yield from _below(above, name, cluster)
    for length in range(len(above) - 1, 0, -1):
        if name in names(above[:length], cluster):
            yield (*above[:length], name)


def _below(above: tuple[str | int, ...], name: str, cluster: str, depth: int = 2) -> Iterator[tuple[str | int, ...]]:
    for each in names(above, cluster):
        inner = names((*above, each), cluster)
        if name in inner:
            yield (*above, each, name)
        if inner and depth > 1:
            yield from _below((*above, each), name, cluster, depth - 1)


def _inside(annotation: Any, part: str | int) -> FieldInfo | None:
    """Return what is at one part of a path."""
    model = _model(annotation)
    if model is not None and isinstance(part, str):
        return next((info for name, info in model.model_fields.items() if part == (info.alias or name)), None)
    for option in _options(annotation):
        if get_origin(option) is dict and isinstance(part, str):
            return FieldInfo.from_annotation(get_args(option)[1])
        if get_origin(option) is tuple and isinstance(part, int):
            return FieldInfo.from_annotation(get_args(option)[0])
    return None


def _options(annotation: Any) -> Sequence[Any]:
    """Return the alternatives of a type such as ``Annotated[Model | None, ...]``."""
    if hasattr(annotation, "__metadata__"):
        return _options(get_args(annotation)[0])
    if get_origin(annotation) in (dict, tuple, Literal):
        return [annotation]
    return [each for option in get_args(annotation) for each in _options(option)] or [annotation]


def _model(annotation: Any) -> type[BaseModel] | None:
    found = (option for option in _options(annotation) if isinstance(option, type) and issubclass(option, BaseModel))
    return next(found, None)
