import { pool } from "./database.js";

/** Store a note, and wake the worker. */
export async function write(body) {
  await pool.query("INSERT INTO note (body) VALUES ($1)", [body]);
  await pool.query("NOTIFY note");
}

/** Return the last notes, and the last summary if there is one. */
export async function listed() {
  const notes = await pool.query("SELECT body, words FROM note ORDER BY id DESC LIMIT 50");
  const summary = await pool.query("SELECT notes, made FROM summary ORDER BY id DESC LIMIT 1");
  return { notes: notes.rows, summary: summary.rows[0] };
}

/** Count the words of new notes; return how many notes that were. Several workers can run. */
export async function countNew() {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const found = await client.query(
      "SELECT id, body FROM note WHERE words IS NULL ORDER BY id LIMIT 20 FOR UPDATE SKIP LOCKED",
    );
    for (const { id, body } of found.rows) {
      const words = body.split(/\s+/).filter(Boolean).length;
      await client.query("UPDATE note SET words = $1 WHERE id = $2", [words, id]);
    }
    await client.query("COMMIT");
    return found.rowCount;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

/** Store how many notes there are now, and return it. */
export async function summarise() {
  const made = await pool.query("INSERT INTO summary (notes) SELECT count(*) FROM note RETURNING notes");
  return made.rows[0].notes;
}
