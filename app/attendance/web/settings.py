"""Settings, all from the environment; see each variable where it is read."""

import os
from pathlib import Path

from web import environment, logs

BASE_DIR = Path(__file__).resolve().parent.parent

# Signs sessions and tokens: the same for all processes, and secret.
SECRET_KEY = environment.required("SECRET_KEY", "Give it a long random value.")

# Shows settings and source code in error pages: never on in production.
DEBUG = environment.is_on("DEBUG")

# Host names (without port) and origins (scheme://host[:port]) that the site is reached at.
ALLOWED_HOSTS = environment.items("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = environment.items("CSRF_TRUSTED_ORIGINS")

# TLS ends at the proxy in front, which sets this header itself and drops what clients send.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Off by default: browsers do not send secure cookies back over plain http.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = environment.is_on("SECURE_COOKIES")

INSTALLED_APPS = [
    "table",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_prometheus",
    "rest_framework",
    "drf_spectacular",
    # The page for the schema, served from here: a browser needs no other site.
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "web.request_id.RequestIdMiddleware",
    "web.health.HealthMiddleware",
    "web.metrics.BeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "web.metrics.AfterMiddleware",
]

ROOT_URLCONF = "web.urls"
WSGI_APPLICATION = "web.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "web.postgresql",
        "NAME": os.environ.get("DATABASE_NAME", "myapp_db"),
        "USER": os.environ.get("DATABASE_USER", "postgres"),
        # No default: a password in the source is known to everybody.
        "PASSWORD": os.environ.get("DATABASE_PASSWORD", ""),
        "HOST": os.environ.get("DATABASE_HOSTNAME", "myapp-database"),
        "PORT": os.environ.get("DATABASE_PORT", "5432"),
        # Connections are kept for a minute and looked at before use, so that a failover costs no failed request
        # beyond those that were under way.
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # Seconds, then milliseconds without an acknowledgement: a server that vanished is given up soon.
        "OPTIONS": {"connect_timeout": 3, "tcp_user_timeout": 5000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LOGIN_REDIRECT_URL = "admin:index"

LANGUAGE_CODE = "en-us"
# Where a day of the attendance sheet begins and ends. What is stored does not depend on it.
TIME_ZONE = environment.time_zone("TIME_ZONE")
USE_TZ = True

STATIC_URL = "static/"
# Where ``collectstatic`` puts the files, and WhiteNoise serves them from. Their names contain a hash of their content,
# so that browsers may keep them for ever.
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

REST_FRAMEWORK = {
    # Gates report without signing in; only the administration has users. Without cookies there is nothing to forge.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.FormParser"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "table.pagination.Pages",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Attendance",
    "DESCRIPTION": "Who came through which gate, and when.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    # What comes in has other fields than what goes out.
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# Seconds. The library's buckets begin at 10 ms, where most answers and nearly all queries are done.
PROMETHEUS_LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, float("inf"))

# Without handlers of its own (stderr, mail to the administrators) Django's logger hands everything to the root.
LOGGING = logs.config(
    {"django": {"handlers": [], "propagate": True}}, level=os.environ.get("LOG_LEVEL", "INFO").upper()
)
