// An OAuth server that others wrote, over TLS, at the paths of a sign-in service.
//
//     node server.js CERTIFICATE KEY
//
// Prints its port, then a line of JSON for each token request: path, form and
// answer.  What it does wrong is said on standard input, one JSON object a line:
// {"status": 400, "body": {...}} for the next request.  It ends with its input.
'use strict';

const readline = require('readline');
const { OAuth2Server } = require('oauth2-mock-server');

const [certificate, key] = process.argv.slice(2);
const faults = [];

async function main() {
  const server = new OAuth2Server(key, certificate, {
    endpoints: { token: '/:tenant/oauth2(/v2.0)?/token' },
  });
  await server.issuer.keys.generate('RS256');
  server.service.on('beforeTokenSigning', (token, request) => {
    token.payload.aud = request.body.resource || request.body.scope;
  });
  server.service.on('beforeResponse', (response, request) => {
    const fault = faults.shift();
    if (fault) {
      response.statusCode = fault.status || response.statusCode;
      response.body = fault.body || { ...response.body, ...fault.set };
    }
    console.log(JSON.stringify({ path: request.path, form: request.body, answer: response.body }));
  });
  await server.start(0, '127.0.0.1');
  console.log(server.address().port);
  readline.createInterface({ input: process.stdin })
    .on('line', (line) => faults.push(JSON.parse(line)))
    .on('close', () => process.exit(0));
}

main().catch((why) => { console.error(why); process.exit(1); });
