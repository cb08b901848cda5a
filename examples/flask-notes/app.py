"""Notes: a form, a list, and a worker that counts the words of each note."""

import os

from flask import Flask, redirect, render_template, request, url_for
from sqlalchemy import create_engine, text

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
url = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
engine = create_engine(url, pool_pre_ping=True)


@app.get("/healthz")
def alive():
    return "alive"


@app.get("/")
def notes():
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT body, words FROM note ORDER BY id DESC LIMIT 50")).all()
    return render_template("notes.html", notes=rows)


@app.post("/")
def write():
    body = request.form.get("body", "").strip()
    if body:
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO note (body) VALUES (:body)"), {"body": body})
    return redirect(url_for("notes"))
