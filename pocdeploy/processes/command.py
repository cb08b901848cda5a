"""The command that serves an application: gunicorn for a Django project, else the CMD of its Dockerfile."""

from __future__ import annotations

from pathlib import Path

from pocdeploy.errors import Finding, PocdeployError
from pocdeploy.processes.setup import HOST
from pocdeploy.source import dockerfile


def server_command(tree: Path, port: int) -> tuple[str, ...]:
    """Return the command that serves the application in ``tree`` on ``port``; raises PocdeployError if there is none.

    Its program is found by PATH, in the application's virtualenv.
    """
    modules = sorted(path.parent.name for path in tree.glob("*/wsgi.py"))
    if len(modules) == 1 and (tree / "manage.py").is_file():
        return ("gunicorn", "--bind", f"{HOST}:{port}", "--no-control-socket", f"{modules[0]}.wsgi")
    file = tree / "Dockerfile"
    command = dockerfile.command(file.read_text("utf-8")) if file.is_file() else ()
    if command:
        return command
    raise PocdeployError(
        [
            Finding(
                where=str(tree),
                what="no command to serve this application",
                actual=f"wsgi.py in: {', '.join(modules) or 'no package'}",
                expected='manage.py and one package with a wsgi.py, or a Dockerfile with CMD ["program", "argument"]',
            )
        ]
    )
