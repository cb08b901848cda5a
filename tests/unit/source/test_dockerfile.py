"""Reading a Dockerfile: base images and command."""

from __future__ import annotations

import pytest

from pocdeploy.source import dockerfile
from pocdeploy.source.dockerfile import base_images

CMDS = {
    'FROM x\nCMD ["uvicorn", "main:app"]\n': ("uvicorn", "main:app"),
    'FROM x\ncmd ["a"]\nFROM y\nCMD ["b", \\\n  "c"]\n': ("b", "c"),
    "FROM x\nCMD exec uvicorn --port $PORT\n": ("/bin/sh", "-c", "exec uvicorn --port $PORT"),
    'FROM x\n# CMD ["no"]\nRUN echo CMD\n': (),
    "FROM x\n": (),
}


@pytest.mark.parametrize(("text", "expected"), CMDS.items())
def test_the_command_of_an_image_is_its_last_cmd(text: str, expected: tuple[str, ...]) -> None:
    assert dockerfile.command(text) == expected


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("FROM python:3.13", ["python:3.13"]),
        ("from --platform=$BUILDPLATFORM a/b:1 as Build\nFROM build\nCOPY --from=0 x y", ["a/b:1"]),
        ("ARG V=3.13\nARG I=python:${V}-slim\nFROM $I", ["python:3.13-slim"]),
        ("ARG BASE=debian:13\nFROM ${BASE}", ["own.example/base:2"]),
        ("ARG A='one' B=two\nFROM x/$A:${B}\nFROM ${C:-default}:1", ["x/one:two", "default:1"]),
        ("ARG NONE\nFROM ${NONE}\nFROM scratch", []),
        ("FROM a\nARG V=1\nFROM b:$V", ["a"]),
        ("FROM \\\n  # why\n  a:1 \\\n  AS one\nFROM one\nFROM b", ["a:1", "b"]),
        ("FROM a\nCOPY --chown=1:1 --from=ghcr.io/x/uv:1 /uv /\n# FROM c\nRUN x \\\nFROM d", ["a", "ghcr.io/x/uv:1"]),
        ("FROM a\nRUN <<-'END' psql\n  FROM table\n  END\nFROM b", ["a", "b"]),
    ],
)  # fmt: skip
def test_base_images_of_a_dockerfile(text: str, images: list[str]) -> None:
    assert base_images(text, {"BASE": "own.example/base:2", "OTHER": "x"}) == images
