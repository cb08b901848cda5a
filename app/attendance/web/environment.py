"""Read the environment, the only place that configuration comes from."""

import os
import zoneinfo

from django.core.exceptions import ImproperlyConfigured


def required(name, why):
    """The value of a variable that has to be set."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"The environment variable {name} is not set. {why}")
    return value


def is_on(name):
    """True if the variable is 1; anything else, and no value, means off."""
    return os.environ.get(name) == "1"


def items(name):
    """The parts of a comma-separated variable, none if it is not set."""
    return [item.strip() for item in os.environ.get(name, "").split(",") if item.strip()]


def time_zone(name):
    """The name of a time zone, UTC if the variable is not set."""
    value = os.environ.get(name) or "UTC"
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ImproperlyConfigured(f"{name}={value} is no time zone. Accepted: for example Europe/Berlin.") from error
    return value
