"""The few kinds of panels that the dashboards are made of, and the frame around them."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from grafana_foundation_sdk.builders import common, dashboard, prometheus
from grafana_foundation_sdk.builders import stat as stat_builder
from grafana_foundation_sdk.builders import table as table_builder
from grafana_foundation_sdk.builders import timeseries as timeseries_builder
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from pocdeploy.monitoring.scope import WatchedApp

SOURCE = model.DataSourceRef(type_val="prometheus", uid="prometheus")
"""The data source that kube-prometheus-stack provisions."""

Query = tuple[str, str]
"""PromQL, and what a series is called in the legend."""
Steps = Sequence[tuple[float | None, str]]
"""From which value on which colour; the first begins with None."""

LIGHT: Steps = ((None, "red"), (0.01, "orange"), (1, "green"))
"""A share of what should be there: none, some, all."""
LIGHT_WORDS = {"0": ("down", "red"), "1": ("well", "green")}
NEUTRAL: Steps = ((None, "text"),)
GOOD_IF_NONE: Steps = ((None, "green"), (1, "red"))
USED: Steps = ((None, "green"), (0.7, "orange"), (0.8, "red"))
"""Share of something that must not run out; red where the alert begins."""


def board(uid: str, title: str, description: str, *, apps: Sequence[WatchedApp] = ()) -> dashboard.Dashboard:
    """Return an empty dashboard that links to the others; with ``apps``, one of them is chosen at its top."""
    made = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["pocdeploy"])
        .readonly()
        .refresh("30s")
        .time("now-1h", "now")
        .timezone("browser")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("Dashboards")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags(["pocdeploy"])
            .include_vars(include_vars=True)
            .keep_time(keep_time=True)
        )
    )
    return made.with_variable(_choice(apps)) if apps else made


def _choice(apps: Sequence[WatchedApp]) -> dashboard.CustomVariable:
    options = [model.VariableOption(text=app.name, value=app.name, selected=app is apps[0]) for app in apps]
    choice = dashboard.CustomVariable("app").label("Application").values(",".join(app.name for app in apps))
    return choice.options(options).current(options[0]).allow_custom_value(allow_custom_value=False)


def _targets(queries: Iterable[Query], *, instant: bool, as_table: bool = False) -> list[Builder[Dataquery]]:
    made: list[Builder[Dataquery]] = []
    for letter, (expression, legend) in zip(string.ascii_uppercase, queries, strict=False):
        query = prometheus.Dataquery().expr(" ".join(expression.split())).ref_id(letter).legend_format(legend)
        query = query.instant() if instant else query.range()
        made.append(query.format(PromQueryFormat.TABLE) if as_table else query)
    return made


def _thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    return (
        dashboard.ThresholdsConfig()
        .mode(model.ThresholdsMode.ABSOLUTE)
        .steps([model.Threshold(value=value, color=color) for value, color in steps])
    )


def _mappings(words: Mapping[str, tuple[str, str]]) -> list[model.ValueMapping]:
    results = {
        value: model.ValueMappingResult(text=text, color=color, index=index)
        for index, (value, (text, color)) in enumerate(words.items())
    }
    return [model.ValueMap(options=results)] if results else []


def stat(
    title: str,
    query: str,
    *,
    legend: str = "",
    show: Literal["value", "name"] = "value",
    unit: str = "short",
    decimals: int | None = None,
    steps: Steps = NEUTRAL,
    words: Mapping[str, tuple[str, str]] | None = None,
    empty: str = "none",
    width: int = 4,
    height: int = 4,
    help_text: str = "",
) -> stat_builder.Panel:
    """Return a panel with one large figure, or with the name of a series.

    Args:
        title: title of the panel.
        query: PromQL, asked for the present moment.
        legend: name of each series.
        show: the value, or the name.
        unit: Grafana's unit of the value.
        decimals: digits after the point; as many as are needed by default.
        steps: colours by value.
        words: words with their colours instead of certain values.
        empty: what is shown where there is no series, or no number.
        width: in columns, of 24.
        height: in rows of the grid.
        help_text: what the figure means, shown at the title.
    """
    text_mode = looks.BigValueTextMode.NAME if show == "name" else looks.BigValueTextMode.VALUE
    panel = (
        stat_builder.Panel()
        .title(title)
        .description(help_text)
        .datasource(SOURCE)
        .targets(_targets([(query, legend)], instant=True))
        .unit(unit)
        .no_value(empty)
        .thresholds(_thresholds(steps))
        .mappings(_mappings(words or {}))
        .color_mode(looks.BigValueColorMode.VALUE if steps == NEUTRAL else looks.BigValueColorMode.BACKGROUND)
        .graph_mode(looks.BigValueGraphMode.NONE)
        .text_mode(text_mode)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .span(width)
        .height(height)
    )
    return panel if decimals is None else panel.decimals(decimals)


def status_stat(title: str, query: str, *, help_text: str, height: int = 4) -> stat_builder.Panel:
    """Return a traffic light: ``query`` gives the share of what should be there, from 0 to 1."""
    return stat(
        title,
        query,
        unit="percentunit",
        decimals=0,
        steps=LIGHT,
        words=LIGHT_WORDS,
        height=height,
        help_text=help_text,
    )


def timeseries(
    title: str,
    *queries: Query,
    unit: str = "short",
    width: int = 8,
    height: int = 7,
    lowest: float | None = 0,
    highest: float | None = None,
    stacked: bool = False,
    help_text: str = "",
) -> timeseries_builder.Panel:
    """Return a panel with lines over time, one for each series of each query.

    Args:
        title: title of the panel.
        *queries: what is drawn.
        unit: Grafana's unit of the values.
        width: in columns, of 24.
        height: in rows of the grid.
        lowest: where the axis begins; None to fit the lines.
        highest: where it ends at least; None to fit the lines.
        stacked: areas upon each other instead of lines.
        help_text: what is drawn, shown at the title.
    """
    panel = (
        timeseries_builder.Panel()
        .title(title)
        .description(help_text)
        .datasource(SOURCE)
        .targets(_targets(queries, instant=False))
        .unit(unit)
        .line_width(1)
        .fill_opacity(40 if stacked else 10)
        .show_points(looks.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .display_mode(looks.LegendDisplayMode.LIST)
            .placement(looks.LegendPlacement.BOTTOM)
            .show_legend(show_legend=True)
        )
        .tooltip(common.VizTooltipOptions().mode(looks.TooltipDisplayMode.MULTI).sort(looks.SortOrder.DESCENDING))
        .span(width)
        .height(height)
    )
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(looks.StackingMode.NORMAL))
    if lowest is not None:
        panel = panel.min(lowest)
    return panel if highest is None else panel.axis_soft_max(highest)


def table(
    title: str,
    query: str,
    columns: Mapping[str, str],
    *,
    unit: str = "short",
    width: int = 12,
    height: int = 7,
    help_text: str = "",
) -> table_builder.Panel:
    """Return a table with a line for each series.

    Args:
        title: title of the panel.
        query: PromQL, asked for the present moment.
        columns: label -> heading, in order; ``Value`` is the value. Other labels are not shown.
        unit: Grafana's unit of the value.
        width: in columns, of 24.
        height: in rows of the grid.
        help_text: what is listed, shown at the title.
    """
    order = {label: place for place, label in enumerate(columns)}
    arrange = model.DataTransformerConfig(
        id_val="organize", options={"indexByName": order, "renameByName": dict(columns), "excludeByName": {}}
    )
    only = model.DataTransformerConfig(id_val="filterFieldsByName", options={"include": {"names": list(columns)}})
    return (
        table_builder.Panel()
        .title(title)
        .description(help_text)
        .datasource(SOURCE)
        .targets(_targets([(query, "")], instant=True, as_table=True))
        .transformations([only, arrange])
        .override_by_name(columns.get("Value", "Value"), [model.DynamicConfigValue(id_val="unit", value=unit)])
        .span(width)
        .height(height)
    )


def fill(
    made: dashboard.Dashboard,
    rows: Mapping[str, Sequence[stat_builder.Panel | timeseries_builder.Panel | table_builder.Panel]],
) -> None:
    """Put panels into a dashboard from left to right, each with a number of its own.

    Args:
        made: the dashboard.
        rows: heading -> panels below it; without panels there is no heading, and none for an empty text.
    """
    number = 0
    for heading, found in rows.items():
        if found and heading:
            number += 1
            made.with_row(dashboard.Row(heading).id(number))
        for panel in found:
            number += 1
            made.with_panel(panel.id(number))
