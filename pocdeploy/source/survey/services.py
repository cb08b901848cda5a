"""Find out what a source calls beside its database: a cache, services on the internet."""

from __future__ import annotations

import re

from pocdeploy.source.survey.application import Application
from pocdeploy.source.survey.report import Draft

_ON_REDIS = frozenset(
    {
        "rq",
        "flask-rq2",
        "django-rq",
        "arq",
        "sidekiq",
        "resque",
        "bull",
        "bullmq",
        "bee-queue",
        "github.com/hibiken/asynq",
    }
)
"""Queues that work on nothing else."""
_QUEUES = _ON_REDIS | {"celery", "dramatiq", "huey"}
_CACHES = frozenset(
    {"redis", "django-redis", "aioredis", "ioredis", "redis-rb", "hiredis", "connect-redis", "@redis/client", "keydb"}
    | {"redis-client", "@upstash/redis", "flask-redis", "channels-redis", "fastapi-cache2", "predis/predis", "redix"}
    | {"github.com/redis/go-redis/v9", "github.com/go-redis/redis/v8", "github.com/gomodule/redigo"}
    | {"spring-boot-starter-data-redis"}
)
_REDIS_URL = re.compile(
    r"(?:\w+_)?REDIS_(?:TLS_|CACHE_)?UR[IL]|CELERY_(?:BROKER_URL|RESULT_BACKEND)|BROKER_URL|RQ_REDIS_URL|CACHE_URL"
)
_REDIS_HOST = re.compile(r"(?:\w+_)?(?:REDIS|VALKEY)_(?:HOST|HOSTNAME|SERVER)")
_AMQP = re.compile(r"AMQP|RABBIT")
_SERVICES = {
    "S3": ("boto3", "aws-sdk-s3", "@aws-sdk/client-s3"),
    "a file storage": ("django-storages", "google-cloud-storage", "minio"),
    "e-mail": ("sendgrid", "django-anymail", "nodemailer", "flask-mail", "emails", "spring-boot-starter-mail"),
    "Sentry": ("sentry-sdk", "sentry-ruby", "@sentry/node"),
    "sign-in providers": ("django-allauth", "authlib", "mozilla-django-oidc", "omniauth"),
    "Stripe": ("stripe",),
    "Twilio": ("twilio", "twilio-ruby"),
    "a language model": ("openai", "anthropic", "ruby-openai"),
    "HTTP": ("requests", "httpx", "aiohttp", "axios", "node-fetch", "got", "faraday", "octokit", "plaid", "feedparser"),
}
"""What an application calls -> packages that show it."""
_SMTP = re.compile(r"(?:\w+_)?(?:EMAIL|SMTP|MAIL)_(?:HOST|SERVER|ADDRESS|URL)")


def find_cache(draft: Draft, app: Application) -> None:
    """Add a cache, or a queue, if packages and variables show one."""
    packages, read = app.packages, app.read
    packs = [name for name in packages if name in _QUEUES | _CACHES]
    named = [name for name in read if _REDIS_URL.fullmatch(name) or _REDIS_HOST.fullmatch(name)]
    is_sure = any(name in _CACHES | _ON_REDIS for name in packs) or any("REDIS" in name for name in named)
    other = next((variable for name, variable in read.items() if _AMQP.search(name)), None)
    if other and not is_sure and packages.keys() & _QUEUES:
        draft.miss(
            f"{other.where} reads {other.name}, the URL of a RabbitMQ, which pocdeploy does not run: set it as a secret"
            " and open `connections`, or use Redis (the package redis, and `cache: {queue: true}`)"
        )
    if not packs or not is_sure or ("solid_queue" in packages and not named):
        return
    queues = [name for name in packs if name in _QUEUES]
    why = f"{packages[packs[0]]}: {', '.join(packs[:3])}"
    if queues:
        draft.set("cache", "queue", value=True, reason=f"{why}; nothing in it is forgotten")
    else:
        draft.set("cache", value=True, reason=why)
    for name in named:
        if name in {"REDIS_URL", "CACHE_URL"} or "_TLS_" in name:
            continue
        if _REDIS_URL.fullmatch(name):
            draft.set("env", name, value="$(REDIS_URL)", reason=read[name].where)
        else:
            draft.miss(
                f"{read[name].where} reads {name}; set it and its password in env, or patch it to read REDIS_URL"
            )
    if "rq" in packages:
        draft.set("env", "RQ_REDIS_URL", value="$(REDIS_URL)", reason="the command rq reads it")
    if not named:
        draft.assume("it reads REDIS_URL, which an application with a cache gets")


def find_connections(draft: Draft, app: Application) -> None:
    """Open the internet if packages or variables show that the application calls other services."""
    found = {what: app.packages[name] for what, names in _SERVICES.items() for name in names if name in app.packages}
    for name, variable in app.read.items():
        if _SMTP.fullmatch(name):
            found.setdefault("e-mail", variable.where)
    if found:
        names = ", ".join(list(found)[:4])
        draft.set("connections", "internet", value=True, reason=f"{names} ({next(iter(found.values()))})")
        draft.assume(f"it calls services on the internet ({names}); `internet: false` blocks them all")
    if any(name in app.packages for name in ("elasticsearch", "elasticsearch-dsl", "opensearch-py")):
        draft.miss("it can use Elasticsearch, which pocdeploy does not run")
