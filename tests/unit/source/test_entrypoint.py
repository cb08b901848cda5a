"""Commands run through an ENTRYPOINT that runs its arguments, and replace one that is a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import AppSettings
from pocdeploy.source.entrypoint import wrapper
from pocdeploy.source.resolve import resolve

FORWARDS = '#!/bin/sh\nset -e\n. /opt/venv/bin/activate\nexec "$@"\n'
SERVES = "#!/bin/sh\nexec gunicorn app:app\n"


def words(tree: Path, entrypoint: str, script: str = "") -> tuple[str, ...]:
    dockerfile = tree / "Dockerfile"
    dockerfile.write_text(f"FROM python\nWORKDIR /app\nCOPY . .\nENTRYPOINT {entrypoint}\nCMD serve\n")
    if script:
        (tree / "docker").mkdir()
        (tree / "docker" / "entrypoint.sh").write_text(script)
    return wrapper(dockerfile, tree)


@pytest.mark.parametrize(
    ("entrypoint", "script"),
    [
        ('["/app/docker/entrypoint.sh"]', FORWARDS),
        ('["sh", "/app/docker/entrypoint.sh"]', FORWARDS),
        ('["/entrypoint.sh"]', 'case "$1" in web) serve;; *) exec "${@}";; esac\n'),
        ('["tini", "--", "/app/docker/entrypoint.sh"]', FORWARDS),
        ('["/usr/bin/tini", "-g", "--"]', ""),
        ('["dumb-init"]', ""),
        ('["poetry", "run"]', ""),
        ('["bundle", "exec"]', ""),
        ('["sh", "-c", "exec \\"$@\\"", "--"]', ""),
    ],
)
def test_entrypoint_that_runs_its_arguments_stays(tmp_path: Path, entrypoint: str, script: str) -> None:
    assert words(tmp_path, entrypoint, script)


@pytest.mark.parametrize(
    ("entrypoint", "script"),
    [
        ('["gunicorn", "app:app"]', ""),
        ('["/app/docker/entrypoint.sh"]', SERVES),
        ('["java", "-jar", "/app.jar"]', ""),
        ('["/server"]', ""),
        ('["sh", "-c", "gunicorn app:app"]', ""),
        ("gunicorn app:app", ""),
        ('["tini", "--", "node", "server.js"]', ""),
        ("[]", ""),
    ],
)
def test_entrypoint_that_is_a_server_is_replaced(tmp_path: Path, entrypoint: str, script: str) -> None:
    assert words(tmp_path, entrypoint, script) == ()


def test_script_that_the_dockerfile_writes_is_read(tmp_path: Path) -> None:
    dockerfile = tmp_path / "Dockerfile"
    script = 'COPY <<"EOF" /entrypoint.sh\n#!/bin/sh\nexec "$@"\nEOF\n'
    dockerfile.write_text(f'FROM python\n{script}ENTRYPOINT ["/entrypoint.sh"]\n')

    assert wrapper(dockerfile, tmp_path) == ("/entrypoint.sh",)


def test_commands_run_through_the_entrypoint_once(tmp_path: Path) -> None:
    entrypoint = words(tmp_path, '["/app/docker/entrypoint.sh"]', FORWARDS)
    app = resolve("shop", AppSettings.model_validate({"path": "app/shop"}), tmp_path, tmp_path / "Dockerfile").app

    assert app.entrypoint == entrypoint
    assert app.in_image(["python", "worker.py"]) == [*entrypoint, "python", "worker.py"]
    assert app.in_image([*entrypoint, "worker"]) == [*entrypoint, "worker"]
    assert AppSettings().in_image(["python", "worker.py"]) == ["python", "worker.py"]
