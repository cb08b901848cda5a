"""The tables of docs/configuration.md, from models and the texts below their fields."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pocdeploy.config import Resources
from pocdeploy.config.resources import default_resources
from pocdeploy.config.types import Model
from tools import configuration_page


class Wheel(Model):
    size: int
    """Size in inches; see docs/your-app.md#wheels."""


class Base(Model):
    colour_name: str | None = None
    """Colour; default: red, in winter `blue`."""


class Vehicle(Base):
    spare: dict[str, Annotated[Wheel | None, Field(description="x")]] = {}
    """More wheels."""
    wheels: tuple[Wheel, ...] = ()
    front: Wheel | None = None
    """The first wheel."""
    version: Annotated[str, Field(max_length=9)] = "18"
    """Version as a text."""
    names: tuple[str, ...] = ("a", "b")
    """Names,
    on two lines."""
    resources: Resources = default_resources("1", "1Gi", "2", "2Gi")
    """Requests and limits."""
    hidden: int = 1


def test_each_field_with_a_text_is_a_row() -> None:
    assert list(configuration_page.keys(Vehicle)) == [
        ("colourName", "red, in winter `blue`", "Colour."),
        ("spare", "`{}`", "More wheels."),
        ("spare.<name>.size", "required in `spare.<name>`", "Size in inches; see docs/your-app.md#wheels."),
        ("wheels[].size", "required in `wheels[]`", "Size in inches; see docs/your-app.md#wheels."),
        ("front", "none", "The first wheel."),
        ("front.size", "required in `front`", "Size in inches; see docs/your-app.md#wheels."),
        ("version", '`"18"`', "Version as a text."),
        ("names", "`[a, b]`", "Names, on two lines."),
        (
            "resources",
            '`{requests: {cpu: "1", memory: 1Gi}, limits: {cpu: "2", memory: 2Gi}}`',
            "Requests and limits.",
        ),
    ]


def test_other_pages_become_links() -> None:
    row = next(line for line in configuration_page.table("apps").splitlines() if "`database.storage`" in line)
    assert "[database](database.md#storage)" in row


def test_a_link_to_the_page_itself_has_no_file_name() -> None:
    row = next(line for line in configuration_page.table("apps").splitlines() if "| `env` |" in line)
    assert "[configuration](#secrets)" in row


def test_only_what_is_between_the_markers_changes() -> None:
    page = "before\n<!-- table: processes -->\nold\n<!-- end -->\nafter\n"
    made = configuration_page.render(page)
    assert made.startswith("before\n<!-- table: processes -->\n\n| Key | Default | Meaning |\n")
    assert made.endswith("\n<!-- end -->\nafter\n")
    assert "old" not in made
    assert configuration_page.render(made) == made
