// An OpenID provider that others wrote, over TLS, at the paths of a sign-in service.
//
//     node openid.mjs CERTIFICATE KEY TENANT RESOURCE CLIENT...
//
// A CLIENT is JSON: {"id": ..., "certificate": FILE}, or without a certificate for a
// public client. Prints its port, then a line of JSON for each request to the token
// endpoint and to the device endpoint: path, form, status and answer. Standard input
// says what the user does, a JSON object a line: {"approve": CODE} and {"decline": CODE}
// for a device code, {"open": URL} for a browser, after which the address that it ends
// at is printed. It ends with its input.
import fs from 'node:fs';
import https from 'node:https';
import readline from 'node:readline';
import { X509Certificate } from 'node:crypto';
import { Provider } from 'oidc-provider';

const USER = 'user@partner.example';
const REDIRECT = 'http://localhost';
const [certificate, key, tenant, resource, ...clients] = process.argv.slice(2);
const scope = `${resource}/user_impersonation`;
const tls = { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) };
const base = `/${tenant}/oauth2/v2.0`;

function say(value) { process.stdout.write(`${JSON.stringify(value)}\n`); }

function metadata(text) {
  const { id, certificate: file } = JSON.parse(text);
  const common = {
    client_id: id,
    application_type: 'native',
    redirect_uris: [REDIRECT],
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code'],
  };
  if (!file) return { ...common, token_endpoint_auth_method: 'none' };
  const jwk = new X509Certificate(fs.readFileSync(file)).publicKey.export({ format: 'jwk' });
  return {
    ...common,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'PS256',
    jwks: { keys: [{ ...jwk, use: 'sig', alg: 'PS256' }] },
  };
}

const configuration = {
  clients: clients.map(metadata),
  scopes: ['openid', 'offline_access', 'profile'],
  claims: { openid: ['sub', 'tid'], profile: ['preferred_username'] },
  conformIdTokenClaims: false,
  findAccount: (ctx, accountId) => ({
    accountId,
    claims: () => ({ sub: accountId, tid: tenant, preferred_username: USER }),
  }),
  extraTokenClaims: () => ({ tid: tenant, amr: ['pwd', 'mfa'] }),
  issueRefreshToken: () => true,
  pkce: { methods: ['S256'], required: () => true },
  routes: {
    authorization: `${base}/authorize`,
    token: `${base}/token`,
    device_authorization: `${base}/devicecode`,
    code_verification: '/device',
  },
  features: {
    deviceFlow: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope, audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
};

// What the user has consented to.
async function consent(provider, clientId) {
  const grant = new provider.Grant({ accountId: USER, clientId });
  grant.addOIDCScope('openid profile offline_access');
  grant.addResourceScope(resource, scope);
  return grant.save();
}

// The user enters a device code, and approves or declines.
async function enter(provider, userCode, approves) {
  const code = await provider.DeviceCode.findByUserCode(userCode.replace(/[^A-Z]/g, ''),
    { ignoreExpiration: true });
  if (approves) {
    Object.assign(code, {
      accountId: USER,
      authTime: Math.floor(Date.now() / 1000),
      grantId: await consent(provider, code.clientId),
      scope: `openid profile offline_access ${scope}`,
      resource,
    });
  } else {
    Object.assign(code, { error: 'access_denied', errorDescription: 'The user declined.' });
  }
  await code.save();
}

// The user signs in, in a browser.
async function interact(provider, request, response) {
  const { params } = await provider.interactionDetails(request, response);
  await provider.interactionFinished(request, response, {
    login: { accountId: USER },
    consent: { grantId: await consent(provider, params.client_id) },
  });
}

// A browser without a window: follow redirects to the address where nothing listens.
async function open(url, cookies = {}) {
  if (url.startsWith(REDIRECT)) return url;
  const headers = { cookie: Object.entries(cookies).map(([name, value]) => `${name}=${value}`).join('; ') };
  const response = await new Promise((done, failed) => {
    https.get(url, { rejectUnauthorized: false, headers }, done).on('error', failed);
  });
  let body = '';
  for await (const chunk of response) body += chunk;
  for (const line of response.headers['set-cookie'] || []) {
    const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
    cookies[name] = value;
  }
  if (!response.headers.location) throw new Error(`HTTP status ${response.statusCode} of ${url}: ${body}`);
  return open(new URL(response.headers.location, url).href, cookies);
}

async function main() {
  const server = https.createServer(tls);
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  const origin = `https://127.0.0.1:${server.address().port}`;
  const provider = new Provider(origin, configuration);
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.method === 'POST' && ctx.path.startsWith(base)) {
      say({ path: ctx.path, form: ctx.oidc && ctx.oidc.body, status: ctx.status, answer: ctx.body });
    }
  });
  const callback = provider.callback();
  server.on('request', (request, response) => {
    if (request.url.startsWith('/interaction/')) interact(provider, request, response);
    else callback(request, response);
  });
  console.log(server.address().port);
  readline.createInterface({ input: process.stdin })
    .on('line', async (line) => {
      const does = JSON.parse(line);
      // this provider gives refresh tokens only after a prompt for consent
      if (does.open) say({ address: await open(does.open.replace('prompt=login', '$&%20consent')) });
      else {
        await enter(provider, does.approve || does.decline, Boolean(does.approve));
        say({ entered: true });
      }
    })
    .on('close', () => process.exit(0));
}

main().catch((why) => { console.error(why); process.exit(1); });
