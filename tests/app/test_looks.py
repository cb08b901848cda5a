"""What a person sees, in a real browser: nothing overflows or is cut, texts have contrast; on a phone, too.

``make pictures`` also writes the pictures of the documentation. They are not compared: fonts differ between machines.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app import axe
from tests.app.chromium import Page
from tests.app.support import ROOT, App, Site

PHONE, DESKTOP = (390, 844), (1200, 800)
IDENTITY = {
    "POCDEPLOY_STACK": "dev",
    "POCDEPLOY_COMMIT": "1a2b3c4d5e",
    "HOSTNAME": "polls-6b7f9c5d48-x2k4q",
}
ADMIN = {"ADMIN_USERNAME": "looker", "ADMIN_EMAIL": "looker@example.com", "ADMIN_PASSWORD": "a-Passw0rd-to-look"}
CUT = """[...document.querySelectorAll('body *')].filter(each => {
  const box = each.getBoundingClientRect(), edge = document.documentElement.clientWidth + 1
  return box.width && box.right > edge && getComputedStyle(each).position !== 'absolute'
}).map(each => each.tagName + '.' + each.className).slice(0, 5)"""
"""Script that gives elements which reach beyond the right edge."""
LOADED = "document.querySelector('.opblock') !== null"
"""The page for the schema builds itself."""
SIGN_IN = """(() => {
  const form = new FormData(document.querySelector('form'))
  form.set('username', '%s')
  form.set('password', '%s')
  return fetch(location.href, {method: 'POST', body: new URLSearchParams(form)}).then(answer => answer.status)
})()"""


@pytest.fixture(scope="module")
def polls(app: App) -> Iterator[Site]:
    """The application with its example data alone, and an administrator."""
    app.shell("from polls.models import Question; Question.objects.all().delete()")
    assert app.manage("seed").returncode == 0
    assert app.ensure_admin(**ADMIN).returncode == 0
    with app.serve(**IDENTITY) as site:
        yield site


@pytest.fixture(scope="module")
def questions(app: App, polls: Site) -> dict[str, str]:
    """Name -> path of pages with content."""
    first = app.shell("print(Question.objects.get(question_text='Tabs or spaces?').pk)")
    return {
        "index": "/",
        "form": f"/{first}/",
        "results": f"/{first}/results/",
        "login": "/admin/login/",
        "admin": "/admin/",
        "list": "/admin/polls/question/",
        "change": f"/admin/polls/question/{first}/change/",
    }


@pytest.fixture(scope="module")
def gates(attendance: App) -> Iterator[Site]:
    """The other application, with its example data and an administrator."""
    assert attendance.manage("seed").returncode == 0
    assert attendance.ensure_admin(**ADMIN).returncode == 0
    with attendance.serve() as site:
        yield site


def sign_in(page: Page, site: Site) -> None:
    page.open(f"{site.url}/admin/login/?next=/admin/")
    if page.evaluate("document.querySelector('#id_username') !== null"):
        assert page.evaluate(SIGN_IN % (ADMIN["ADMIN_USERNAME"], ADMIN["ADMIN_PASSWORD"])) == 200


def faults(page: Page, checker: str) -> list[str]:
    page.evaluate(checker)
    broken = page.evaluate(axe.RUN)
    cut = page.evaluate(CUT)
    return [*broken, *(f"cut: {each}" for each in cut)]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_polls_and_its_administration_fit(
    page: Page, polls: Site, questions: dict[str, str], checker: str, size: tuple[int, int], *, dark: bool
) -> None:
    page.resize(*size, dark=dark)
    page.call("Network.clearBrowserCookies")
    found = {}
    for name, path in questions.items():
        if name == "admin":
            sign_in(page, polls)
        page.open(polls.url + path)
        found[name] = faults(page, checker)
    assert found == {name: [] for name in questions}


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_attendance_and_its_administration_fit(page: Page, gates: Site, checker: str, size: tuple[int, int]) -> None:
    page.resize(*size)
    sign_in(page, gates)
    today = page.evaluate("fetch('/table', {headers: {Accept: 'application/json'}}).then(it => it.json())")["today"]
    # The frame of these pages is that of a library, which names no language.
    foreign = {"html-has-lang: html", "button-name: .dropdown-toggle"}
    found = {}
    for path in ("/table", today.removeprefix(gates.url), "/table/create", "/admin/", "/admin/table/entry/"):
        page.open(gates.url + path)
        found[path] = set(faults(page, checker)) - foreign
    assert {path: faults for path, faults in found.items() if faults} == {}


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_first_page_of_attendance_fits(page: Page, gates: Site, size: tuple[int, int]) -> None:
    page.resize(*size)
    page.open(gates.url)
    page.evaluate(f"new Promise(done => {{ const look = () => {LOADED} ? done() : setTimeout(look, 50); look() }})")
    assert page.evaluate(CUT) == []


def test_the_foot_names_stack_commit_and_pod(page: Page, polls: Site) -> None:
    page.resize(*DESKTOP)
    page.open(polls.url)
    text = page.evaluate("document.querySelector('footer').innerText")
    assert [value for value in IDENTITY.values() if value not in text] == []


def test_the_checks_find_faults(page: Page, polls: Site, checker: str) -> None:
    page.resize(*PHONE)
    page.open(polls.url)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: #ccc; width: 500px\">pale</p>')")
    assert {fault.split(":")[0] for fault in faults(page, checker)} == {"color-contrast", "cut"}


@pytest.mark.skipif("PICTURES" not in os.environ, reason="make pictures writes the pictures of the documentation")
def test_pictures_of_the_documentation(page: Page, polls: Site, questions: dict[str, str]) -> None:
    folder = Path(ROOT, os.environ["PICTURES"])
    folder.mkdir(parents=True, exist_ok=True)
    for name, path, size in (("polls", "index", DESKTOP), ("polls-phone", "results", (390, 620))):
        page.resize(*size)
        page.open(polls.url + questions[path])
        (folder / f"{name}.png").write_bytes(page.picture())
