"""Fields that take exactly what the schema says."""

import contextlib
import datetime as dt
import re

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

PATTERN = r"^[^\x00-\x20\x7f-\xa0]([^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0])?$"
"""No control characters, and no space at either end; written so that it means the same in every language."""


@extend_schema_field({"type": "string", "pattern": PATTERN})
class Text(serializers.CharField):
    """A text as the schema says: a number is refused rather than turned into one, a space rather than cut off."""

    default_error_messages = {"pattern": "No control characters, and no space at the beginning or the end."}

    def __init__(self, **options):
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        # Not match: its $ would let a line feed through at the end.
        if re.fullmatch(PATTERN, data) is None:
            self.fail("pattern")
        return data


def day(text):
    """The date that YYYYMMDD stands for; ValidationError if it stands for none."""
    # Only ASCII: \d takes the digits of every script.
    if re.fullmatch(r"[0-9]{8}", text):
        with contextlib.suppress(ValueError):
            return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    raise serializers.ValidationError({"date": [f"{text!r} is no date. Expected is YYYYMMDD, for example 20190624."]})
