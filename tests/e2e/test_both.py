"""Two applications, for real: one is added beside the first, and once more with a database in the cluster of the first.

Like test_walk.py it runs in a clone of the repository, against real Docker, Kind and plugins.
"""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pocdeploy.config import stack_file
from tests.e2e.test_walk import CONFIG, STACK, Walk, pytestmark, walk  # noqa: F401 -- a mark and a fixture

PERSON = {"firstname": "Arvin", "lastname": "Cudanin", "gate": "A"}
# Run in a pod of an application: what comes of its credentials at each database that it can think of.
ENTER = """
import os, psycopg
for name in ("polls", "attendance", "guest", "postgres", "template1"):
    try:
        psycopg.connect(dbname=name, user=os.environ["DATABASE_USER"], password=os.environ["DATABASE_PASSWORD"],
                        host=os.environ["DATABASE_HOSTNAME"], connect_timeout=5).close()
        print(name)
    except psycopg.OperationalError as error:
        assert "pg_hba.conf rejects connection" in str(error) or "does not exist" in str(error), error
"""


class Sheet:
    """The attendance application as a gate knows it, and the entries that it has acknowledged."""

    def __init__(self, name: str) -> None:
        self.host = f"{name}.localhost"
        self.base = f"http://127.0.0.1:{CONFIG['config']['pocdeploy:cluster'].get('httpPort', 80)}"
        self.acknowledged: set[int] = set()
        self.failed: list[str] = []

    def ask(self, path: str, data: dict[str, str] | None = None) -> Any:
        headers = {"Host": self.host, "Content-Type": "application/json"}
        request = urllib.request.Request(self.base + path, json.dumps(data).encode() if data else None, headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def enter(self) -> None:
        self.acknowledged.add(self.ask("/table/create", PERSON)["id"])

    def lost(self) -> set[int]:
        """Return the acknowledged entries that are on the sheet of today no more."""
        day = self.ask("/table")["today"].rpartition("/")[2]
        found, page = set(), f"/table/view/{day}?page_size=1000"
        while page:
            answer = self.ask(page)
            found |= {row["id"] for row in answer["results"]}
            page = answer["next"] and "/table/" + answer["next"].partition("/table/")[2]
        return self.acknowledged - found

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Make entries one after the other until the block ends."""
        done = threading.Event()

        def run() -> None:
            while not done.is_set():
                try:
                    self.enter()
                except OSError as error:
                    self.failed.append(repr(error))

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def add(walk: Walk, **versions: str) -> None:  # noqa: F811
    """Add the second application with a database of its own, and once more with one in the cluster of the first."""
    config = json.loads(json.dumps(CONFIG))
    apps = config["config"]["pocdeploy:apps"]
    of_polls = apps["polls"].get("database", {})
    settings = {"databaseEnv": {"DATABASE_HOST": "DATABASE_HOSTNAME"}, "path": "app/attendance", **versions}
    settings["commands"] = {"seed": ["python", "manage.py", "seed"]}
    image = {key: of_polls[key] for key in ("version", "image") if key in of_polls}
    apps["attendance"] = {**settings, "database": {**image, "instances": 1}}
    apps["guest"] = {**settings, "database": {"shared": "polls"}}
    file = stack_file.path(walk.folder, STACK)
    stack_file.write(file, stack_file.document(file).set(("config",), config["config"]).text)


def objects(walk: Walk) -> dict[str, tuple[str, int | None]]:  # noqa: F811
    """Return kind and name of the objects of polls -> identity and generation."""
    kinds = "deployment,cluster,job,networkpolicy,ingress,service,secret"
    items = json.loads(walk.kubectl("-n", "polls", "get", kinds, "-o", "json"))["items"]
    return {
        f"{item['kind']}/{item['metadata']['name']}": (item["metadata"]["uid"], item["metadata"].get("generation"))
        for item in items
    }


def test_two_are_added_and_nothing_of_the_first_changes(walk: Walk) -> None:  # noqa: F811
    walk.make("up", name="up with one application")
    before = objects(walk)
    add(walk, version="1.0.0")
    output = walk.make("up", name="up with two more")

    assert [word for word in ("replaced", "deleted") if f" {word}\n" in output] == []
    # Rules and dashboards are about all applications.
    updated = set(re.findall(r"^ ~ +\S+:(\w+) \S+ updated", output, flags=re.MULTILINE))
    assert updated <= {"PrometheusRule", "ConfigMap"}
    after = objects(walk)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"NetworkPolicy/database-guest", "Secret/polls-db-guest"}
    for name in ("attendance", "guest"):
        sheet = Sheet(name)
        sheet.enter()
        assert sheet.lost() == set()
    for added in (30, 0):
        assert walk.make("seed", name="seed").count(f"seed: {added} entries added") == 2


def test_a_release_loses_no_entry_and_has_its_number(walk: Walk) -> None:  # noqa: F811
    serializers = walk.folder / "app/attendance/table/serializers.py"
    serializers.write_text(serializers.read_text().replace("Where everything is.", "Where all is."))
    add(walk, version="1.1.0")
    sheet = Sheet("attendance")

    with sheet.busy():
        walk.make("up", name="up with a release of attendance")

    assert (sheet.failed, sheet.lost()) == ([], set())
    assert len(sheet.acknowledged) > 100
    label = "jsonpath={.metadata.labels.app\\.kubernetes\\.io/version}"
    assert walk.kubectl("-n", "attendance", "get", "deployment", "attendance", "-o", label) == "1.1.0"


def test_entries_survive_the_death_of_the_primary(walk: Walk) -> None:  # noqa: F811
    for name, namespace, cluster in (("attendance", "attendance", "attendance-db"), ("guest", "polls", "polls-db")):
        sheet = Sheet(name)
        sheet.enter()
        which = ("-n", namespace, "get", "cluster", cluster, "-o", "jsonpath={.status.currentPrimary}")
        killed = walk.kubectl(*which)
        before = walk.kubectl("-n", namespace, "get", "pod", killed, "-o", "jsonpath={.metadata.uid}")
        walk.kubectl("-n", namespace, "delete", "pod", killed, "--force", "--grace-period=0", "--wait=false")
        started, taken = time.monotonic(), 0
        while taken < 10:
            assert time.monotonic() - started < 180, "no entry was taken for three minutes"
            try:
                sheet.enter()
            except OSError:
                continue
            now = walk.kubectl(*which)
            # A pod that does not exist at the moment is not yet the primary.
            found = walk.kubectl(
                "-n", namespace, "get", "pod", now, "--ignore-not-found", "-o", "jsonpath={.metadata.uid}"
            )
            taken += found not in ("", before)
        assert sheet.lost() == set()


def test_each_gets_into_its_own_database_only(walk: Walk) -> None:  # noqa: F811
    entered = {
        name: walk.kubectl("-n", name, "exec", f"deployment/{name}", "--", "python", "-c", ENTER).split()
        for name in ("attendance", "guest")
    }

    assert entered == {"attendance": ["attendance"], "guest": ["guest"]}
    assert " unchanged" in walk.make("preview", "ARGS=--expect-no-changes", name="preview after all that")
