"""Tests of the application, on the PostgreSQL of DATABASE_URL, migrated."""

import worker

import app as notes


def test_a_note_is_listed_and_its_words_are_counted():
    client = notes.app.test_client()
    assert client.post("/", data={"body": "three short words"}).status_code == 302
    assert "three short words (counting)" in client.get("/").text
    while worker.count_one():
        pass
    assert "three short words (3 words)" in client.get("/").text


def test_an_empty_note_is_not_written():
    client = notes.app.test_client()
    before = client.get("/").text
    client.post("/", data={"body": "  "})
    assert client.get("/").text == before


def test_a_note_is_text_and_not_markup():
    client = notes.app.test_client()
    client.post("/", data={"body": "<script>alert(1)</script>"})
    assert "<script>" not in client.get("/").text
