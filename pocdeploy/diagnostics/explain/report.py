"""A report: what is wrong in a namespace, why, and which command shows more."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One thing that is wrong."""

    where: str
    """For example ``pod shop/shop-1, container web``."""
    what: str
    """State and reason, in the words of Kubernetes."""
    cause: str | None = None
    """The most probable cause, in one line; None if it is none of KNOWN_CAUSES."""
    log: tuple[str, ...] = ()
    """The last lines of the container."""
    previous_log: tuple[str, ...] = ()
    """The last lines of the container's previous run, if it was restarted."""
    events: tuple[str, ...] = ()
    """Its events, oldest first."""
    look: str | None = None
    """The command that shows more."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """The issues of one namespace."""

    subject: str
    """The namespace."""
    issues: tuple[Issue, ...] = ()

    @property
    def cause(self) -> str | None:
        """The first probable cause that was found."""
        return next((issue.cause for issue in self.issues if issue.cause), None)
