"""Count the words of new notes. Several workers can run: each note is locked by the one that counts it."""

import signal
import threading

from sqlalchemy import text

from app import engine

NEXT = text("SELECT id, body FROM note WHERE words IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED")
COUNTED = text("UPDATE note SET words = :words WHERE id = :id")
PAUSE = 1.0  # seconds


def count_one():
    """Count the words of one note; return False if there is none."""
    with engine.begin() as connection:
        note = connection.execute(NEXT).first()
        if note is not None:
            connection.execute(COUNTED, {"id": note.id, "words": len(note.body.split())})
    return note is not None


def main():
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    while not stop.is_set():
        if not count_one():
            stop.wait(PAUSE)


if __name__ == "__main__":
    main()
