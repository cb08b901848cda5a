"""Write a summary of all notes; the scheduled job runs this."""

import asyncio

import asyncpg

from notes.settings import settings

QUERY = """
INSERT INTO summary (notes, words)
SELECT count(*), coalesce(sum(array_length(regexp_split_to_array(body, '\\s+'), 1)), 0) FROM note
RETURNING notes, words
"""


async def summarise() -> tuple[int, int]:
    """Write a summary; return the numbers of notes and words."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        row = await connection.fetchrow(QUERY)
    finally:
        await connection.close()
    return row["notes"], row["words"]


if __name__ == "__main__":
    notes, words = asyncio.run(summarise())
    print(f"{notes} notes, {words} words")
