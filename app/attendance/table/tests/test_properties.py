"""Properties: for any input, not for examples."""

import datetime as dt
import logging
import zoneinfo

import schemathesis
from django.test import LiveServerTestCase, override_settings
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from schemathesis.specs.openapi.checks import positive_data_acceptance

from table.fields import PATTERN
from table.models import Entry

WORDS = st.from_regex(PATTERN, fullmatch=True).filter(lambda text: 0 < len(text) <= 20 and text.isprintable())
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns"])
DATES = st.dates(dt.date(1990, 1, 1), dt.date(2040, 12, 31))
PATIENT = settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))


def setUpModule():
    logging.disable(logging.CRITICAL)


def tearDownModule():
    logging.disable(logging.NOTSET)


class PropertyTests(TestCase):
    @PATIENT
    @given(firstname=WORDS, lastname=WORDS, gate=WORDS)
    def test_what_is_created_is_on_the_sheet_of_today_unchanged(self, firstname, lastname, gate):
        person = {"firstname": firstname, "lastname": lastname, "gate": gate}
        made = self.client.post("/table/create", person, content_type="application/json")
        assert made.status_code == 201, made.content
        assert {key: made.json()[key] for key in person} == person
        day = f"{Entry.objects.get().time:%Y%m%d}"
        assert self.client.get(reverse("sheet", args=[day])).json()["results"] == [made.json()]

    @PATIENT
    @given(zone=ZONES, day=DATES, seconds=st.integers(0, 30 * 3600))
    def test_every_moment_is_on_the_sheet_of_its_local_date_and_on_no_other(self, zone, day, seconds):
        with override_settings(TIME_ZONE=zone):
            local = zoneinfo.ZoneInfo(zone)
            start = dt.datetime.combine(day, dt.time(), local).astimezone(dt.UTC)
            time = start + dt.timedelta(seconds=seconds)
            Entry.objects.create(firstname="A", lastname="B", gate="C", time=time)
            days = [time.astimezone(local).date() + dt.timedelta(days=shift) for shift in (-1, 0, 1)]
            found = [Entry.objects.of_day(date).count() for date in days]
            assert found == [0, 1, 0]

    @PATIENT
    @given(text=st.text(st.characters(codec="utf-8", exclude_characters="/?#"), min_size=1))
    def test_any_text_for_a_date_is_answered_with_a_sheet_or_the_reason(self, text):
        answer = self.client.get(reverse("sheet", args=[text]))
        assert answer.status_code in (200, 400)
        assert (["count", "next", "previous", "results"] if answer.status_code == 200 else ["date"]) in [
            [*answer.json()]
        ]

    @PATIENT
    @given(number=st.integers(0, 30), page_size=st.integers(1, 12))
    def test_pages_hold_every_entry_once(self, number, page_size):
        noon = dt.datetime(2019, 6, 24, 12, tzinfo=dt.UTC)
        made = Entry.objects.bulk_create(Entry(firstname="A", lastname="B", gate="C", time=noon) for _ in range(number))
        found, url = [], f"/table/view/date:20190624?page_size={page_size}"
        while url:
            page = self.client.get(url).json()
            found += [row["id"] for row in page["results"]]
            url = page["next"]
        assert found == [entry.id for entry in made]


class SchemaTests(LiveServerTestCase):
    """Schemathesis makes requests from the schema, right ones and wrong ones, and holds every answer against it."""

    def test_every_answer_is_as_the_schema_says(self):
        schema = schemathesis.openapi.from_url(f"{self.live_server_url}/schema")
        operations = [each.ok() for each in schema.get_all_operations()]
        assert len(operations) == 3
        for operation in operations:
            takes_anything = bool(operation.body or [*operation.iter_parameters()])
            # Without a parameter there is nothing that could be wrong.
            for mode in schemathesis.GenerationMode if takes_anything else [schemathesis.GenerationMode.POSITIVE]:
                with self.subTest(operation=operation.label, mode=mode):
                    self.check(operation.as_strategy(generation_mode=mode))

    def check(self, cases):
        @PATIENT
        @given(case=cases)
        def answers(case):
            # Eight digits are right for the schema; which of them are a date no pattern says.
            excluded = [positive_data_acceptance] if "{day}" in case.path else []
            case.call_and_validate(excluded_checks=excluded)

        answers()
