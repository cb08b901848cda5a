"""The attendance sheet."""

import datetime as dt

from django.db import models
from django.utils import timezone


class EntryQuerySet(models.QuerySet):
    def of_day(self, day):
        """Entries of a date in the configured time zone, by a range: that is what the index is for."""
        zone = timezone.get_default_timezone()
        try:
            begin, end = (dt.datetime.combine(date, dt.time(), zone) for date in (day, day + dt.timedelta(days=1)))
            return self.filter(time__gte=begin.astimezone(dt.UTC), time__lt=end.astimezone(dt.UTC))
        except OverflowError:  # at either end of the calendar, where nobody came
            return self.none()


class Entry(models.Model):
    """Somebody came through a gate."""

    firstname = models.CharField("first name", max_length=100)
    lastname = models.CharField("last name", max_length=100)
    gate = models.CharField(max_length=20)
    time = models.DateTimeField(default=timezone.now, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["time", "id"]
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["time", "id"], name="entry_time_id")]

    def __str__(self):
        return f"{self.firstname} {self.lastname} at {self.gate}"
