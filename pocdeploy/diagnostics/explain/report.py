"""The report: what is not well, why, and where to look further."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One thing that is not well."""

    where: str
    """For example ``pod shop/shop-1, container web``."""
    what: str
    """State and reason, as Kubernetes has them."""
    cause: str | None = None
    """The most probable cause, in one line; None if it is none of the usual suspects."""
    log: tuple[str, ...] = ()
    """The last lines of the container."""
    previous_log: tuple[str, ...] = ()
    """The last lines of the container's run before, if it was started again."""
    events: tuple[str, ...] = ()
    """What Kubernetes has said about it, oldest first."""
    look: str | None = None
    """The command that shows more."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything that is not well with one subject."""

    subject: str
    """What was looked at, for example ``shop/shop``."""
    troubles: tuple[Issue, ...] = ()

    @property
    def cause(self) -> str | None:
        """The first probable cause that was found."""
        return next((trouble.cause for trouble in self.troubles if trouble.cause), None)
