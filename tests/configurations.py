"""Strategies for valid configurations, from the fields of the settings: a new key is covered without a change here.

A configuration begins as a stack file of the repository, and is edited: a key gets another valid value or its default,
an application is added, removed or renamed. An edit that makes the configuration invalid is left out.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, BeforeValidator

from pocdeploy.config import cron, eks, existing_cluster, load, storage, types
from pocdeploy.config.apps import AppSettings
from pocdeploy.config.cluster import CLUSTERS
from pocdeploy.config.database import Database, Recovery
from pocdeploy.config.existing_cluster import ExistingSettings
from pocdeploy.config.settings import Chart, Settings
from pocdeploy.config.workloads import Process
from pocdeploy.errors import SettingsError
from pocdeploy.stacks.deployed import Deployed
from pocdeploy.stacks.facts import Facts
from pocdeploy.stacks.refusals import refused
from tests.paths import ROOT

Config = dict[str, Any]
"""Keys without ``pocdeploy:`` -> values, as in a stack file."""
Key = tuple[str, ...]
"""Path to a key; the name of an application is ``*``."""
Edit = Callable[[Config], None]
KINDS = ("kind", "existing", "eks")
NAMES = ("polls", "shop", "notes")
"""Of applications."""
DEFAULT = object()
"""Value of a key that is not set."""

_NETWORKS = st.sampled_from(["192.0.2.0/24", "198.51.100.7/32", "203.0.113.0/24"])
_BY_RULE: dict[Callable[..., Any], st.SearchStrategy[Any]] = {
    types._cpu: st.sampled_from(["50m", "250m", 1, "1500m"]),
    types._bytes: st.sampled_from(["64Mi", "512Mi", "1Gi", "2Gi", "3Gi", "20Gi"]),
    eks._network: _NETWORKS,
    eks._vpc_network: st.sampled_from(["10.42.0.0/16", "10.43.0.0/16"]),
    existing_cluster._cidr: _NETWORKS,
    cron._schedule: st.sampled_from(["15 3 * * *", "@daily"]),
    cron._time_zone: st.sampled_from(["Etc/UTC", "Europe/Berlin"]),
    storage._directory: st.sampled_from(["/app/media", "/app/log"]),
}
"""Types whose values follow from a function -> values."""
_PARAMETERS = {"max_connections": "200", "work_mem": "8MB", "max_wal_size": "512MB", "log_min_duration_statement": "0"}
_POSTGRESQL = "ghcr.io/cloudnative-pg/postgresql:{}"
_BY_FIELD: dict[tuple[type[BaseModel], str], st.SearchStrategy[Any]] = {
    # Files that exist.
    (AppSettings, "path"): st.just("app/polls"),
    (AppSettings, "patches"): st.sampled_from(["patches/polls", "patches/none"]),
    (AppSettings, "dockerfile"): st.sampled_from([None, "app/polls/Dockerfile", "patches/Dockerfile"]),
    (AppSettings, "requirements"): st.none(),
    (Process, "command"): st.just("./work"),  # without it, a line of a Procfile is needed
    (AppSettings, "processes"): st.dictionaries(st.sampled_from(["worker", "beat"]), st.just("./work")),
    (Recovery, "mask"): st.just("docs/stacks/mask-polls.sql"),
    (Chart, "source"): st.sampled_from(["https://charts.example.com", "oci://mirror.example.com/charts"]),
    # PostgreSQL's own tables decide what is accepted.
    (Database, "parameters"): st.dictionaries(st.sampled_from([*_PARAMETERS]), st.none(), max_size=3).map(
        lambda names: {name: _PARAMETERS[name] for name in names}
    ),
    (Database, "image"): st.sampled_from([None, *(_POSTGRESQL.format(tag) for tag in ("16.4", "17.6", "18.1"))]),
    (Database, "version"): st.sampled_from([15, 16, 17, 18]),
    (Database, "shared"): st.sampled_from(NAMES),
    # Zones and instance types belong to a region and to an architecture.
    (eks.EksSettings, "zones"): st.sampled_from(
        [[], *([f"eu-central-1{it}" for it in three] for three in ("abc", "bcd"))]
    ),
    (eks.EksSettings, "instance_types"): st.sampled_from([[], ["m6i.large"], ["m7g.large", "t4g.large"]]),
    (eks.EksSettings, "region"): st.sampled_from(["eu-central-1", "us-east-1"]),
    # The way to the cluster is given; another stack's output needs the engine.
    (ExistingSettings, "context"): st.sampled_from(["one", "other"]),
    (ExistingSettings, "kubeconfig"): st.sampled_from([".pocdeploy/one.kubeconfig", "~/.kube/config"]),
    (ExistingSettings, "stack_reference"): st.none(),
}
"""Fields for which a value of their type is not enough -> values."""


@cache
def bases(kind: str) -> tuple[str, ...]:
    """Return the repository's configurations for a type of cluster, as JSON."""
    from tests.program.conftest import STACK_FILES, stack_config  # noqa: PLC0415

    files = [file for file in STACK_FILES if not file.stem.endswith("airgapped")]
    found = [{"apps": {"polls": {}}, **stack_config(file)} for file in files]
    of_kind = [config for config in found if config.get("cluster", {}).get("type", "kind") == kind]
    if kind == "eks":  # by http, without a domain
        cluster = {key: value for key, value in of_kind[0]["cluster"].items() if key != "domain"}
        of_kind.append(
            {**of_kind[0], "cluster": {**cluster, "insecureHttp": True}, "apps": {"polls": {"host": "example.com"}}}
        )
    return tuple(json.dumps(config) for config in of_kind if is_valid(config))


def is_valid(config: Config) -> bool:
    """Return whether the program accepts the configuration of a new stack, without a question to the network."""
    if config.get("cluster", {}).get("type") == "eks" and not config["cluster"].get("publicAccessCidrs"):
        return False
    try:
        return not refused(checked(config), Deployed(), Facts())
    except SettingsError:
        return False


def checked(config: Config) -> Settings:
    """Return the settings; raises SettingsError."""
    return load({f"pocdeploy:{key}": json.dumps(value) for key, value in config.items()}, root=ROOT)


def keys(kind: str) -> dict[Key, st.SearchStrategy[Any]]:
    """Return every key of a stack with this type of cluster -> its values."""
    found = dict(_keys(Settings))
    del found["cluster",], found["apps",]
    cluster = {("cluster", *path): values for path, values in _keys(CLUSTERS[kind]) if path != ("type",)}
    return found | cluster | {("apps", "*", *path): values for path, values in _keys(AppSettings)}


def values(annotation: Any, rules: tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:  # noqa: PLR0911 -- one for each kind
    """Return values of an annotation; ``rules`` are those that pydantic found beside it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return values(inner[0], (*rules, *annotation.__metadata__))
    if known := [
        _BY_RULE[it.func] for it in rules if isinstance(it, BeforeValidator | AfterValidator) and it.func in _BY_RULE
    ]:
        return known[0]
    if _is_union(annotation):
        return st.one_of(*(values(option, rules) for option in inner))
    if origin is Literal:
        return st.sampled_from(inner)
    if origin is tuple:
        return st.lists(values(inner[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(values(inner[0]), values(inner[1]), max_size=2)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _models(annotation)
    plain = {NoneType: st.none(), bool: st.booleans(), int: _whole(rules), str: _texts(rules)}
    return plain[annotation]


@cache
def edits(kind: str) -> st.SearchStrategy[Edit]:
    """Return changes of a configuration."""
    by_key, app = keys(kind), st.sampled_from(NAMES)
    lossy = [key for key in by_key if key[0] == "cluster" or "database" in key]
    some = [
        st.sampled_from(sorted(known)).flatmap(
            lambda key: st.builds(_set, st.just(key), app, st.just(DEFAULT) | by_key[key])
        )
        for known in (by_key, lossy)
    ]
    return st.one_of(*some, st.builds(_add, app), st.builds(_remove, app), st.builds(_rename, app, app, st.booleans()))


@st.composite
def edited(draw: st.DrawFn, config: Config, kind: str, *, least: int = 0, most: int = 5) -> Config:
    """Return a configuration after some edits that leave it valid."""
    for edit in draw(st.lists(edits(kind), min_size=least, max_size=most)):
        changed = copy.deepcopy(config)
        edit(changed)
        config = changed if is_valid(changed) else config
    return config


@st.composite
def configurations(draw: st.DrawFn, kind: str) -> Config:
    """Return a valid configuration for a type of cluster."""
    config = json.loads(draw(st.sampled_from(bases(kind))))
    if draw(st.sampled_from([True, True, False])):  # a run takes half of the time then; edits add to it
        name, app = next(iter(config["apps"].items()))
        config |= {"apps": {name: app}, "monitoring": {"profile": "off"}}
    return draw(edited(config, kind, most=3))


def _keys(model: type[BaseModel], path: Key = ()) -> Iterator[tuple[Key, st.SearchStrategy[Any]]]:
    for name, field in model.model_fields.items():
        here = (*path, field.alias or name)
        yield here, _field(model, name)
        options = get_args(field.annotation) if _is_union(field.annotation) else [field.annotation]
        nested = [it for it in options if isinstance(it, type) and issubclass(it, BaseModel)]
        if len(nested) == 1 and field.default is not None:  # otherwise only the whole model is a value
            yield from _keys(nested[0], here)


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType)


def _field(model: type[BaseModel], name: str) -> st.SearchStrategy[Any]:
    field = model.model_fields[name]
    if (model, name) in _BY_FIELD:
        return _BY_FIELD[model, name]
    if field.annotation in (dict[types.AppName, AppSettings],) or (model is Settings and name == "cluster"):
        return st.nothing()
    return values(field.annotation, tuple(field.metadata))


def _models(model: type[BaseModel]) -> st.SearchStrategy[Config]:
    fields = {field.alias or name: _field(model, name) for name, field in model.model_fields.items()}
    required = {field.alias or name for name, field in model.model_fields.items() if field.is_required()}
    return st.fixed_dictionaries(
        {name: it for name, it in fields.items() if name in required},
        optional={name: it for name, it in fields.items() if name not in required},
    )


def _whole(rules: tuple[Any, ...]) -> st.SearchStrategy[int]:
    least = next((int(str(it.ge)) for it in rules if isinstance(it, Ge)), 0)
    most = next((int(str(it.le)) for it in rules if isinstance(it, Le)), 1000)
    return st.integers(least, min(most, least + 5)) | st.integers(least, most)


def _texts(rules: tuple[Any, ...]) -> st.SearchStrategy[str]:
    """Return texts: those that match a pattern, if there is one."""
    checks = [it.func for it in rules if isinstance(it, AfterValidator)]
    patterns = [getattr(check, "pattern", None) for check in checks]
    found = [st.from_regex(it, fullmatch=True, alphabet=st.characters(codec="ascii")) for it in patterns if it]
    return found[0] if found else st.sampled_from(["one", "other"])


def _set(key: Key, name: str, value: Any) -> Edit:
    """Return the edit of a key, in the application ``name`` or else in the first one."""

    def edit(config: Config) -> None:
        place: Any = config
        for part in key[:-1]:
            app = name if name in place else next(iter(place), "")
            inner = place.get(app if part == "*" else part)
            place[app if part == "*" else part] = inner = inner if isinstance(inner, dict) else {}
            place = inner
        if value is DEFAULT:
            place.pop(key[-1], None)
        else:
            place[key[-1]] = value

    return edit


def _add(name: str) -> Edit:
    app = {"path": "app/polls", "patches": "patches/polls"}
    return lambda config: config["apps"].setdefault(name, app)


def _remove(name: str) -> Edit:
    return lambda config: config["apps"].pop(name, None)


def _rename(before: str, after: str, is_said: bool) -> Edit:
    """Return the renaming of an application, with ``renamedFrom`` if it ``is_said``."""

    def edit(config: Config) -> None:
        apps = config["apps"]
        if before in apps and after not in apps:
            paths = {"path": "app/polls", "patches": "patches/polls"}
            apps[after] = {**paths, **(apps.pop(before) or {}), **({"renamedFrom": before} if is_said else {})}

    return edit
