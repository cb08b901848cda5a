"""Which tests go to the same worker: those that look at one deployed stack, so that few workers have to deploy it.

The mark ``xdist_group`` says the same, but pytest-xdist 3.8 does not find it any more with pytest 9.2: it adds the
group to ``_nodeid``, and pytest has another name for that.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    "test_cluster": "changed",
    "test_failures": "changed",
    "test_lost": "changed",
    "test_reference": "changed",
    "test_release": "changed",
    "test_rollback": "changed",
    "test_killed": "looked at",
    "test_changes": "looked at",
    "test_first": "looked at",
    "test_policies": "looked at",
    "test_secrets": "looked at",
    "test_aws": "eks",
}
"""File of tests -> group. The tests of all other files are given to whichever worker is free."""
_ORDER = ["test_changing", *TOGETHER, "test_stacks", "test_existing", "test_upgrade"]
FEW = 3
"""Up to so many workers each group is for one of them; from more on, the files of a group are."""


def order(nodeid: str) -> int:
    """Return the place of a test: the longest groups first, what takes no time last."""
    file = _file(nodeid)
    return _ORDER.index(file) if file in _ORDER else len(_ORDER)


def _file(nodeid: str) -> str:
    return PurePosixPath(nodeid.partition("::")[0]).stem


class Groups(LoadScopeScheduling):
    """Gives a worker all tests of a group."""

    def _split_scope(self, nodeid: str) -> str:
        """Return the group of a test; this is the method that pytest-xdist's documentation tells to override."""
        file = _file(nodeid)
        group = TOGETHER.get(file)
        if group is None:
            return nodeid
        return group if self.numnodes <= FEW else file
