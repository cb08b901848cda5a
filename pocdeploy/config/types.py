"""Constrained types of settings: each has a pattern and the sentence that error messages show."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

_SUFFIXES = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("kMGT", start=1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGT", start=1)},
}
_QUANTITY = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<suffix>m|k|M|G|T|Ki|Mi|Gi|Ti)?")


class Model(BaseModel):
    """Base of all settings: frozen, camelCase in YAML; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


@dataclass(frozen=True)
class Renamed:
    """In a change: the key gets the value of another key, which is removed."""

    old: str


Change = Mapping[str, Any]
"""Key, from the model that has the rule -> its new value; None removes it."""


def invalid(
    accepted: str, *, key: str = "", at: Sequence[str] = (), tries: Sequence[Change] = ()
) -> PydanticCustomError:
    """Return an error with the accepted value.

    Args:
        accepted: what is accepted, with an example.
        key: the key that it is about, from the model that has the rule; by default the model itself.
        at: such keys, if there are several.
        tries: changes that may fix it. The first one that does becomes the command of the finding.
    """
    context = {"accepted": accepted, "at": [*at, *([key] if key else [])], "tries": [*tries]}
    return PydanticCustomError("pocdeploy", "{accepted}", context)


def quantity(text: str) -> Decimal:
    """Return a Kubernetes quantity (``500m``, ``1.5Gi``) as a number of its base unit: cores or bytes.

    Raises:
        ValueError: if the text is not a quantity.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return Decimal(match["number"]) * _SUFFIXES[match["suffix"] or ""]


def _quantity(value: Any, *, example: str) -> Any:
    # YAML reads `cpu: 1` as a number, which Kubernetes accepts.
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or _QUANTITY.fullmatch(value) is None or quantity(value) <= 0:
        raise invalid(f"a Kubernetes quantity above zero, for example {example}")
    return value


def _cpu(value: Any) -> Any:
    return _quantity(value, example="250m or 1")


def _bytes(value: Any) -> Any:
    value = _quantity(value, example="256Mi or 1Gi")
    if quantity(value) < 2**20:
        raise invalid("at least 1Mi: a quantity of bytes needs a unit, for example 256Mi or 1Gi")
    return value


@dataclass(frozen=True)
class Matches:
    """The rule that a whole string matches a pattern."""

    pattern: re.Pattern[str]
    accepted: str
    """Describes it in messages, with an example."""

    def __call__(self, value: str) -> str:
        """Return the value; raises an error for an invalid one."""
        if self.pattern.fullmatch(value) is None:
            raise invalid(self.accepted)
        return value


def matches(pattern: str, accepted: str) -> AfterValidator:
    """Return the rule that a whole string matches a pattern; ``accepted`` describes it in messages."""
    return AfterValidator(Matches(re.compile(pattern), accepted))


def _expanded(value: str) -> str:
    return str(Path(value).expanduser()) if value.startswith("~") else value


def _not_empty(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if not value:
        raise invalid("a list of at least one entry")
    return value


NOT_EMPTY = AfterValidator(_not_empty)
"""The rule that a list has an entry; pydantic's own adds a second error to that of an invalid entry."""

DNS_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"

DnsLabel = Annotated[
    str,
    matches(DNS_LABEL, "a DNS label: lower-case letters, digits and '-', at most 63 characters, for example shop"),
]
ClusterName = Annotated[
    str,
    # Node containers are called <name>-control-plane, and a host name has 63 characters at most.
    matches(
        r"[a-z0-9]([-a-z0-9]{0,43}[a-z0-9])?",
        "lower-case letters, digits and '-', at most 45 characters, for example test",
    ),
]
AppName = Annotated[
    str,
    # The longest name that contains it (<name>-db-<random>-initdb-<random>) must be a DNS label.
    matches(
        r"[a-z]([-a-z0-9]{0,28}[a-z0-9])?",
        "lower-case letters, digits and '-', beginning with a letter, at most 30 characters",
    ),
]
HostName = Annotated[
    str,
    matches(
        rf"(?=.{{1,253}}$){DNS_LABEL}(\.{DNS_LABEL})*",
        "a host name without scheme and port, for example shop.localhost",
    ),
]
DnsName = Annotated[
    str,
    matches(
        rf"(?=.{{1,253}}$){DNS_LABEL}(\.{DNS_LABEL})*",
        "the name of a Kubernetes object: lower-case letters, digits, '-' and '.', for example shop-db-20260101",
    ),
]
EnvName = Annotated[
    str, matches(r"[A-Za-z_][A-Za-z0-9_]*", "a name of letters, digits and '_', for example DATABASE_HOST")
]
ImageName = Annotated[
    str,
    matches(
        r"[a-z0-9]+([._:/-][a-z0-9]+|__[a-z0-9]+)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?",
        "an image reference, for example registry:3 or ghcr.io/owner/name:tag@sha256:<64 hex digits>",
    ),
]
ImageDigest = Annotated[
    str,
    matches(
        r"[a-z0-9]+([._:/-][a-z0-9]+|__[a-z0-9]+)*@sha256:[0-9a-f]{64}",
        "an image by its digest, for example ghcr.io/owner/shop@sha256:<64 hex digits>",
    ),
]
HttpUrl = Annotated[
    str,
    matches(
        r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/\S*)?", "a URL with http:// or https://, for example http://mirror:5000"
    ),
]
Version = Annotated[
    str,
    # https://semver.org without build metadata: an image's tag cannot contain its `+`.
    matches(
        r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?", "a semantic version, for example 1.2.0"
    ),
]
UrlPath = Annotated[str, matches(r"/[A-Za-z0-9._~/-]*", "a path that begins with '/', for example /healthz")]
SubFolder = Annotated[
    str,
    matches(
        r"(?!.*(^|/)\.\.?(/|$))[^/\s](.*[^/])?",
        "a folder inside of the source, without .. and / at its ends, as backend",
    ),
]
Email = Annotated[str, matches(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address, for example admin@example.com")]
FilePath = Annotated[str, AfterValidator(_expanded)]
"""Path of a file or directory; ``~`` is the home directory."""
Flag = Annotated[bool, Field(strict=True)]
"""true or false: YAML's `on` and `yes` are texts for Pulumi."""
Port = Annotated[int, Field(ge=1, le=65535, strict=True)]
Cpu = Annotated[str, BeforeValidator(_cpu)]
Memory = Annotated[str, BeforeValidator(_bytes)]
Storage = Annotated[str, BeforeValidator(_bytes)]
