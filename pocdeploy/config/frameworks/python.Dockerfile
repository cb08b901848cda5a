# Written by pocdeploy for a Python application without a Dockerfile of its own.
# PYTHON_IMAGE: base image. BUILD_PACKAGES, RUNTIME_PACKAGES: Debian packages, for example "gcc libpq-dev" and "libpq5".
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
ARG PIP_INDEX_URL
ARG PIP_TRUSTED_HOST
ARG BUILD_PACKAGES=""
RUN if [ -n "$BUILD_PACKAGES" ]; then \
      apt-get update && apt-get install --yes --no-install-recommends $BUILD_PACKAGES; fi
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv && python -m venv /opt/tools
WORKDIR /app
COPY . .
RUN set -e; \
    if [ -f uv.lock ]; then \
      /opt/tools/bin/pip install uv; \
      /opt/tools/bin/uv export --frozen --no-dev --no-emit-project --no-hashes --output-file /tmp/locked.txt; \
    elif [ -f poetry.lock ]; then \
      /opt/tools/bin/pip install poetry poetry-plugin-export; \
      /opt/tools/bin/poetry export --without-hashes --output /tmp/locked.txt; \
    elif [ -f Pipfile.lock ]; then \
      /opt/tools/bin/pip install pipenv; \
      /opt/tools/bin/pipenv requirements >/tmp/locked.txt; \
    fi; \
    if [ -f /tmp/locked.txt ]; then /opt/venv/bin/pip install --requirement /tmp/locked.txt; \
    elif [ -f requirements.txt ]; then /opt/venv/bin/pip install --requirement requirements.txt; \
    elif [ -f pyproject.toml ] || [ -f setup.py ]; then /opt/venv/bin/pip install .; fi; \
    server=gunicorn; \
    if /opt/venv/bin/python -c 'import fastapi' 2>/dev/null; then server=uvicorn; fi; \
    [ -x /opt/venv/bin/$server ] || /opt/venv/bin/pip install $server
RUN if [ -f manage.py ]; then \
      SECRET_KEY=only-for-collectstatic /opt/venv/bin/python manage.py collectstatic --noinput \
        || echo "notice: collectstatic failed, the image has no collected static files"; fi

FROM ${PYTHON_IMAGE}
ARG RUNTIME_PACKAGES=""
RUN if [ -n "$RUNTIME_PACKAGES" ]; then \
      apt-get update && apt-get install --yes --no-install-recommends $RUNTIME_PACKAGES \
        && rm -rf /var/lib/apt/lists/*; fi
# The user has no home directory, and only /tmp can be written.
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp PORT=8000
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
USER 10001:10001
