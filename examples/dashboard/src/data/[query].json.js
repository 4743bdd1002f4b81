// Runs sql/NAME.sql for FileAttachment("data/NAME.json"), when the dashboard is built.
// PGHOST, PGDATABASE and the other variables of libpq say where.
import {readFile} from "node:fs/promises";
import {parseArgs} from "node:util";
import pg from "pg";

// Sums are bigint or numeric, which pg gives as text; a chart wants numbers.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number);
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

const {values} = parseArgs({options: {query: {type: "string"}}});
const client = new pg.Client();
await client.connect();
try {
  const sql = await readFile(`sql/${values.query}.sql`, "utf8");
  process.stdout.write(JSON.stringify((await client.query(sql)).rows));
} finally {
  await client.end();
}
