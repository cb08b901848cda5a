"""Find out how a source serves: command, port, user."""

from __future__ import annotations

import re

from pocdeploy.config.dependencies import json_map
from pocdeploy.config.source_files import SourceFiles
from pocdeploy.source import entrypoint
from pocdeploy.source.survey import compose
from pocdeploy.source.survey.application import Application
from pocdeploy.source.survey.report import Draft
from pocdeploy.source.survey.variables import searched

_MIGRATION = re.compile(
    r"flask db upgrade|alembic upgrade|manage\.py migrate|prisma migrate|rails db:\S+|rake db:\S+|knex migrate"
    r"|sequelize\S* db:migrate|artisan migrate|typeorm migration"
)
_PORT_IN_LINE = re.compile(
    r"(?:--port[ =]|--bind[ =]|--http[ =]|--listen[ =]|-p |-b |\brunserver )[\"']?(?:[\w.*\[\]]*:)?(\d{2,5})\b"
    r"|0\.0\.0\.0:(\d{2,5})\b"
)
_PORT_IN_CODE = {
    ".js": r"process\.env\.PORT\s*(?:\|\||\?\?)\s*[\"']?(\d{2,5})|\.listen\(\s*(\d{2,5})\b|\bPORT\s*=\s*(\d{4,5})\b",
    ".py": r"(?:environ\.get|getenv)\(\s*[\"']PORT[\"'],\s*[\"']?(\d{2,5})|\.run\([^)]*\bport\s*=\s*(\d{2,5})",
    ".go": r"(?:Listen(?:AndServe)?\w*\(\s*|Addr:\s*|\.Run\()\"[\w.]*:(\d{2,5})\"|\bport\s*:?=\s*\"(\d{4,5})\"",
    ".rb": r"ENV\.fetch\(?\s*[\"']PORT[\"']\s*[,)]?\s*\{?\s*[\"']?(\d{2,5})",
    ".properties": r"^server\.port\s*=\s*(?:\$\{\w+:)?(\d{2,5})",
    ".yml": r"^server:\s*\n(?:\s+.*\n)*?\s+port:\s*(?:\$\{\w+:)?(\d{2,5})",
}
_CODE = {end: re.compile(pattern, re.M) for end, pattern in _PORT_IN_CODE.items()}
_SAME = {".ts": ".js", ".mjs": ".js", ".cjs": ".js", ".yaml": ".yml"}


def find_port(draft: Draft, app: Application) -> None:
    """Add the port if it is not the framework's own; pocdeploy gives it to the application as PORT."""
    image, default = app.image, int(app.defaults.get("port", 8000))
    candidates = (
        (_in_line(str(draft.get("command") or "")), draft.reasons.get(("command",), "")),
        (_in_line(image.line), "command of the Dockerfile"),
        (_in_line(app.lines.get("web", "")), "Procfile"),
        (image.ports[0] if image.ports else None, "EXPOSE in the Dockerfile"),
        (int(image.env["PORT"]) if image.env.get("PORT", "").isdigit() else None, "PORT in the Dockerfile"),
        _in_code(app.files),
    )
    port, reason = next(((port, reason) for port, reason in candidates if port), (default, ""))
    if port < 1024:
        draft.miss(
            f"it listens on port {port} ({reason}); ports below 1024 need root: let it"
            " listen on 8080, by a variable or a patch"
        )
        port = 8080
    if port != default:
        draft.set("port", value=port, reason=reason)
    elif not reason and "PORT" not in app.read:
        draft.assume(f"it listens on port {default}")


def _in_line(line: str) -> int | None:
    match = _PORT_IN_LINE.search(line)
    return int(match[1] or match[2]) if match else None


def _in_code(files: SourceFiles) -> tuple[int | None, str]:
    for name in searched(files):
        end = name[name.rfind(".") :] if "." in name else ""
        pattern = _CODE.get(_SAME.get(end, end))
        match = pattern.search(files.text(name)) if pattern else None
        if pattern and match:
            number = int(next(filter(None, match.groups())))
            return number, f"{name}:{files.text(name).count(chr(10), 0, match.start()) + 1}"
    return None, ""


def find_user(draft: Draft, app: Application) -> None:
    """Add the user of the image, if it is a number other than the default."""
    image = app.image
    if image.user_id == 0 or image.user == "root":
        draft.assume("its image is for root; it runs as user 10001, who can write to /tmp alone")
    elif image.user_id not in {None, 10001}:
        draft.set("userId", value=image.user_id, reason=f"USER {image.user} in the Dockerfile")
    elif image.user and image.user_id is None:
        draft.assume(f"user {image.user} of its Dockerfile has no known number; it runs as 10001 (userId)")


def find_command(draft: Draft, app: Application) -> None:
    """Add the command that serves, where that of the image or of the Procfile also migrates, or where none is known."""
    web, words = app.lines.get("web", ""), app.image.command
    line = web or (words[2] if len(words) == 3 and words[:2] == ("sh", "-c") else "")
    if line and _MIGRATION.search(line):
        rest = [part.strip() for part in re.split(r"&&|;|\|\|", line) if not _MIGRATION.search(part)]
        if rest:
            reason = "without the migration, which runs before"
            draft.set("command", value=rest[-1].removeprefix("exec "), reason=reason)
    elif not web and not app.image.base:
        _own_command(draft, app)
    elif not web and not _serves(app):
        line, file = compose.command(app.source, app.place.context)
        if line:
            draft.set("command", value=line, reason=f"{file}; the image has no command")
        elif app.framework == "node" and "start" in (json_map(app.files.text("package.json")).get("scripts") or {}):
            draft.set("command", value="npm start", reason="package.json; the image has no command")
        else:
            _own_command(draft, app)
        if not draft.get("command"):
            draft.miss(f"{app.place.dockerfile} has no command that serves: set `command`")


def _serves(app: Application) -> bool:
    """Return whether the image starts a server by itself: it has a CMD, or an ENTRYPOINT that needs none."""
    image = app.image

    def scripts(name: str) -> list[str]:
        return [app.source.text(each) for each in app.source.matching(f"**/{name}")]

    own = image.entrypoint and not entrypoint.runs_arguments(image.entrypoint, "", scripts)
    return bool(image.command or own)


def _own_command(draft: Draft, app: Application) -> None:
    """Add the command that serves where no file of the source says it."""
    files, framework = app.files, str(app.framework)
    if framework in {"flask", "fastapi"} and (module := _module(files, framework)):
        server = f"gunicorn --bind 0.0.0.0:$PORT {module}"
        if framework == "fastapi":
            server = f"uvicorn --host 0.0.0.0 --port $PORT --proxy-headers --forwarded-allow-ips '*' {module}"
        draft.set("command", value=server, reason=_where(files, module))
    package = json_map(files.text("package.json"))
    if framework == "node" and "start" not in (package.get("scripts") or {}):
        main = str(package.get("main") or "")
        usual = ("server.js", "index.js", "app.js", "dist/main.js")
        entry = main or next((name for name in usual if files.has(name)), "")
        if entry:
            draft.set("command", value=f"node {entry}", reason="package.json has no script `start`")
        else:
            draft.miss("package.json has no script `start`: set `command`")


def _module(files: SourceFiles, framework: str) -> str | None:
    """Return ``module:name`` of the application object, or of the factory; None if there is none."""
    kind = "Flask" if framework == "flask" else "FastAPI"
    names = [name for name in files.matching("*.py", "*/*.py", "*/*/*.py") if name in set(searched(files))]
    made = rf"^(\w+)\s*(?::\s*\w+\s*)?=\s*(?:{kind}|create_app|make_app|get_application|create_application|get_app)\("
    for name in sorted(names, key=lambda name: (name.count("/"), not re.search(r"(wsgi|asgi|app|main)\.py$", name))):
        if match := re.search(made, files.text(name), re.M):
            return f"{_dotted(name)}:{match[1]}"
    for name in names:
        if match := re.search(r"^def (create_app|make_app)\(", files.text(name), re.M):
            factory = f"{_dotted(name)}:{match[1]}"
            return f"'{factory}()'" if framework == "flask" else f"--factory {factory}"
    return None


def _dotted(name: str) -> str:
    return name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def _where(files: SourceFiles, module: str) -> str:
    path = module.strip("'").removeprefix("--factory ").partition(":")[0].replace(".", "/")
    return next((name for name in (f"{path}.py", f"{path}/__init__.py") if files.has(name)), "")
