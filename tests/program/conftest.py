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
            "patches": "patches/none",
            "database": False,
            "env": {"GREETING": "hello"},
            "metricsPort": None,
        },
    },
    "monitoring": {"profile": "off"},
}
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


@pytest.fixture(scope="session", params=[*STACK_FILES, "two"], ids=lambda file: getattr(file, "stem", file))
def any_stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Return each stack: those of the repository's files, and the one with two applications."""
    if request.param == "two":
        return request.getfixturevalue("two")
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
