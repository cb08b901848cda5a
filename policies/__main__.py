"""The policy pack: checks every resource against the rules before Pulumi creates or updates it.

Run it with `pulumi preview --policy-pack policies`, after `make policies` has installed its packages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi
from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError
from rules import RULES, Resource, Rule


def _validator(rule: Rule) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        resource = Resource(
            type=args.resource_type,
            name=args.name,
            props=_plain(args.props),
            stack=pulumi.get_stack(),
            protect=bool(args.opts.protect),
        )
        for sentence in rule.check(resource):
            report(sentence)

    return validate


def _plain(value: Any) -> Any:
    """Return a value without the proxies of the pack's library, which raise an error for an unknown value."""
    if isinstance(value, Mapping):
        return {str(key): _plain(_known(value, key)) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(_known(value, index)) for index in range(len(value))]
    return value


def _known(container: Any, key: Any) -> Any:
    try:
        return container[key]
    except UnknownValueError as unknown:
        return unknown.unknown_type_sentinel


PolicyPack(
    "pocdeploy",
    [
        ResourceValidationPolicy(
            name=rule.name,
            description=rule.description,
            validate=_validator(rule),
            enforcement_level=EnforcementLevel.MANDATORY,
        )
        for rule in RULES
    ],
)
