// A Cube server with the model of examples/cube, for a test on loopback: it prints its
// port after warnings, and everyone may query it.  The database is that of PGHOST and so on.
'use strict';

Object.assign(process.env, {
  NODE_ENV: 'production',
  CUBEJS_CACHE_AND_QUEUE_DRIVER: 'memory',
  CUBEJS_TELEMETRY: 'false',
  CUBEJS_PRE_AGGREGATIONS_BUILDER: 'true',
  CUBEJS_DB_TYPE: 'postgres',
  CUBEJS_DB_HOST: process.env.PGHOST,
  CUBEJS_DB_PORT: process.env.PGPORT,
  CUBEJS_DB_NAME: process.env.PGDATABASE,
  CUBEJS_DB_USER: process.env.PGUSER,
});

// Cube's native module is downloaded when it is installed, and not from npm.  It reads
// models in YAML and serves SQL clients; neither is needed here.
const native = require('@cubejs-backend/native');
native.setupLogger = () => {};
native.NativeInstance.prototype.newJinjaEngine = () => ({});

const path = require('node:path');
const express = require('express');
const { CubejsServerCore } = require('@cubejs-backend/server-core');

const core = new CubejsServerCore({
  apiSecret: 'unused',
  checkAuth: async () => {},
  devServer: false,
  telemetry: false,
  scheduledRefreshTimer: false,
  schemaPath: path.relative('.', path.join(__dirname, '../../../examples/cube/model')),
  preAggregationsSchema: 'cube',
  logger: (message, parameters) => console.error(message, JSON.stringify(parameters)),
});

async function main() {
  const app = express();
  await core.initApp(app);
  const server = app.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
  process.stdin.on('end', () => process.exit()).resume();
}

main();
