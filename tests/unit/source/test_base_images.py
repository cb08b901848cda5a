"""The images that the build of a Dockerfile pulls."""

from __future__ import annotations

import platform

import pytest

from pocdeploy.source.base_images import base_images


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
        ("FROM a\nRUN <<-'END' psql\n\tFROM table\n\tEND\nFROM b", ["a", "b"]),
    ],
)  # fmt: skip
def test_base_images_of_a_dockerfile(text: str, images: list[str]) -> None:
    assert base_images(text, {"BASE": "own.example/base:2", "OTHER": "x"}) == images


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("# syntax=docker/dockerfile:1.9\nFROM a:1", ["docker/dockerfile:1.9", "a:1"]),
        ("FROM a:1\n# syntax=docker/dockerfile:1.9", ["a:1"]),
        ("FROM a\nRUN --mount=type=bind,from=ghcr.io/x/uv:1,target=/bin/uv uv sync", ["a", "ghcr.io/x/uv:1"]),
        ("FROM a AS one\nRUN --mount=from=one,target=/x --mount=type=cache,target=/y,from=c:1 true", ["a", "c:1"]),
        ("FROM a\nCOPY --from=later /x /y\nFROM b AS later", ["a", "b"]),
        ("FROM python:3 AS python\nFROM python", ["python:3"]),
        ("FROM python AS python\nFROM python", ["python"]),
        ("ARG V=3.13.1\nFROM python:${V%.*}\nFROM x:${N:-$V}\nFROM y:${V:+1}", ["python:3.13", "x:3.13.1", "y:1"]),
        ("FROM a\nCOPY <<one <<two /\none\nFROM no\ntwo\nFROM b", ["a", "b"]),
    ],
)
def test_every_image_of_the_build_is_found(text: str, images: list[str]) -> None:
    assert base_images(text, {}) == images


@pytest.mark.parametrize(("machine", "expected"), [("x86_64", "amd64"), ("aarch64", "arm64"), ("arm64", "arm64")])
def test_variables_of_the_platform_have_values(monkeypatch: pytest.MonkeyPatch, machine: str, expected: str) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    text = "FROM --platform=$BUILDPLATFORM a-${TARGETARCH}\nFROM b-$TARGETOS"
    assert base_images(text, {}) == [f"a-{expected}", "b-linux"]
