"""Explain why something in a cluster does not work: from API objects to a report with probable causes.

collect   asks a cluster: pods, their logs, events, volume claims, and the secrets that must not be shown
failure   the text for a failed operation
inspect   API objects -> issues
causes    known causes: what a message most probably means
render    a report for a terminal, as Markdown for a comment, as plain data for JSON
"""

from pocdeploy.diagnostics.explain.collect import collect
from pocdeploy.diagnostics.explain.report import Issue, Report

__all__ = ["Issue", "Report", "collect"]
