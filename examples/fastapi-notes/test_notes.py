"""Tests of the application, on the PostgreSQL of DATABASE_URL, migrated."""

import asyncio

from fastapi.testclient import TestClient
from notes.main import app
from notes.summarise import summarise


def test_a_note_is_listed_and_summarised():
    with TestClient(app) as client:
        assert client.post("/", data={"body": "three short words"}).status_code == 200
        assert "<li>three short words</li>" in client.get("/").text
        notes, words = asyncio.run(summarise())
        assert f"Summary: {notes} notes, {words} words" in client.get("/").text


def test_a_note_is_text_and_not_markup():
    with TestClient(app) as client:
        client.post("/", data={"body": "<script>alert(1)</script>"})
        assert "<script>" not in client.get("/").text
