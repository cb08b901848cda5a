"""Command, port and user of the process that serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.source.survey.test_database import draft_of

FLASK = {"requirements.txt": "flask\n"}


@pytest.mark.parametrize(
    ("files", "port"),
    [
        ({**FLASK, "Dockerfile": "FROM a\nEXPOSE 9090\n"}, 9090),
        ({**FLASK, "Dockerfile": "FROM a\nEXPOSE 9090\nCMD gunicorn -b :5000 x\n"}, 5000),
        ({**FLASK, "Procfile": "web: gunicorn --bind 0.0.0.0:7000 x\n"}, 7000),
        ({**FLASK, "app.py": "app.run(host='0.0.0.0', port=5001)\n"}, 5001),
        ({"package.json": "{}", "a.ts": "app.listen(process.env.PORT ?? 4100)\n"}, 4100),
        ({"go.mod": "module x\n", "main.go": 'Addr: ":9999",\n'}, 9999),
        ({**FLASK, "app.py": "app = Flask(__name__)\n"}, None),
    ],
)
def test_the_port_is_set_if_it_is_not_the_usual_one(files: dict[str, str], port: int | None, tmp_path: Path) -> None:
    assert draft_of(tmp_path, files).get("port") == port


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({**FLASK, "Procfile": "web: gunicorn x\n"}, None),
        ({**FLASK, "Procfile": "web: flask db upgrade && exec gunicorn x\n"}, "gunicorn x"),
        ({**FLASK, "Dockerfile": "FROM a\nCMD alembic upgrade head && gunicorn x\n"}, "gunicorn x"),
        ({**FLASK, "Dockerfile": "FROM a\nCMD gunicorn x\n"}, None),
        ({**FLASK, "src/wsgi.py": "app = create_app()\n"}, "gunicorn --bind 0.0.0.0:$PORT src.wsgi:app"),
        ({"package.json": '{"scripts": {"start": "x"}}'}, None),
        ({"package.json": '{"main": "lib/run.js"}'}, "node lib/run.js"),
    ],
)
def test_the_command_is_set_if_no_file_has_it(files: dict[str, str], command: str | None, tmp_path: Path) -> None:
    assert draft_of(tmp_path, files).get("command") == command


@pytest.mark.parametrize(
    ("user", "number"), [("1000", 1000), ("node", 1000), ("root", None), ("10001", None), ("me", None)]
)
def test_the_number_of_the_user_is_that_of_the_image(user: str, number: int | None, tmp_path: Path) -> None:
    assert draft_of(tmp_path, {**FLASK, "Dockerfile": f"FROM a\nUSER {user}\n"}).get("userId") == number
