import pg from "pg";

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 5 });

// A server that restarts closes its connections: the pool opens new ones.
pool.on("error", (error) => console.error(`connection lost: ${error.message}`));
