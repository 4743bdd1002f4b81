// node-postgres and pg-cursor.  ../README.md describes the commands.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { Client, types } = require('pg');
const Cursor = require('pg-cursor');

// Dates as they are sent, not as JavaScript's local times.
for (const oid of [1082, 1114, 1184]) types.setTypeParser(oid, (text) => text);

const unescaped = { t: '\t', n: '\n', r: '\r', '\\': '\\' };
const escaped = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' };
const readField = (field) =>
  field === '\\N' ? null : field.replace(/\\(.)/g, (_, c) => unescaped[c]);
const writeField = (value) => {
  if (value === null || value === undefined) return '\\N';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  return String(value).replace(/[\t\n\r\\]/g, (c) => escaped[c]);
};

// A parameter's text as a program has it.
function convert(type, value) {
  if (value === null) return null;
  if (type.endsWith('[]')) return value.split(',');
  if (type === 'boolean') return value === 'true';
  if (type === 'integer' || type === 'double precision') return Number(value);
  if (type === 'bigint') return BigInt(value);
  if (type === 'timestamptz') return new Date(value);
  return value;
}

const describe = (error) => [error.code, error.message, error.detail, error.hint];
const tables = `SELECT relname, obj_description(oid) FROM pg_class
WHERE relnamespace = $1::text::regnamespace AND relkind IN ('r', 'v', 'm', 'f', 'p') ORDER BY 1`;
const columns = `SELECT column_name, data_type, is_nullable = 'YES',
  col_description((table_schema || '.' || table_name)::regclass, ordinal_position)
FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position`;

class Commands {
  constructor(client, nextLine) {
    Object.assign(this, { client, nextLine, statements: 0 });
  }

  async query(text, values, name) {
    return (await this.client.query({ text, values, name, rowMode: 'array' })).rows;
  }

  version() {
    return ['pg', 'pg-cursor'].map((name) => {
      const file = path.join(__dirname, 'node_modules', name, 'package.json');
      return [name, JSON.parse(fs.readFileSync(file)).version];
    });
  }

  tables(schema) { return this.query(tables, [schema]); }

  columns(schema, table) { return this.query(columns, [schema, table]); }

  run(sql) { return this.query(sql); }

  async begin(mode) { await this.query("SELECT set_config('plan_cache_mode', $1, false)", [mode]); }

  prepare(type, sql) {
    Object.assign(this, { type, sql, statements: this.statements + 1 });
    return [];
  }

  // A statement with a name is prepared at the server once.
  execute(value) {
    return this.query(this.sql, [convert(this.type, value)], `statement ${this.statements}`);
  }

  plans() {
    return this.query('SELECT sum(generic_plans), sum(custom_plans) FROM pg_prepared_statements');
  }

  async fetch(size, number, sql) {
    const cursor = this.client.query(new Cursor(sql, [], { rowMode: 'array' }));
    const rows = [];
    while (rows.length < Number(number)) rows.push(...(await cursor.read(Number(size))));
    await cursor.close();
    return rows.slice(0, Number(number));
  }

  async fail(sql) {
    return this.query(sql).then(() => [['none']], (error) => [describe(error)]);
  }

  // pg sends a cancel request on a connection of its own.
  async cancel(sql) {
    const query = new (require('pg').Query)({ text: sql });
    const ended = new Promise((resolve) => {
      query.on('error', (error) => resolve([describe(error)]));
      query.on('end', () => resolve([['none']]));
    });
    this.client.query(query);
    await this.nextLine();
    new Client().cancel(this.client, query);
    return ended;
  }

  async timeout(seconds, sql) {
    const client = new Client({ statement_timeout: Number(seconds) * 1000 });
    await client.connect();
    try {
      return await client.query(sql).then(() => [['none']], (error) => [describe(error)]);
    } finally {
      await client.end();
    }
  }
}

async function main() {
  const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const nextLine = async () => (await lines.next()).value;
  const client = new Client();
  await client.connect();
  const commands = new Commands(client, nextLine);
  for (let line = await nextLine(); line !== undefined; line = await nextLine()) {
    const [name, ...fields] = line.split('\t').map(readField);
    let rows;
    try {
      rows = commands[name] ? await commands[name](...fields) : [['unsupported']];
    } catch (error) {
      rows = [['error', ...describe(error).slice(0, 2)]];
    }
    for (const row of rows ?? []) process.stdout.write(row.map(writeField).join('\t') + '\n');
    process.stdout.write('.\n');
  }
  await client.end();
}

main();
