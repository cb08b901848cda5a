"""Paths of health checks are taken from the routes at the root of an application alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.source.survey.test_database import draft_of


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({"requirements.txt": "flask\n", "app.py": '@app.route("/healthz")\n'}, "/healthz"),
        ({"requirements.txt": "fastapi\n", "app.py": '@router.get("/health")\n'}, None),
        ({"package.json": "{}", "server.js": "app.get('/api/health', ok)\n"}, "/api/health"),
        ({"go.mod": "module x\n", "main.go": 'mux.HandleFunc("/livez", ok)\n'}, "/livez"),
        ({"package.json": '{"dependencies": {"next": "15"}}', "app/api/heartbeat/route.ts": ""}, "/api/heartbeat"),
        (
            {"manage.py": "", "x/settings.py": 'ROOT_URLCONF = "x.urls"\n', "x/urls.py": 'path("health/", a)\n'},
            "/health/",
        ),
        ({"manage.py": "", "x/settings.py": 'ROOT_URLCONF = "x.urls"\n', "y/urls.py": 'path("health/", a)\n'}, None),
        (
            {"go.mod": "module x\n", "Dockerfile": "FROM a\nHEALTHCHECK CMD wget http://localhost:1234/alive\n"},
            "/alive",
        ),
    ],
)
def test_the_path_is_found_or_a_connection_counts(files: dict[str, str], path: str | None, tmp_path: Path) -> None:
    draft = draft_of(tmp_path, files)

    assert (draft.get("livePath"), draft.get("readyPath")) == (path, path)
    assert any("no path for health checks" in sentence for sentence in draft.missing) == (path is None)


def test_a_path_for_readiness_is_found_beside(tmp_path: Path) -> None:
    files = {"requirements.txt": "flask\n", "app.py": '@app.get("/healthz")\n@app.get("/readyz")\n'}
    draft = draft_of(tmp_path, files)

    assert (draft.get("livePath"), draft.get("readyPath")) == ("/healthz", "/readyz")
