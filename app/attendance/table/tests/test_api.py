"""The interface, request by request; the database is a real one."""

import datetime as dt
import logging
import re
import zoneinfo

from django.contrib.auth import get_user_model
from django.test import TestCase, override_settings
from django.utils import timezone

from table.models import Entry

PERSON = {"firstname": "Arvin", "lastname": "Cudanin", "gate": "A"}
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


def setUpModule():
    logging.disable(logging.CRITICAL)  # refused requests are what is tested


def tearDownModule():
    logging.disable(logging.NOTSET)


def create(*, time, **more):
    return Entry.objects.create(**{**PERSON, **more}, time=time)


class CreateTests(TestCase):
    def post(self, data, content_type="application/json"):
        return self.client.post("/table/create", data, content_type=content_type)

    def test_gives_back_what_was_stored(self):
        before = timezone.now()
        answer = self.post(PERSON)
        entry = Entry.objects.get()
        assert answer.status_code == 201
        assert answer.json() == {"id": entry.id, **PERSON, "time": answer.json()["time"]}
        assert dt.datetime.fromisoformat(answer.json()["time"]) == entry.time
        assert before <= entry.time <= timezone.now()

    def test_takes_a_form_too(self):
        answer = self.post("firstname=Arvin&lastname=Cudanin&gate=A", "application/x-www-form-urlencoded")
        assert (answer.status_code, Entry.objects.get().lastname) == (201, "Cudanin")

    def test_one_query(self):
        with self.assertNumQueries(1):
            self.post(PERSON)

    def test_the_client_sets_neither_id_nor_time(self):
        answer = self.post({**PERSON, "id": 4711, "time": "2001-01-01T00:00:00Z"})
        assert answer.json()["id"] != 4711
        assert Entry.objects.get().time.year == timezone.now().year

    def test_every_wrong_field_is_named_at_once(self):
        answer = self.post({"firstname": 5, "lastname": "", "more": "x"})
        assert answer.status_code == 400
        assert answer.json() == {
            "firstname": ["Not a valid string."],
            "lastname": ["This field may not be blank."],
            "gate": ["This field is required."],
        }
        assert not Entry.objects.exists()

    def test_values_that_are_no_name(self):
        space = "No control characters, and no space at the beginning or the end."
        for value, message in {
            " ": space,
            " A": space,
            "A\n": space,
            "A\x00B": space,
            "A" * 101: "Ensure this field has no more than 100 characters.",
        }.items():
            with self.subTest(value=value):
                answer = self.post({**PERSON, "firstname": value})
                assert (answer.status_code, answer.json()) == (400, {"firstname": [message]})

    def test_names_of_any_script(self):
        for value in ("Ærøskøbing", "李 小龍", "O'Neil-Šimůnek", "🙂"):
            with self.subTest(value=value):
                assert self.post({**PERSON, "firstname": value}).json()["firstname"] == value

    def test_what_is_no_json_object(self):
        for body in ("", "{", "[]", '"text"', "null", '{"firstname": "\\ud800"}'):
            with self.subTest(body=body):
                assert self.post(body).status_code == 400
        assert self.post("<x/>", "text/xml").status_code == 415
        assert self.client.get("/table/create").status_code == 405


class SheetTests(TestCase):
    def sheet(self, day, **query):
        return self.client.get(f"/table/view/date:{day}", query)

    def names(self, day):
        return [row["firstname"] for row in self.sheet(day).json()["results"]]

    @override_settings(TIME_ZONE="Europe/Berlin")
    def test_a_day_begins_and_ends_where_people_are(self):
        for name, time in {
            "before": dt.datetime(2019, 6, 23, 23, 59, 59, tzinfo=BERLIN),
            "first": dt.datetime(2019, 6, 24, tzinfo=BERLIN),
            "last": dt.datetime(2019, 6, 24, 23, 59, 59, 999999, tzinfo=BERLIN),
            "after": dt.datetime(2019, 6, 25, tzinfo=BERLIN),
        }.items():
            create(firstname=name, time=time)
        assert self.names("20190624") == ["first", "last"]
        assert self.sheet("20190624").json()["results"][0]["time"] == "2019-06-24T00:00:00+02:00"

    @override_settings(TIME_ZONE="Europe/Berlin")
    def test_a_day_of_25_hours(self):
        create(firstname="late", time=dt.datetime(2019, 10, 27, 22, 30, tzinfo=dt.UTC))
        create(firstname="next", time=dt.datetime(2019, 10, 27, 23, 0, tzinfo=dt.UTC))
        assert (self.names("20191027"), self.names("20191028")) == (["late"], ["next"])

    def test_in_the_order_of_their_coming(self):
        noon = dt.datetime(2019, 6, 24, 12, tzinfo=dt.UTC)
        for name, minutes in {"b": 5, "c": 9, "a": 0}.items():
            create(firstname=name, time=noon + dt.timedelta(minutes=minutes))
        assert self.names("20190624") == ["a", "b", "c"]

    def test_pages(self):
        noon = dt.datetime(2019, 6, 24, 12, tzinfo=dt.UTC)
        Entry.objects.bulk_create(Entry(**{**PERSON, "firstname": f"{n:03}"}, time=noon) for n in range(105))
        first, second = self.sheet("20190624").json(), self.sheet("20190624", page=2).json()
        assert [first["count"], len(first["results"]), len(second["results"])] == [105, 100, 5]
        assert first["next"] == "http://testserver/table/view/date:20190624?page=2"
        assert (first["previous"], second["next"]) == (None, None)
        rows = [row["firstname"] for row in first["results"] + second["results"]]
        assert rows == [f"{n:03}" for n in range(105)]
        assert len(self.sheet("20190624", page_size=1000).json()["results"]) == 105

    def test_as_many_queries_for_one_as_for_many(self):
        noon = dt.datetime(2019, 6, 24, 12, tzinfo=dt.UTC)
        for number in (1, 50):
            Entry.objects.bulk_create(Entry(**PERSON, time=noon) for _ in range(number))
            with self.assertNumQueries(2):  # how many there are, and those of the page
                self.sheet("20190624")

    def test_the_index_is_used(self):
        noon = dt.datetime(2019, 6, 24, 12, tzinfo=dt.UTC)
        Entry.objects.bulk_create(Entry(**PERSON, time=noon + dt.timedelta(hours=n)) for n in range(5000))
        plan = Entry.objects.of_day(dt.date(2019, 7, 1)).explain()
        assert "entry_time_id" in plan

    def test_what_is_no_date(self):
        for day in ("2019", "20190230", "20191301", "00000101", "2019062\uff14", "yesterday", "-1"):
            with self.subTest(day=day):
                answer = self.sheet(day)
                words = f"'{day}' is no date. Expected is YYYYMMDD, for example 20190624."
                assert (answer.status_code, answer.json()) == (400, {"date": [words]})

    def test_the_ends_of_the_calendar(self):
        for day in ("00010101", "99991231"):
            assert self.sheet(day).json()["count"] == 0

    def test_what_is_no_page(self):
        for name, value in (("page", "0"), ("page", "x"), ("page_size", "0"), ("page_size", "1001")):
            with self.subTest(name=name, value=value):
                answer = self.sheet("20190624", **{name: value})
                assert (answer.status_code, list(answer.json())) == (400, [name])
        assert self.sheet("20190624", page=2).status_code == 404


# Files under their own names: nothing has to be collected beforehand.
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@override_settings(STORAGES=PLAIN)
class PageTests(TestCase):
    def test_admin_answers_a_health_check_without_a_redirect_and_without_the_database(self):
        with self.assertNumQueries(0):
            answer = self.client.get("/admin")
        self.assertContains(answer, "Log in", status_code=200)

    def test_one_can_sign_in_at_admin_and_gets_to_the_entries(self):
        get_user_model().objects.create_superuser("chief", "chief@example.com", "s3cret-Passw0rd")
        answer = self.client.post("/admin", {"username": "chief", "password": "s3cret-Passw0rd"})
        self.assertRedirects(answer, "/admin/")
        self.assertRedirects(self.client.get("/admin"), "/admin/")
        create(time=timezone.now())
        self.assertContains(self.client.get("/admin/table/entry/"), "Cudanin")

    def test_the_index_leads_to_everything(self):
        create(time=timezone.now())
        with self.assertNumQueries(1):
            found = self.client.get("/table").json()
        assert (found["entries"], found["time_zone"]) == (1, "UTC")
        assert self.client.get(found["today"]).json()["count"] == 1
        assert self.client.post(found["create"], PERSON, content_type="application/json").status_code == 201
        assert self.client.get(found["docs"]).status_code == 200

    def test_a_browser_gets_a_page_of_the_index(self):
        answer = self.client.get("/table", headers={"accept": "text/html"})
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"

    def test_pages_load_nothing_from_elsewhere(self):
        for path in ("/docs", "/admin", "/table"):
            text = self.client.get(path, headers={"accept": "text/html"}).content.decode()
            with self.subTest(path=path):
                assert not re.search(
                    r"(?:src|href)=[\"']?(?:https?:)?//(?!testserver|www\.django-rest-framework)", text
                )
        self.assertContains(self.client.get("/docs"), "drf_spectacular_sidecar")

    def test_the_request_id_comes_back(self):
        given = self.client.get("/table", headers={"x-request-id": "abc-1"})
        assert given.headers["X-Request-ID"] == "abc-1"
        assert re.search(r"^[0-9a-f]{32}$", self.client.get("/admin").headers["X-Request-ID"])

    def test_probes(self):
        with self.assertNumQueries(0):
            assert self.client.get("/healthz").status_code == 200
        with self.assertNumQueries(1):
            assert self.client.get("/readyz").status_code == 200
