"""Find data in resources that a person wants to replace although their settings do not change.

Only the commands can see this: the engine does not tell the program which resources it is to replace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pocdeploy.stacks import holders
from pocdeploy.stacks.data_loss import Loss
from pocdeploy.stacks.deployed import DATABASE_CLUSTER, SHARED_DATABASE, Deployed, Resource

OPTIONS = ("--replace", "--target-replace")
"""Options of ``pulumi up`` with the URN of a resource to replace."""


def losses(deployed: Deployed, arguments: Sequence[str]) -> Iterator[Loss]:
    """Yield the data in resources that options among ``arguments``, or ``pulumi state taint`` before, replace."""
    patterns = [(option, _pattern(urn)) for option, urn in _given(arguments)]
    for resource in deployed.resources.values():
        if not holders.holds_data(resource.type_chain, resource.outputs):
            continue
        reasons = [f"{option} names it" for option, pattern in patterns if pattern.fullmatch(resource.urn)]
        reasons += ["it was marked by `pulumi state taint`"] if resource.is_tainted else []
        if reasons:
            yield Loss(
                urn=resource.urn,
                what=_what(resource),
                size=holders.size(resource),
                reason=reasons[0],
                protect=resource.protect,
            )


def _given(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each option that replaces a resource, with its value: ``--replace URN`` or ``--replace=URN``."""
    for index, argument in enumerate(arguments):
        option, has_value, value = argument.partition("=")
        if option in OPTIONS:
            yield option, value if has_value else "".join(arguments[index + 1 : index + 2])


def _pattern(urn: str) -> re.Pattern[str]:
    """Return the pattern of a URN: Pulumi reads ``**`` as any text, and ``*`` as any text without a colon."""
    parts = {"**": ".*", "*": "[^:]*"}
    return re.compile("".join(parts.get(part, re.escape(part)) for part in re.split(r"(\*\*|\*)", urn)))


def _what(resource: Resource) -> str:
    if resource.type in (DATABASE_CLUSTER, SHARED_DATABASE):
        return f"the database {resource.name}"
    return f"{resource.name} ({resource.type.rpartition(':')[2]}) and everything in it"
