"""The exit codes of all commands; docs/day-two.md has them as a table."""

from __future__ import annotations

OK = 0
"""Done, or nothing to do; warnings do not count."""
FAILED = 1
"""It was tried and did not come about: a check failed, or something was not there in time."""
NOT_READY = 2
"""Nothing was tried: machine, configuration or command line have to be mended first."""
NO_STACK = 6
"""There is no such stack; Pulumi's own code for it."""
