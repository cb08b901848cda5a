// Count the words of new notes: at once when one is written, and of those that were written before.
import { setTimeout as sleep } from "node:timers/promises";

import { pool } from "./database.js";
import { countNew } from "./notes.js";

const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());

async function main() {
  const listener = await pool.connect();
  const written = { wake: () => {} };
  listener.on("notification", () => written.wake());
  await listener.query("LISTEN note");
  while (!stop.signal.aborted) {
    const next = new Promise((resolve) => (written.wake = resolve));
    if ((await countNew()) === 0) {
      // A note of which the message was lost is found later.
      await Promise.race([next, sleep(30_000, null, { signal: stop.signal }).catch(() => {})]);
    }
  }
  listener.release(true);
  await pool.end();
}

await main();
