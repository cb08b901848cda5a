"""Settings of the variables that a source reads: keys, hosts, debug mode, and those that only a person knows."""

from __future__ import annotations

import re

from pocdeploy.config import frameworks
from pocdeploy.secret_names import names_a_secret
from pocdeploy.source.survey.application import Application
from pocdeploy.source.survey.database import URL_PARTS
from pocdeploy.source.survey.report import Draft
from pocdeploy.source.survey.variables import Variable, searched

SECRET_KEY = "SECRET_KEY"  # noqa: S105 -- the name of a variable
_KEYS = (
    "SECRET_KEY",
    "DJANGO_SECRET_KEY",
    "SECRET_KEY_BASE",
    "APP_KEY",
    "APP_SECRET",
    "SESSION_SECRET",
    "SESSION_KEY",
    "FLASK_SECRET_KEY",
)
_OWN_KEY = re.compile(r"(?:\w+_)?(?:SECRET_KEY|SECRET_KEY_BASE|APP_KEY|APP_SECRET|SESSION_SECRET)")
_VENDOR = re.compile(
    r"(?:\w+_)?(STRIPE|AWS|S3|MINIO|CLOUDFLARE|GOOGLE|TWITTER|GITHUB|FACEBOOK|OPENAI|PLAID|OIDC|OAUTH|RECAPTCHA|HCAPTCHA)_"
)
"""Keys of other services, which are not generated."""
_GIVEN = re.compile(
    r"PORT|METRICS_PORT|ALLOWED_HOSTS|CSRF_TRUSTED_ORIGINS|DATABASE_(URL|NAME|USER|PASSWORD|HOST|PORT)|REDIS_URL|CACHE_URL|SECRET_KEY"
    r"|ADMIN_(USERNAME|EMAIL|PASSWORD)|PATH|HOME|TZ|LANG|HOSTNAME|NODE_ENV|RAILS_ENV|RACK_ENV|PROMETHEUS_MULTIPROC_DIR"
)
_FURTHER_URL = re.compile(r"(?!DATABASE_URL$)(?!.*(TEST|REDIS))\w*(DATABASE|POSTGRES|SQLALCHEMY|DB)\w*_UR[IL]")
"""Of an application that reads its database from several variables."""
_FROM = re.compile(
    r"\bSECRET_KEY[\"']?\]?\s*[=:]\s*(?:\w|\.)*(?:environ|env|config)\w*(?:\.\w+)?[\[(]\s*[\"'](\w+)[\"']", re.I
)
"""`SECRET_KEY = os.environ.get("ANY_NAME")`."""
_ADDRESS = re.compile(
    r"(?:APP|BASE|SITE|PUBLIC|ROOT|NEXTAUTH|AUTH|FRONTEND|BACKEND|SERVER|EXTERNAL|WEB|CANONICAL)_(?:URL|ROOT|HOST|DOMAIN|ORIGIN)|DOMAIN|PHX_HOST"
)


def set_variables(draft: Draft, app: Application) -> None:
    """Add the settings for the variables that the application reads and nothing sets yet."""
    default = str(app.defaults.get("secretKeyEnv", SECRET_KEY))
    keys = frameworks.get(app.framework).secret_keys if app.framework else ()
    taken = {*app.image.env, *(app.defaults.get("env") or {}), *(app.defaults.get("databaseEnv") or {}).values()}
    taken |= {*(draft.get("databaseEnv") or {}).values()}
    read = app.read
    _set_key(draft, app, keys, default)
    for name, variable in read.items():
        if name in taken or name == draft.get("secretKeyEnv") or name in (draft.get("env") or {}):
            continue
        if name != "ALLOWED_HOSTS" and name.endswith("ALLOWED_HOSTS"):
            draft.set("env", name, value="$(ALLOWED_HOSTS)", reason=variable.where)
        elif name != "CSRF_TRUSTED_ORIGINS" and name.endswith("CSRF_TRUSTED_ORIGINS"):
            draft.set("env", name, value="$(CSRF_TRUSTED_ORIGINS)", reason=variable.where)
        elif re.search(r"(^|_)DEBUG$", name) and re.match(
            r"\W*[\"']?(true|1|on|yes)\b", variable.default.lstrip(",) "), re.I
        ):
            draft.set("env", name, value="False", reason=f"{variable.where}: debug mode is on without it")
        elif re.search(r"SECURE_SSL_REDIRECT$|FORCE_SSL$|FORCE_HTTPS$", name) and not re.match(
            r"\W*(false|0|no)\b", variable.default, re.I
        ):
            draft.set(
                "env",
                name,
                value="false" if "FORCE" in name else "False",
                reason=f"{variable.where}: this stack is reached by http",
            )
        elif variable.needed and draft.get("database") is not False and _FURTHER_URL.fullmatch(name):
            scheme = "postgresql+asyncpg" if "ASYNC" in name else "postgresql"
            draft.set("env", name, value=f"{scheme}://{URL_PARTS}", reason=f"{variable.where}: the same database")
        elif variable.needed and not _GIVEN.fullmatch(name):
            _ask_for(draft, name, variable)
        elif _ADDRESS.fullmatch(name):
            draft.miss(
                f"{variable.where} reads {name}: set it in env to the address of the application, if links or sign-in"
                " need it"
            )
    _report_https(draft, app)


def _report_https(draft: Draft, app: Application) -> None:
    production = app.files.text("config/environments/production.rb")
    if re.search(r"^\s*config\.force_ssl\s*=\s*true", production, re.M):
        draft.miss(
            "config/environments/production.rb redirects to https (force_ssl): on a stack without TLS patch it to false"
        )


def _set_key(draft: Draft, app: Application, keys: tuple[str, ...], default: str) -> None:
    """Name the variable with the generated key, if it is another one than the framework's."""
    read = app.read
    found = [name for name in dict.fromkeys((*keys, *_KEYS)) if name in read]
    prefixed = [name for name in read if _OWN_KEY.fullmatch(name) and not _VENDOR.match(name)]
    given = [
        match[1]
        for name in searched(app.files)
        if name.endswith(".py")
        for match in _FROM.finditer(app.files.text(name))
        if match[1] in read
    ]
    own = list(dict.fromkeys([*found, *given, *prefixed]))
    if default not in own and own:
        draft.set("secretKeyEnv", value=own[0], reason=read[own[0]].where)
    main = draft.get("secretKeyEnv") or default
    for name in own:
        if name != main and name not in {"SECRET_KEY", default} and name in keys:
            draft.set("env", name, value=f"$({main})", reason=f"{read[name].where}: the same generated key")


def _ask_for(draft: Draft, name: str, variable: Variable) -> None:
    if names_a_secret(name):
        draft.secrets[name] = variable.where
    else:
        draft.miss(f"{variable.where} ends without {name}: set it in env")
