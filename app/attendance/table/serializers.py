"""What comes in and goes out, as JSON."""

from rest_framework import serializers

from table.fields import Text
from table.models import Entry


class EntrySerializer(serializers.ModelSerializer):
    """An entry of the attendance sheet; the time is when it came in."""

    firstname = Text(max_length=100, help_text="First name.")
    lastname = Text(max_length=100, help_text="Last name.")
    gate = Text(max_length=20, help_text="Gate that the person came through, for example A.")

    class Meta:
        model = Entry
        fields = ["id", "firstname", "lastname", "gate", "time"]
        read_only_fields = ["id", "time"]


class PageSerializer(serializers.Serializer):
    """Which part of a sheet is wanted."""

    page = serializers.IntegerField(min_value=1, default=1, help_text="Page, from 1 on.")
    page_size = serializers.IntegerField(min_value=1, max_value=1000, default=100, help_text="Entries on a page.")


class IndexSerializer(serializers.Serializer):
    """Where everything is."""

    entries = serializers.IntegerField(help_text="Entries of today.")
    time_zone = serializers.CharField(help_text="Time zone that days are counted in.")
    create = serializers.URLField(help_text="POST a new entry here.")
    today = serializers.URLField(help_text="The sheet of today.")
    docs = serializers.URLField(help_text="This interface, described.")


class ErrorSerializer(serializers.Serializer):
    """Why a request was refused."""

    detail = serializers.CharField()
