"""Refuse changes that the deployed stack cannot follow, before anything is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pocdeploy.config import Settings
from pocdeploy.errors import ExitCode, Finding, PocdeployError
from pocdeploy.stacks import (
    cluster_identity,
    database_refusals,
    database_switch,
    eks_cluster,
    foreign_releases,
    monitoring_refusals,
    volumes,
)
from pocdeploy.stacks.deployed import Deployed
from pocdeploy.stacks.facts import Facts


class RefusedError(PocdeployError):
    """Settings ask for a change that is not possible on the deployed stack."""

    headline = "These changes are not possible on the deployed stack; nothing was changed"
    exit_code = ExitCode.NOT_READY


Refusal = Callable[[Settings, Deployed, Facts], Iterable[Finding]]
REFUSALS: tuple[Refusal, ...] = (
    cluster_identity.other_cluster,
    eks_cluster.fixed_network,
    eks_cluster.older_version,
    foreign_releases.refusals,
    database_refusals.refusals,
    database_switch.refusals,
    monitoring_refusals.refusals,
    volumes.refusals,
)
"""Pure functions. Each yields what the settings ask for and the deployed stack cannot do."""


def refused(settings: Settings, deployed: Deployed, facts: Facts) -> list[Finding]:
    """Return all findings."""
    return [finding for refusal in REFUSALS for finding in refusal(settings, deployed, facts)]


def check(settings: Settings, deployed: Deployed, facts: Facts) -> None:
    """Raise RefusedError with all findings, if there are any."""
    if findings := refused(settings, deployed, facts):
        raise RefusedError(findings)
