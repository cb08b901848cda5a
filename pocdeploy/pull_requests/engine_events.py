"""What Pulumi writes about a preview, as far as it is used here.

The names are those of EngineEvent in sdk/go/common/apitype/events.go, and of the preview's document in
pkg/backend/display/json.go, of https://github.com/pulumi/pulumi.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

EVENTS = frozenset(
    {"cancelEvent", "stdoutEvent", "diagnosticEvent", "preludeEvent", "summaryEvent", "resourcePreEvent"}
    | {"resOutputsEvent", "resOpFailedEvent", "policyEvent", "policyRemediationEvent", "policyLoadEvent"}
    | {"policyAnalyzeSummaryEvent", "policyRemediateSummaryEvent", "policyAnalyzeStackSummaryEvent"}
    | {"startDebuggingEvent", "progressEvent", "errorEvent"}
)
"""Keys of an event; each event has one of them."""
DOCUMENT = frozenset({"steps", "diagnostics", "changeSummary"})
"""Keys of the document; it has one of them at least."""


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:
        """Read null as not there: Go writes it for empty lists and maps."""
        return {key: each for key, each in value.items() if each is not None} if isinstance(value, dict) else value


class State(_Model):
    """A resource, before or after the step."""

    inputs: dict[str, Any] = {}


class Step(_Model):
    """What is done to a resource. An event names its parts otherwise than the document."""

    op: str = ""
    urn: str = ""
    old: State | None = Field(None, alias="old")
    new: State | None = Field(None, alias="new")
    keys: list[str] = []
    diffs: list[str] = []
    detailed_diff: dict[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _names_of_events(cls, value: Any) -> Any:
        names = {"oldState": "old", "newState": "new", "replaceReasons": "keys", "diffReasons": "diffs"}
        return {names.get(key, key): each for key, each in value.items()} if isinstance(value, dict) else value


class Diagnostic(_Model):
    """A message."""

    severity: str = ""
    message: str = ""


class Policy(_Model):
    """A violation of a policy."""

    policy_pack_name: str = ""
    policy_name: str = ""
    message: str = ""
    resource_urn: str = ""
    enforcement_level: str = ""


class Prelude(_Model):
    """The first event."""

    config: dict[str, Any] = {}


class Summary(_Model):
    """The last event."""

    resource_changes: dict[str, int | None] = {}


class ResourcePre(_Model):
    """A step that begins."""

    metadata: Step


class Event(_Model):
    """One line of the stream."""

    resource_pre_event: ResourcePre | None = None
    diagnostic_event: Diagnostic | None = None
    policy_event: Policy | None = None
    prelude_event: Prelude | None = None
    summary_event: Summary | None = None


class Document(_Model):
    """The whole preview at once."""

    config: dict[str, Any] = {}
    steps: list[Step] = []
    diagnostics: list[Diagnostic] = []
    change_summary: dict[str, int | None] | None = None


class Refusal(_Model):
    """The error that `pocdeploy --json preview` writes before Pulumi starts."""

    error: str = "error"
    findings: list[Mapping[str, Any]]
