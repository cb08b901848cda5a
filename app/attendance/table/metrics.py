"""What the application counts itself; requests and queries are counted by django-prometheus."""

from prometheus_client import Counter

ENTRIES = Counter("attendance_entries", "Entries that were made.")
