"""One run of the program per configuration, shared by its tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import stack_file
from tests.program.recorder import ROOT, Recorded, deploy

TWO_APPS = {
    "cluster": {"name": "two", "httpPort": 8080, "httpsPort": 8443, "registryPort": 5002},
    "apps": {
        "polls": {},
        "site": {
            "path": "app/polls",
            "database": False,
            "env": {"GREETING": "hello"},
            "metricsPort": None,
        },
    },
    "monitoring": {"profile": "off"},
}
POLLS = {"path": "app/polls", "patches": "patches/polls"}
RICH = {
    "cluster": {"name": "rich", "httpPort": 8082, "httpsPort": 8445, "registryPort": 5003},
    "apps": {
        "shop": {
            **POLLS,
            "hosts": ["www.shop.example"],
            "secretKeyEnv": "DJANGO_SECRET_KEY",
            "env": {"A_BROKER": "$(Z_PATH)/1", "Z_PATH": "$(REDIS_URL)"},
            "metricsPort": 8000,
            "readyPath": None,
            "allowBreakingMigration": True,
            "processes": {"worker": {"command": "celery -A shop worker", "replicas": 2}, "beat": "celery -A shop beat"},
            "cron": [{"name": "clean", "schedule": "15 3 * * *", "command": "./clean", "timeZone": "Europe/Berlin"}],
            "cache": {"queue": True},
            "connections": {
                "internet": [{"host": "a.example", "ports": [587]}, {"cidr": "10.1.0.0/16"}],
                "apps": ["blog"],
            },
            "writable": ["/app/log"],
            "volumes": {"media": {"path": "/app/media", "size": "2Gi"}},
            "webServer": {"static": {"/static/": "/app/staticfiles"}},
        },
        "blog": {
            **POLLS,
            "database": {"shared": "shop"},
            "connections": {"internet": True},
            "commands": {"smoke": None},
            "command": "./serve --workers $(nproc)",
            "args": ["--verbose"],
            "processes": {"worker": ["./work", "$(DATABASE_URL)"]},
        },
    },
}
"""Two applications with everything that applications from elsewhere may need."""
MACHINE = "192.0.2.7/32"
STACK_FILES = sorted([*ROOT.glob("Pulumi.*.yaml"), *ROOT.glob("docs/stacks/*.yaml")])


@pytest.fixture(scope="session")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Return the stack `dev` of the repository."""
    config = stack_config(ROOT / "Pulumi.dev.yaml")
    return deploy(config, tmp_path_factory.mktemp("dev"))


@pytest.fixture(scope="session")
def eks(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Return the stack `eks` of the repository, with an example of this machine's address."""
    return deploy(stack_config(ROOT / "Pulumi.eks.yaml"), tmp_path_factory.mktemp("eks"), stack="eks")


@pytest.fixture(scope="session")
def two(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Return a stack with two applications, one of them without a database, and with configured secrets."""
    secrets = {
        "polls": {"SECRET_KEY": "canary-key", "ADMIN_PASSWORD": "canary-admin"},
        "site": {"API_TOKEN": "canary-api"},
    }
    return deploy(TWO_APPS, tmp_path_factory.mktemp("two"), stack="two", secrets=secrets)


@pytest.fixture(scope="session")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Return a stack whose applications have processes, cron, a cache, volumes, connections and nginx."""
    return deploy(RICH, tmp_path_factory.mktemp("rich"), stack="rich")


@pytest.fixture(scope="session", params=[*STACK_FILES, "two", "rich"], ids=lambda file: getattr(file, "stem", file))
def any_stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Return each stack: those of the repository's files, and those with two applications."""
    if isinstance(request.param, str):
        recorded: Recorded = request.getfixturevalue(request.param)
        return recorded
    file: Path = request.param
    folder = tmp_path_factory.mktemp("stack")
    config = stack_config(file)
    for chart in config.get("charts", {}).values():
        if chart["source"].endswith(".tgz"):  # an archive of the user
            archive = folder / chart["source"]
            archive.parent.mkdir(parents=True, exist_ok=True)
            archive.touch()
    return deploy(config, folder, stack=file.stem.split(".")[-1])


def stack_config(file: Path) -> dict[str, object]:
    """Return the settings of a stack file, without the project's name in the keys."""
    config = stack_file.document(file).data["config"]
    found = {key.removeprefix("pocdeploy:"): value for key, value in config.items()}
    if found.get("cluster", {}).get("type") == "eks":
        # Without it, the program would ask the network for this machine's address.
        found["cluster"] = {"publicAccessCidrs": [MACHINE], **found["cluster"]}
    return found
