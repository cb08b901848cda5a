"""Variables that a source reads get a value, or are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.source.survey.test_database import draft_of

DJANGO = {"manage.py": "", "requirements.txt": "django\npsycopg\n"}


@pytest.mark.parametrize(
    ("code", "path", "value"),
    [
        ('os.environ["DJANGO_SECRET_KEY"]', ("secretKeyEnv",), "DJANGO_SECRET_KEY"),
        ('env("SHOP_SECRET_KEY")', ("secretKeyEnv",), "SHOP_SECRET_KEY"),
        ('env("SECRET_KEY"); env("DJANGO_SECRET_KEY")', ("secretKeyEnv",), None),
        ('env("STRIPE_SECRET_KEY", "")', ("secretKeyEnv",), None),
        ('env.list("SHOP_ALLOWED_HOSTS")', ("env", "SHOP_ALLOWED_HOSTS"), "$(ALLOWED_HOSTS)"),
        ('env.list("ALLOWED_HOSTS")', ("env", "ALLOWED_HOSTS"), None),
        ('env("SHOP_CSRF_TRUSTED_ORIGINS")', ("env", "SHOP_CSRF_TRUSTED_ORIGINS"), "$(CSRF_TRUSTED_ORIGINS)"),
        ('env.bool("DEBUG", True)', ("env", "DEBUG"), "False"),
        ('env.bool("DEBUG", False)', ("env", "DEBUG"), None),
        ('env.bool("SECURE_SSL_REDIRECT", True)', ("env", "SECURE_SSL_REDIRECT"), "False"),
        ('env.bool("SECURE_SSL_REDIRECT", False)', ("env", "SECURE_SSL_REDIRECT"), None),
    ],
)
def test_a_variable_gets_the_value_of_pocdeploy(code: str, path: tuple[str, ...], value: Any, tmp_path: Path) -> None:
    assert draft_of(tmp_path, {**DJANGO, "shop/settings.py": code}).get(*path) == value


def test_a_needed_variable_is_named_and_a_secret_apart(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, {**DJANGO, "shop/settings.py": 'A = env("REGION")\nB = env("MAIL_API_KEY")\n'})

    assert any("shop/settings.py:1 ends without REGION" in sentence for sentence in draft.missing)
    assert draft.secrets == {"MAIL_API_KEY": "shop/settings.py:2"}
