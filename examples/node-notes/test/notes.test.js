// Tests of the application, on the PostgreSQL of DATABASE_URL, migrated.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { pool } from "../database.js";
import { countNew, summarise } from "../notes.js";
import { app } from "../server.js";

let server, url;

before(async () => {
  server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  url = `http://127.0.0.1:${server.address().port}/`;
});

after(async () => {
  server.close();
  await pool.end();
});

const text = async () => (await fetch(url)).text();
const write = (body) => fetch(url, { method: "POST", body: new URLSearchParams({ body }), redirect: "manual" });

test("a note is listed and its words are counted", async () => {
  assert.equal((await write("three short words")).status, 303);
  assert.match(await text(), /three short words \(counting\)/);
  while (await countNew()) {}
  assert.match(await text(), /three short words \(3 words\)/);
});

test("a summary is shown", async () => {
  const notes = await summarise();
  assert.match(await text(), new RegExp(`Summary: ${notes} notes`));
});

test("an empty note is not written", async () => {
  const shown = await text();
  await write("  ");
  assert.equal(await text(), shown);
});

test("a note is text and not markup", async () => {
  await write("<script>alert(1)</script>");
  assert.ok(!(await text()).includes("<script>"));
});
