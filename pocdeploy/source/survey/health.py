"""Find the paths by which a source says that it serves."""

from __future__ import annotations

import re

from pocdeploy.config.source_files import SourceFiles
from pocdeploy.source.survey.application import Application
from pocdeploy.source.survey.report import Draft
from pocdeploy.source.survey.variables import searched

HEALTH = (
    "healthz",
    "health",
    "healthcheck",
    "health-check",
    "health_check",
    "livez",
    "up",
    "_health",
    "ping",
    "heartbeat",
)
READY = ("readyz", "ready", "readiness", "health/ready", "healthz/ready")
_ROUTE = re.compile(
    r"(?P<object>\w+)\.(?:get|route|api_route|GET|Get|HandleFunc|Handle|all|use|add_url_rule)"
    r"\(\s*[\"'](?P<path>/[\w/.-]*)[\"']"
    r"|^\s*get\s+[\"']/?(?P<rails>[\w/.-]+)[\"']"
    r"|(?:^|[\[,(])\s*(?:re_)?path\(\s*r?[\"']\^?(?P<django>[\w/.-]+)\$?[\"']\s*,\s*(?!include)"
    r"|http\.HandleFunc\(\s*\"(?:GET )?(?P<go>/[\w/.-]*)\"",
    re.M,
)
_ROOTS = frozenset({"app", "application", "server", "fastify", "mux", "r", "e", "http"})
"""Usual names of the object of a whole application; the routes of others have a prefix."""
_NEXT = re.compile(r"(?:src/)?(?:app/(?P<app>[\w/-]+)/route|pages/(?P<page>api/[\w/-]+))\.[jt]sx?")


def find_health(draft: Draft, app: Application) -> None:
    """Add the paths for health checks; null, which is a TCP connection, if none is found."""
    if app.defaults.get("livePath"):
        return
    image, paths = app.image, _routes(app.files)
    if image.health and image.health not in {"", "/"}:
        paths = {image.health: "HEALTHCHECK in the Dockerfile", **paths}
        live = image.health
    else:
        live = next((path for word in HEALTH for path in paths if path.strip("/") == word), "")
        live = live or next((path for word in HEALTH for path in paths if path.rstrip("/").endswith(f"/{word}")), "")
    ready = next((path for word in READY for path in paths if path.strip("/") == word), "") or live
    if not live:
        if app.framework == "django":  # the data of the others has it
            draft.set("livePath", value=None, reason="no path for health checks was found: a TCP connection")
            draft.set("readyPath", value=None)
        draft.miss(
            "no path for health checks was found, so a pod counts as ready when its port is open (livePath, readyPath)"
        )
        return
    draft.set("livePath", value=live, reason=paths[live])
    draft.set("readyPath", value=ready, reason=paths[ready] if ready != live else "")


def _routes(files: SourceFiles) -> dict[str, str]:
    """Return the paths of the routes at the root of the application, with their places."""
    found: dict[str, str] = {}
    roots = _root_urls(files)
    for name in searched(files):
        text = files.text(name)
        for match in _ROUTE.finditer(text):
            if match["object"] and match["object"] not in _ROOTS:
                continue
            if match["django"] and name not in roots:
                continue
            path = match["path"] or match["go"] or f"/{(match['rails'] or match['django']).lstrip('/')}"
            found.setdefault(path, f"{name}:{text.count(chr(10), 0, match.start()) + 1}")
    for name in files.names:
        if page := _NEXT.fullmatch(name):
            found.setdefault(f"/{page['app'] or page['page']}", name)
    if "rails/health#show" in files.text("config/routes.rb"):
        found["/up"] = "config/routes.rb"
    return found


def _root_urls(files: SourceFiles) -> list[str]:
    """Return the files with the routes at the root of a Django project."""
    texts = (files.text(name) for name in searched(files) if "settings" in name)
    modules = {match[1] for text in texts if (match := re.search(r"ROOT_URLCONF\s*=\s*[\"']([\w.]+)", text))}
    return [f"{module.replace('.', '/')}.py" for module in modules]
