"""The log of a process."""

from __future__ import annotations

from pathlib import Path

from pocdeploy.kube.pod_logs import Line, PodEvent
from pocdeploy.processes import follow


def test_new_lines_follow_the_last_ones_until_the_end(tmp_path: Path) -> None:
    log = tmp_path / "shop.log"
    log.write_text("old\nlast\n")
    answers = iter([True, False])

    def runs() -> bool:
        with log.open("a") as stream:
            stream.write("ne" if (alive := next(answers)) else "w\nend\n")
        return alive

    assert list(follow.follow("shop", log, lines=1, runs=runs)) == [
        Line("shop", "last"),
        Line("shop", "new"),
        Line("shop", "end"),
        PodEvent("shop", "ended"),
    ]
    assert list(follow.snapshot("shop", log, lines=1)) == [Line("shop", "end")]
