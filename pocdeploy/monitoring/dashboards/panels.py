"""The kinds of panels in the dashboards, and the dashboard around them.

For all panels: a query is PromQL, ``unit`` is Grafana's unit of the values, ``width`` is in columns of the grid (24),
``height`` in its rows, and ``help_text`` is the description at the title.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeVar

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

Panel = TypeVar("Panel", stat_builder.Panel, timeseries_builder.Panel, table_builder.Panel)
Query = tuple[str, str]
"""PromQL, and the legend of its series."""
Steps = Sequence[tuple[float | None, str]]
"""Colours, each with the value at which it begins; the first begins with None."""

STATUS_STEPS: Steps = ((None, "red"), (0.01, "orange"), (1, "green"))
"""For the available part of what is expected: none, some, all."""
STATUS_WORDS = {"0": ("down", "red"), "1": ("well", "green")}
NEUTRAL: Steps = ((None, "text"),)
GOOD_IF_NONE: Steps = ((None, "green"), (1, "red"))
USED: Steps = ((None, "green"), (0.7, "orange"), (0.8, "red"))
"""For the used part of a limited resource; red where the alert begins."""


def new_dashboard(uid: str, title: str, description: str, *, apps: Sequence[WatchedApp] = ()) -> dashboard.Dashboard:
    """Return an empty dashboard with links to the others; with ``apps``, it has a menu to select one of them."""
    empty = (
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
    return empty.with_variable(_choice(apps)) if apps else empty


def _choice(apps: Sequence[WatchedApp]) -> dashboard.CustomVariable:
    options = [model.VariableOption(text=app.name, value=app.name, selected=app is apps[0]) for app in apps]
    choice = dashboard.CustomVariable("app").label("Application").values(",".join(app.name for app in apps))
    return choice.options(options).current(options[0]).allow_custom_value(allow_custom_value=False)


def _targets(queries: Iterable[Query], *, instant: bool, as_table: bool = False) -> list[Builder[Dataquery]]:
    targets: list[Builder[Dataquery]] = []
    for letter, (expression, legend) in zip(string.ascii_uppercase, queries, strict=False):
        query = prometheus.Dataquery().expr(" ".join(expression.split())).ref_id(letter).legend_format(legend)
        query = query.instant() if instant else query.range()
        targets.append(query.format(PromQueryFormat.TABLE) if as_table else query)
    return targets


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


def _place(panel: Panel, title: str, *, width: int, height: int, help_text: str) -> Panel:
    return panel.title(title).description(help_text).datasource(SOURCE).span(width).height(height)


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
    """Return a panel with one large number, the current value of ``query``, or with the name of its series.

    Args of this panel only: ``legend`` names each series, ``decimals`` are digits after the point (None: as many as
    needed), ``steps`` are colours by value, ``words`` replace certain values with a text and a colour, ``empty`` is
    shown if there is no series or no number.
    """
    coloured = looks.BigValueColorMode.VALUE if steps == NEUTRAL else looks.BigValueColorMode.BACKGROUND
    panel = (
        _place(stat_builder.Panel(), title, width=width, height=height, help_text=help_text)
        .targets(_targets([(query, legend)], instant=True))
        .unit(unit)
        .no_value(empty)
        .thresholds(_thresholds(steps))
        .mappings(_mappings(words or {}))
        .color_mode(coloured)
        .graph_mode(looks.BigValueGraphMode.NONE)
        .text_mode(looks.BigValueTextMode.NAME if show == "name" else looks.BigValueTextMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )
    return panel if decimals is None else panel.decimals(decimals)


def status_stat(title: str, query: str, *, help_text: str, height: int = 4) -> stat_builder.Panel:
    """Return a traffic light; ``query`` is the available part of what is expected, from 0 to 1."""
    return stat(
        title,
        query,
        unit="percentunit",
        decimals=0,
        steps=STATUS_STEPS,
        words=STATUS_WORDS,
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

    Args of this panel only: the axis begins at ``lowest`` and ends at ``highest`` or above (None: fit the lines);
    ``stacked`` areas replace the lines.
    """
    panel = (
        _place(timeseries_builder.Panel(), title, width=width, height=height, help_text=help_text)
        .targets(_targets(queries, instant=False))
        .unit(unit)
        .line_width(1)
        .fill_opacity(40 if stacked else 10)
        .show_points(looks.VisibilityMode.NEVER)
        .legend(_legend_below())
        .tooltip(common.VizTooltipOptions().mode(looks.TooltipDisplayMode.MULTI).sort(looks.SortOrder.DESCENDING))
    )
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(looks.StackingMode.NORMAL))
    if lowest is not None:
        panel = panel.min(lowest)
    return panel if highest is None else panel.axis_soft_max(highest)


def _legend_below() -> common.VizLegendOptions:
    options = common.VizLegendOptions().display_mode(looks.LegendDisplayMode.LIST)
    return options.placement(looks.LegendPlacement.BOTTOM).show_legend(show_legend=True)


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
    """Return a table with a row for each current series of ``query``.

    ``columns`` is label -> heading, in order; ``Value`` is the value. Other labels are not shown.
    """
    order = {label: place for place, label in enumerate(columns)}
    arrange = model.DataTransformerConfig(
        id_val="organize", options={"indexByName": order, "renameByName": dict(columns), "excludeByName": {}}
    )
    only = model.DataTransformerConfig(id_val="filterFieldsByName", options={"include": {"names": list(columns)}})
    return (
        _place(table_builder.Panel(), title, width=width, height=height, help_text=help_text)
        .targets(_targets([(query, "")], instant=True, as_table=True))
        .transformations([only, arrange])
        .override_by_name(columns.get("Value", "Value"), [model.DynamicConfigValue(id_val="unit", value=unit)])
    )


def fill(
    board: dashboard.Dashboard,
    rows: Mapping[str, Sequence[stat_builder.Panel | timeseries_builder.Panel | table_builder.Panel]],
) -> None:
    """Add panels to ``board`` from left to right, each with its own number.

    ``rows`` is heading -> panels below it. A heading without text or without panels is not shown.
    """
    number = 0
    for heading, panels in rows.items():
        if panels and heading:
            number += 1
            board.with_row(dashboard.Row(heading).id(number))
        for panel in panels:
            number += 1
            board.with_panel(panel.id(number))
