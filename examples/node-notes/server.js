// Notes: a form, a list, a worker that counts the words of each note, and a summary at certain times.
import express from "express";

import { listed, write } from "./notes.js";
import { page } from "./page.js";

export const app = express();

app.get("/healthz", (request, response) => response.type("text").send("alive"));

app.get("/", async (request, response) => response.send(page(await listed())));

app.post("/", express.urlencoded({ extended: false, limit: "4kb" }), async (request, response) => {
  const body = String(request.body.body ?? "").trim();
  if (body) await write(body.slice(0, 500));
  response.redirect(303, "/");
});

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  const server = app.listen(process.env.PORT ?? 3000);
  process.on("SIGTERM", () => server.close(() => process.exit(0)));
}
