"""Dockerfiles are read as Docker reads them."""

from __future__ import annotations

from pathlib import Path

from pocdeploy.config.source_files import SourceFiles
from pocdeploy.source.survey.container import Image, dockerfiles, read_image

STAGES = """\
ARG PORT=9000
FROM python:3.12 AS base
WORKDIR /srv
ENV LANG=C.UTF-8 APP_PORT=${PORT}
RUN groupadd --gid 1500 app && useradd --uid 1500 --gid 1500 app
FROM base AS build
COPY . .
ENTRYPOINT ["sleep"]
FROM base
WORKDIR shop
COPY --from=build /srv /srv
COPY --chown=app requirements.txt conf/ ./
USER app
EXPOSE ${APP_PORT}/tcp
VOLUME ["media", "/data"]
HEALTHCHECK CMD curl -f http://localhost:${APP_PORT}/health/live || exit 1
CMD python serve.py --port $PORT
"""


def test_the_last_stage_is_the_image() -> None:
    assert read_image(STAGES) == Image(
        base="python:3.12",
        env={"LANG": "C.UTF-8", "APP_PORT": "9000"},
        ports=(9000,),
        user="app",
        user_id=1500,
        workdir="/srv/shop",
        volumes=("/srv/shop/media", "/data"),
        entrypoint=(),
        command=("sh", "-c", "python serve.py --port $PORT"),
        health="/health/live",
        copied=(".", "requirements.txt", "conf/"),
    )


def test_an_entrypoint_drops_the_command_before_it() -> None:
    image = read_image('FROM a\nCMD ["x"]\nENTRYPOINT ["/start", "it"]\n')

    assert (image.line, image.command) == ("/start it", ())


def test_users_of_known_images_have_their_numbers() -> None:
    assert [read_image(f"FROM a\nUSER {name}\n").user_id for name in ("node", "1000:1000", "someone", "root")] == [
        1000,
        1000,
        None,
        None,
    ]


def test_dockerfiles_for_other_purposes_are_left_out() -> None:
    names = ("backend/Dockerfile", ".devcontainer/Dockerfile", "nginx/Dockerfile", "e2e/Dockerfile", "Dockerfile")

    assert dockerfiles(SourceFiles(root=Path(), names=names)) == ["backend/Dockerfile", "Dockerfile"]
