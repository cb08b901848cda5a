"""``python -m pocdeploy dev``: the whole way without Docker."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pocdeploy import filelock
from pocdeploy.config import AppSettings
from pocdeploy.errors import PocdeployError
from pocdeploy.filelock import LockedError
from pocdeploy.processes import server
from pocdeploy.processes.postgres import folder_findings
from pocdeploy.processes.setup import ensure_venv
from tests.app.support import PATCHES, ROOT, SOURCE, Browser, running
from tests.freeports import free_port

RUN = """
import sys
from pathlib import Path
from pocdeploy.config import AppSettings
from pocdeploy.processes.server import run
source, patches, work, port = sys.argv[1:]
app = AppSettings.model_validate({"commands": {"seed": ["python", "manage.py", "seed"]}})
run(Path(source), Path(patches), Path(work), project=Path.cwd(), app=app, port=int(port))
"""


@pytest.fixture
def work(app_python: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pocdeploy-dev-") as folder:
        if findings := folder_findings(Path(folder)):
            pytest.skip(str(findings[0]))
        # The packages are there already; a link spares the time to install them once more.
        Path(folder, "venv").symlink_to(app_python.parents[1])
        yield Path(folder)


def test_serves_until_ctrl_c_and_keeps_the_data(work: Path) -> None:
    port = free_port()
    command = [sys.executable, "-c", RUN, str(SOURCE), str(PATCHES), str(work), str(port)]
    passwords, lines = [], []
    for number in (signal.SIGINT, signal.SIGTERM):
        with running(command, cwd=ROOT) as program:
            passwords += program.find(r"^administrator: admin, password: (\S+) ")
            lines += program.find(r"^administrator 'admin': (.*)")
            client = Browser(f"http://localhost:{port}")
            assert [client.get(path).status for path in ("/", "/readyz", "/admin/login/")] == [200] * 3
            form = {"username": "admin", "password": passwords[0]}
            assert client.post("/admin/login/?next=/admin/", **form).status == 302
            assert not (work / "polls" / "db.sqlite3").exists()
            program.process.send_signal(number)
            assert program.process.wait(30) == 0
            assert not (work / "pgdata" / "postmaster.pid").exists()
    assert lines == ["created", "nothing to do"]
    kept = work / "secrets.json"
    assert passwords == [json.loads(kept.read_text())["ADMIN_PASSWORD"]] * 2
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_change_starts_it_again_and_a_mistake_waits(work: Path, tmp_path: Path) -> None:
    source = shutil.copytree(SOURCE, tmp_path / "polls", ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3"))
    template, urls = source / "polls/templates/polls/index.html", source / "mysite/urls.py"
    port = free_port()
    command = [sys.executable, "-c", RUN, str(source), str(PATCHES), str(work), str(port)]
    with running(command, cwd=ROOT) as program:
        program.find(r"(^A change of a file)")
        client = Browser(f"http://localhost:{port}")
        assert "Tabs or spaces?" in client.get("/").text  # the example data of a new database
        template.write_text(template.read_text().replace("What do you think?", "What now?"))
        assert program.find(r"^changed: (\S+)") == ["index.html"]
        program.find(r"(started again)")
        assert "What now?" in client.get("/").text
        right = urls.read_text()
        urls.write_text("a patch does not apply to this\n")
        program.find(r"(waiting for the next change)")
        assert "0002-polls-at-root.patch" in "\n".join(program.lines)
        urls.write_text(right)
        program.find(r"(started again)", count=2)
        assert client.get("/").status == 200
        program.process.send_signal(signal.SIGINT)
        assert program.process.wait(60) == 0


def test_second_run_in_the_same_folder_is_refused(work: Path) -> None:
    with filelock.hold(work / ".running", "serve", timeout=0), pytest.raises(LockedError) as caught:
        server.run(SOURCE, PATCHES, work, project=ROOT, app=AppSettings(), port=free_port())
    finding = caught.value.findings[0]
    assert finding.what == f"cannot run a server in {work} while process {os.getpid()} (serve) holds this lock"
    assert finding.fix == f"kill {os.getpid()}"


def test_application_without_wsgi_is_refused(work: Path, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "manage.py").touch()
    with pytest.raises(PocdeployError) as caught:
        server.run(tmp_path / "app", None, work, project=ROOT, app=AppSettings(), port=free_port())
    assert caught.value.findings[0].actual == "wsgi.py in: no package"


def test_a_failed_installation_leaves_no_usable_virtualenv(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("not a requirement\n")
    with pytest.raises(PocdeployError) as caught:
        ensure_venv(requirements, tmp_path / "venv")
    assert caught.value.findings[0].where == "pip install"
    assert "not a requirement" in caught.value.findings[0].actual
    assert not (tmp_path / "venv" / "installed.sha256").exists()


RUN_OTHER = """
import sys
from pathlib import Path
from pocdeploy.processes.server import run
from pocdeploy.config import AppSettings
source, work, port = sys.argv[1:]
database_env = {"DATABASE_HOST": "PGHOST", "DATABASE_USER": "PGUSER", "DATABASE_NAME": "PGDATABASE"}
commands = {"migrate": ("python", "migrate.py"), "admin": None}
without = {"metrics_port": None, "ready_path": None}
app = AppSettings(database_env=database_env, commands=commands, env={"GREETING": "hello"}, **without)
run(Path(source), None, Path(work), project=Path.cwd(), app=app, port=int(port))
"""


def test_the_cmd_of_a_dockerfile_serves_other_applications(tmp_path: Path) -> None:
    source = tmp_path / "other"
    source.mkdir()
    (source / "requirements.txt").touch()
    migrate = "import json, os\njson.dump(dict(os.environ), open('seen.json', 'w'))\n"
    (source / "migrate.py").write_text(migrate)
    (source / "Dockerfile").write_text(
        'FROM x\nCMD exec python -m http.server --bind "${LISTEN_ADDRESS:-0.0.0.0}" "$PORT"\n'
    )
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="pocdeploy-dev-") as work:
        if findings := folder_findings(Path(work)):
            pytest.skip(str(findings[0]))
        with running([sys.executable, "-c", RUN_OTHER, str(source), work, str(port)], cwd=ROOT) as program:
            assert program.find(r"(http://localhost:\d+/)$") == [f"http://localhost:{port}/"]
            seen = json.loads(Browser(f"http://localhost:{port}").get("/seen.json").text)
            assert not [line for line in program.lines if "administrator" in line or "metrics" in line]
    assert {key: seen.get(key) for key in ("GREETING", "PGUSER", "PGDATABASE", "DATABASE_HOST")} == {
        "GREETING": "hello",
        "PGUSER": "app",
        "PGDATABASE": "app",
        "DATABASE_HOST": None,
    }
    assert seen["PATH"].startswith(f"{work}/venv/bin:")
