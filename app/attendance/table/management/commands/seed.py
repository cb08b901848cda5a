"""Entries to look at: the same ones every time, and none twice."""

import datetime as dt

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from table.models import Entry

GATES = ("A", "B", "North")
FIRST_DAY = dt.date(2025, 1, 6)
DAYS, ENTRIES_A_DAY = 3, 10
OPENING, PAUSE = dt.time(8, 0), dt.timedelta(minutes=7)


def entries():
    """What is to be there, day by day: who came when is what an entry is known by."""
    zone = timezone.get_default_timezone()
    for day in range(DAYS):
        opening = dt.datetime.combine(FIRST_DAY + dt.timedelta(days=day), OPENING, zone)
        for number in range(ENTRIES_A_DAY):
            person = {"firstname": "Visitor", "lastname": f"{number + 1}", "gate": GATES[number % len(GATES)]}
            yield {**person, "time": opening + number * PAUSE}


class Command(BaseCommand):
    help = "Adds the example entries that are not there yet; other entries stay."

    @transaction.atomic
    def handle(self, **_):
        news = [Entry.objects.get_or_create(**entry)[1] for entry in entries()]
        self.stdout.write(f"seed: {sum(news)} entries added, {len(news) - sum(news)} were there")
