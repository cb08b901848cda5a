"""The example entries."""

import io

from django.core.management import call_command
from django.test import TestCase

from table.models import Entry


def seed():
    said = io.StringIO()
    call_command("seed", stdout=said)
    return said.getvalue().strip()


class SeedTests(TestCase):
    def test_adds_the_same_entries_once_and_leaves_others_alone(self):
        other = Entry.objects.create(firstname="Visitor", lastname="1", gate="A")

        assert seed() == "seed: 30 entries added, 0 were there"
        seeded = list(Entry.objects.values_list("lastname", "gate", "time"))
        assert seed() == "seed: 0 entries added, 30 were there"
        assert list(Entry.objects.values_list("lastname", "gate", "time")) == seeded
        assert Entry.objects.filter(pk=other.pk).exists()

    def test_the_sheet_of_a_day_has_them_in_order(self):
        seed()
        sheet = self.client.get("/table/view/date:20250107").json()
        assert [entry["lastname"] for entry in sheet["results"]] == [str(number) for number in range(1, 11)]
