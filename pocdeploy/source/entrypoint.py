"""The ENTRYPOINT of an image, as far as commands run through it.

`docker run IMAGE command` replaces CMD and keeps ENTRYPOINT. People expect the same of a line of a Procfile, of a Job
and of a scheduled command: a script that sets PATH or reads secrets runs before each of them. An ENTRYPOINT that is the
server itself, such as ``["gunicorn", "app:app"]``, would take a command as its arguments; so commands replace it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from pathlib import Path

from pocdeploy.config.source_files import decode
from pocdeploy.source.survey.container import read_image

_RUNS_ARGUMENTS = re.compile(r"\$\{?[@*]")
"""In a script that starts what it is given, mostly as ``exec "$@"``."""
_STARTERS = frozenset({"tini", "dumb-init", "catatonit", "env", "setpriv", "gosu", "su-exec", "launcher"})
"""Programs that run their arguments."""
_SUBCOMMANDS = frozenset({"run", "exec", "--"})
"""Last word of programs such as `poetry run`, `bundle exec` and `tini --`."""
_SHELLS = frozenset({"sh", "bash", "ash", "dash"})


def wrapper(dockerfile: Path, tree: Path) -> tuple[str, ...]:
    """Return the words of the ENTRYPOINT if it runs what follows it; empty without one, or if it is a server itself.

    ``tree`` is the patched source, where its script is.
    """
    text = decode(dockerfile.read_bytes())
    words = read_image(text).entrypoint

    def scripts(name: str) -> list[str]:
        found = [path for path in sorted(tree.rglob(name)) if path.is_file() and not path.is_symlink()]
        return [decode(path.read_bytes()[: 2**18]) for path in found]

    return words if words and runs_arguments(words, text, scripts) else ()


def runs_arguments(words: tuple[str, ...], dockerfile: str, scripts: Callable[[str], list[str]]) -> bool:
    """Return whether the words of an ENTRYPOINT run what follows them.

    ``dockerfile`` is the text with it, ``scripts`` returns the texts of the files of a name in the source.
    """
    program, last = posixpath.basename(words[0]), words[-1]
    if program in _SHELLS and "-c" in words[1:2]:
        # Words after those of a shell are its arguments; the form without a list ignores them.
        return len(words) > 2 and any(_RUNS_ARGUMENTS.search(word) for word in words[2:])
    if last in _SUBCOMMANDS:
        return True
    if program in _STARTERS:
        rest = tuple(word for word in words[1:] if not word.startswith("-"))
        return not rest or runs_arguments(rest, dockerfile, scripts)
    name = posixpath.basename(words[1] if program in _SHELLS and len(words) > 1 else words[0])
    # A script that the Dockerfile writes itself is in its own text.
    itself = re.search(rf"<<.*{re.escape(name)}|>\s*\S*{re.escape(name)}", dockerfile)
    texts = scripts(name) or ([dockerfile] if itself else [])
    return any(_RUNS_ARGUMENTS.search(each) for each in texts)
