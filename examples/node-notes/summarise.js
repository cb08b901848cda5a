// Write a summary of all notes; the scheduled job runs this.
import { pool } from "./database.js";
import { summarise } from "./notes.js";

console.log(`${await summarise()} notes`);
await pool.end();
