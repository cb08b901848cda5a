"""Directories with uploads become volumes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.source.survey.test_database import draft_of


@pytest.mark.parametrize(
    ("files", "volumes"),
    [
        (
            {
                "manage.py": "",
                "x/settings.py": "BASE_DIR = Path(__file__).parent.parent\nMEDIA_ROOT = BASE_DIR / 'media'\n",
            },
            {"media": "/app/media"},
        ),
        ({"manage.py": "", "x/settings.py": 'MEDIA_ROOT = "/var/media/"\n'}, {"media": "/var/media"}),
        (
            {
                "manage.py": "",
                "Dockerfile": "FROM a\nVOLUME /data /data/x\n",
                "x/settings.py": 'MEDIA_ROOT = "/data/m"\n',
            },
            {"data": "/data"},
        ),
        (
            {"package.json": '{"dependencies": {"multer": "2"}}', "a.js": "multer({ dest: './uploads/' })"},
            {"uploads": "/app/uploads"},
        ),
        ({"manage.py": "", "x/settings.py": 'MEDIA_URL = "/media/"\n'}, None),
    ],
)
def test_uploads_get_a_volume(files: dict[str, str], volumes: Any, tmp_path: Path) -> None:
    found = draft_of(tmp_path, files).get("volumes")

    assert (found and {name: each["path"] for name, each in found.items()}) == volumes
