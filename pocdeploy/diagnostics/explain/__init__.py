"""Why something in a cluster does not work: from plain API objects to a report that a person can act on.

collect   asks a cluster: pods, their logs, events, volume claims, and the secrets that must not be shown
inspect   plain objects -> troubles
causes    the usual suspects: what a message most probably means
mask      takes known secret values out of a text
render    a report for a terminal, as Markdown for a comment, as plain data for JSON
"""

from pocdeploy.diagnostics.explain.collect import CannotAskError, collect
from pocdeploy.diagnostics.explain.report import Issue, Report

__all__ = ["CannotAskError", "Issue", "Report", "collect"]
