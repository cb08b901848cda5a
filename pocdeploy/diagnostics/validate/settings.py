"""Compare the settings with what is deployed: changes that `up` would refuse, and defaults that do not apply."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pocdeploy import fixes
from pocdeploy.diagnostics.result import CheckResult, fail, ok, warn
from pocdeploy.diagnostics.validate.context import ValidationContext
from pocdeploy.stacks import data_loss, kind_cluster, refusals
from pocdeploy.stacks.deployed import Deployed, from_export
from pocdeploy.stacks.effective import effective
from pocdeploy.stacks.facts import Facts


def settings(context: ValidationContext) -> Iterator[CheckResult]:
    """Check that the next `up` would not stop because of the settings, and report defaults that it leaves alone."""
    exported = context.pulumi("stack", "export", "--stack", context.stack)
    if exported.code:
        yield fail("settings", f"the state cannot be read: {exported.stderr.strip()[-300:]}")
        return
    deployed = from_export(json.loads(exported.stdout or "{}"))
    wanted = effective(context.settings, deployed)
    stopping = refusals.refused(wanted, deployed, Facts())
    stopping += data_loss.findings(data_loss.losses(wanted, deployed), context.stack)
    for finding in stopping:
        yield fail("settings", f"`up` would stop: {finding.where}: {finding.what}", why=finding.actual, fix=finding.fix)
    yield from _kept(context, deployed)
    if not stopping:
        yield ok("settings", "`up` can deploy the settings")


def _kept(context: ValidationContext, deployed: Deployed) -> Iterator[CheckResult]:
    for key, before, default in kind_cluster.kept(context.settings, deployed):
        yield warn(
            "settings",
            f"the cluster keeps its {key} {before.partition('@')[0]}; the default is {default.partition('@')[0]}",
            why="another one recreates the cluster, with empty databases",
            fix=fixes.set_value(f"cluster.{key}", default),
        )
