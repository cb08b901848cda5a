"""The command that serves an application without its image."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.errors import PocdeployError
from pocdeploy.processes.command import server_command


def test_gunicorn_serves_a_django_project(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "wsgi.py").touch()
    (tmp_path / "Dockerfile").write_text('CMD ["other"]')

    assert server_command(tmp_path, 8001) == ("other",)
    (tmp_path / "manage.py").touch()
    assert server_command(tmp_path, 8001) == (
        *("gunicorn", "--bind", "127.0.0.1:8001", "--no-control-socket"),
        "site.wsgi",
    )


def test_an_application_without_a_command_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PocdeployError) as caught:
        server_command(tmp_path, 8001)

    assert caught.value.findings[0].actual == "wsgi.py in: no package"
    assert "CMD" in str(caught.value.findings[0].expected)
