"""The commands of an application without its image: those of the settings, of Django, or of its Dockerfile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pocdeploy.config import AppSettings
from pocdeploy.config.references import expanded
from pocdeploy.config.source_files import decode
from pocdeploy.errors import Finding, PocdeployError
from pocdeploy.processes.setup import HOST
from pocdeploy.source.survey.container import Image, read_image

ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 -- it is replaced


def server_command(tree: Path, port: int, app: AppSettings | None = None) -> tuple[str, ...]:
    """Return the command that serves the application in ``tree`` on ``port``; raises PocdeployError if there is none.

    ``command`` and ``args`` of the settings have priority. A Django project without them is served by gunicorn; any
    other application by ENTRYPOINT and CMD of its Dockerfile. Its program is found by PATH, in its virtualenv.
    """
    app = app or AppSettings()
    folder = tree / (app.context or "")
    image = _image(tree, folder, app)
    if app.command or app.args:
        return local((*(app.command or image.entrypoint), *(app.args or ())), image, folder)
    modules = sorted(path.parent.name for path in folder.glob("*/wsgi.py"))
    if len(modules) == 1 and (folder / "manage.py").is_file():
        return ("gunicorn", "--bind", f"{HOST}:{port}", "--no-control-socket", f"{modules[0]}.wsgi")
    if words := (*image.entrypoint, *image.command):
        return local(words, image, folder)
    raise PocdeployError(
        [
            Finding(
                where=str(tree),
                what="no command to serve this application",
                actual=f"wsgi.py in: {', '.join(modules) or 'no package'}",
                expected='manage.py and one package with a wsgi.py, a Dockerfile with CMD ["program", "argument"],'
                " or `command` in its settings",
            )
        ]
    )


def _image(tree: Path, folder: Path, app: AppSettings) -> Image:
    places = [tree / app.dockerfile] if app.dockerfile else []
    file = next((place for place in (*places, folder / "Dockerfile") if place.is_file()), None)
    return read_image(decode(file.read_bytes())) if file else Image()


def local(words: Sequence[str], image: Image, folder: Path) -> tuple[str, ...]:
    """Return a command of an image for this machine: its files are those of the copy, and it listens here alone."""
    start = "" if image.workdir == "/" else f"{image.workdir}/"

    def path(word: str) -> str:
        own = folder / word.removeprefix(start) if start and word.startswith(start) else None
        return f"./{own.relative_to(folder)}" if own is not None and own.exists() else word.replace(ALL_ADDRESSES, HOST)

    return (*(_copied(path(word), folder) for word in words[:1]), *map(path, words[1:]))


def _copied(program: str, folder: Path) -> str:
    """Return a program of an image as it is in the copy, where the image has it in another folder."""
    if not program.startswith("/") or Path(program).exists():
        return program
    found = next((each for each in sorted(folder.rglob(Path(program).name)) if each.is_file()), None)
    return f"./{found.relative_to(folder)}" if found else program


def with_values(words: Sequence[str], env: Mapping[str, str]) -> tuple[str, ...]:
    """Return a command with each ``$(NAME)`` replaced, as Kubernetes does it."""
    return tuple(expanded(word, env) for word in words)
