"""Issues and checks tokens.

The two Entra ID endpoints: /{tenant}/oauth2/token (v1, numbers as strings,
resource) and /{tenant}/oauth2/v2.0/token (v2, numbers, scope), each with the
grants refresh_token and client_credentials.  api.py decides which resources a
token opens.
"""

import base64
import json
import re
import secrets
import threading
import time
import uuid
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import assertions
import sign_in
from tables import dumps
from wire import Answer

PATH = re.compile(r"/([^/]+)/oauth2/(v2\.0/)?token")

PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
GRAPH = "https://graph.windows.net"
CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"


@dataclass
class Credentials:
    """What the command line makes known."""
    tenant: str = "11111111-2222-3333-4444-555555555555"
    client_id: str = "66666666-7777-8888-9999-000000000000"
    client_secret: str = "mock-api-client-secret"
    refresh_token: str = "mock-api-refresh-token"
    access_token: str = "mock-api-access-token"


@dataclass
class Access:
    """A live access token."""
    expires: float
    app_only: bool
    audience: str


class Denied(ValueError):
    """A token request is refused."""

    def __init__(self, status, error, code, why):
        super().__init__("AADSTS%d: %s" % (code, why))
        self.status = status
        self.error = error
        self.code = code


class Tokens:
    """All tokens of the mock API."""

    def __init__(self, credentials):
        self._known = credentials
        self._lock = threading.Lock()
        self.sign_in = sign_in.SignIn()
        self._assertions = assertions.Assertions()
        self.reset()

    def reset(self):
        """Forget what was issued; the command line's tokens live."""
        self.sign_in.reset()
        self._assertions.reset()
        with self._lock:
            self._access = {self._known.access_token: Access(float("inf"), False, "")}
            self._refresh = {self._known.refresh_token: float("inf")}
            self._inactive = set()
            self._given = {}
            self.issued = 0

    def revoke(self, which):
        """Let all live tokens of a kind (access, refresh, all) die."""
        with self._lock:
            if which in ("access", "all"):
                self._access.clear()
            if which in ("refresh", "all"):
                self._inactive.update(self._refresh)
                self._refresh.clear()

    def given(self):
        """The secrets that sign-ins were given: {name: [value, ...]}."""
        with self._lock:
            return {name: list(values) for name, values in self._given.items()}

    def counts(self):
        """How many tokens were issued and are alive."""
        with self._lock:
            now = time.time()
            return {"issued": self.issued,
                    "live_access": sum(one.expires > now for one in self._access.values()),
                    "live_refresh": sum(until > now for until in self._refresh.values())}

    def live(self, token):
        """The Access of a token, None when it is unknown, revoked or expired."""
        with self._lock:
            access = self._access.get(token)
            return access if access is not None and access.expires > time.time() else None

    def answer(self, request, tenant, is_v2, switches):
        """The answer of a token endpoint."""
        headers = [("Cache-Control", "no-store, no-cache"), ("Pragma", "no-cache"),
                   ("Content-Type", "application/json; charset=utf-8")]
        try:
            form = self._form(request)
            body = self._grant(form, request, tenant, is_v2, switches)
            return Answer(200, headers, [dumps(body).encode()])
        except Denied as why:
            return Answer(why.status, headers, [dumps(denial(why)).encode()])

    def begin(self, request, tenant, endpoint, switches):
        """The answer of an endpoint where a sign-in begins."""
        headers = [("Cache-Control", "no-store, no-cache"),
                   ("Content-Type", "application/json; charset=utf-8")]
        try:
            if endpoint == "authorize":
                if request.method != "GET":
                    raise Denied(405, "invalid_request", 900561, "The endpoint only accepts GET.")
                return self.sign_in.authorize(request, switches, self._known.client_id)
            form = self._form(request)
            self._client(form, request, tenant, True, switches)
            if not needed(form, "scope"):
                raise Denied(400, "invalid_scope", 70011, "The scope is not valid.")
            if switches["device_error"]:
                # the endpoint sends some errors with status 200
                why = Denied(200, switches["device_error"], 700016, "As the switch says.")
                return Answer(why.status, headers, [dumps(denial(why)).encode()])
            body = self.sign_in.device(form, switches, own_origin(request), tenant)
            return Answer(200, headers, [dumps(body).encode()])
        except sign_in.Refused as why:
            why = Denied(400, why.error, why.number, str(why))
            return Answer(why.status, headers, [dumps(denial(why)).encode()])
        except Denied as why:
            return Answer(why.status, headers, [dumps(denial(why)).encode()])

    def _form(self, request):
        """The fields of the request's body."""
        if request.method != "POST":
            raise Denied(405, "invalid_request", 900561, "The endpoint only accepts POST requests.")
        kind = request.header("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            raise Denied(400, "invalid_request", 900144,
                         "The request body must contain the following parameter: 'grant_type'.")
        try:
            pairs = parse_qsl(request.body.decode("ascii"), keep_blank_values=True,
                              strict_parsing=True, errors="strict")
        except ValueError:
            raise Denied(400, "invalid_request", 9000411, "The request is malformed.") from None
        form = dict(pairs)
        if len(form) != len(pairs):
            raise Denied(400, "invalid_request", 9000411,
                         "The request is not properly formatted. A parameter is duplicated.")
        return form

    def _grant(self, form, request, tenant, is_v2, switches):
        grant = needed(form, "grant_type")
        self._client(form, request, tenant, is_v2, switches)
        if is_v2 and grant in (sign_in.DEVICE_GRANT, "authorization_code"):
            return self._sign_in(form, tenant, grant, switches)
        audience = self._audience(form, request, is_v2, grant)
        if grant == "client_credentials":
            return self._issue(switches, is_v2, audience, True)
        if grant != "refresh_token":
            raise Denied(400, "unsupported_grant_type", 70003,
                         "The app requested an unsupported grant type '%s'." % grant[:64])
        self._redeem(needed(form, "refresh_token"), switches)
        return self._issue(switches, is_v2, audience, False)

    def _sign_in(self, form, tenant, grant, switches):
        """The body that grants the tokens of a sign-in."""
        try:
            if grant == sign_in.DEVICE_GRANT:
                granted = self.sign_in.poll(needed(form, "device_code"), switches)
            else:
                needed(form, "code")
                granted = self.sign_in.redeem(form)
        except sign_in.Refused as why:
            raise Denied(400, why.error, why.number, str(why)) from None
        scopes = granted.scope.split()
        named = [one.rpartition("/")[0] for one in scopes if "://" in one]
        if len(named) != 1:
            raise Denied(400, "invalid_scope", 70011, "The provided value for scope is not valid.")
        body = self._issue(switches, True, named[0], False)
        if not switches["opaque_tokens"]:
            access = sign_in.jwt(sign_in.access_claims(granted, switches, self._known.tenant,
                                                       self._known.client_id, named[0]))
            with self._lock:
                self._access[access] = self._access.pop(body["access_token"])
            body["access_token"] = access
        body["id_token"] = sign_in.jwt(sign_in.id_claims(granted, switches, self._known.tenant,
                                                         self._known.client_id))
        with self._lock:
            for name in ("access_token", "refresh_token", "id_token"):
                self._given.setdefault(name, []).append(body[name])
        if "openid" not in scopes or "id_token" in switches["grant_omit"]:
            del body["id_token"]
        if "offline_access" not in scopes or "refresh_token" in switches["grant_omit"]:
            del body["refresh_token"]
        return body

    def _client(self, form, request, tenant, is_v2, switches):
        """Refuse a tenant or client that is not ours, and proofs that do not suit the client."""
        if tenant.lower() != self._known.tenant.lower():
            raise Denied(400, "invalid_request", 90002, "Tenant '%s' not found." % tenant[:64])
        if needed(form, "client_id").lower() != self._known.client_id.lower():
            raise Denied(400, "unauthorized_client", 700016,
                         "Application was not found in the directory.")
        if switches["client"] == "public":
            if "client_secret" in form or "client_assertion" in form:
                raise Denied(401, "invalid_client", 700025, "Client is public so neither "
                             "'client_assertion' nor 'client_secret' should be presented.")
            return
        if "client_assertion" in form and "client_secret" not in form:
            audience = "%s/%s/oauth2/%stoken" % (own_origin(request), tenant,
                                                 "v2.0/" if is_v2 else "")
            try:
                self._assertions.check(form, self._known.client_id, audience, switches)
            except assertions.Refused as why:
                raise Denied(401, "invalid_client", why.number, str(why)) from None
            return
        if switches["client"] == "either" and "client_secret" not in form:
            return
        if "client_secret" not in form:
            raise Denied(401, "invalid_client", 7000218, "The request body must contain the "
                         "following parameter: 'client_assertion' or 'client_secret'.")
        if form["client_secret"] != self._known.client_secret:
            raise Denied(401, "invalid_client", 7000215, "Invalid client secret provided.")

    def _audience(self, form, request, is_v2, grant):
        """The resource that a token is asked for."""
        if is_v2:
            if "resource" in form:
                raise Denied(400, "invalid_request", 901002,
                             "The 'resource' request parameter is not supported.")
            scopes = needed(form, "scope").split()
            if grant == "client_credentials" and not all(
                    one.endswith("/.default") for one in scopes):
                raise Denied(400, "invalid_scope", 1002012,
                             "Client credential flows must have a scope value with /.default.")
            named = [one.rpartition("/")[0] for one in scopes if "://" in one]
            if len(set(named)) != 1:
                raise Denied(400, "invalid_scope", 70011, "The provided value for scope is "
                             "not valid.")
            audience = named[0]
        else:
            audience = needed(form, "resource")
        if audience.rstrip("/") not in (PARTNER_CENTER, GRAPH, own_origin(request)) \
                and not is_loopback(audience):
            raise Denied(400, "invalid_resource", 500011, "The resource principal named %s was "
                         "not found in the tenant." % audience[:128])
        return audience.rstrip("/")

    def _redeem(self, token, switches):
        """Use a refresh token."""
        with self._lock:
            until = self._refresh.get(token)
            if until is None and token not in self._inactive:
                raise Denied(400, "invalid_grant", 9002313, "Invalid request. Request is "
                             "malformed or invalid.")
            if until is None or until <= time.time():
                raise Denied(400, "invalid_grant", 700082, "The refresh token has expired due "
                             "to inactivity. The token was inactive for 90.00:00:00.")
            if switches["refresh_rotation"] == "single_use":
                self._inactive.add(token)
                del self._refresh[token]

    def _issue(self, switches, is_v2, audience, app_only):
        """The body that grants a new token."""
        now, lifetime = int(time.time()), switches["expires_in"]
        access = made("eyJ0eXAiOiJKV1QifQ.", switches["token_length"])
        with self._lock:
            self._access[access] = Access(time.time() + lifetime, app_only, audience)
            self.issued += 1
        number = (lambda value: value) if is_v2 else str
        body = {"token_type": "Bearer", "expires_in": number(lifetime),
                "ext_expires_in": number(lifetime)}
        if not is_v2:
            body.update(expires_on=number(now + lifetime), not_before=number(now),
                        resource=audience)
        body["access_token"] = access
        if app_only:
            return body
        body["scope"] = audience + "/user_impersonation" if is_v2 else "user_impersonation"
        if switches["refresh_rotation"] != "none":
            refresh = made("0.AAAA", 900)
            with self._lock:
                self._refresh[refresh] = time.time() + switches["refresh_lifetime"]
            body["refresh_token"] = refresh
        body["id_token"] = made("eyJ0eXAiOiJKV1QifQ.", 300)
        return body


def tenant_of(authorization):
    """The tenant that a JWT names; None for a token that is none."""
    parts = (authorization or "").partition(" ")[2].split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return claims["tid"]
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def needed(form, name):
    """The value of a field that must be there."""
    if not form.get(name):
        raise Denied(400, "invalid_request", 900144, "The request body must contain the "
                     "following parameter: '%s'." % name)
    return form[name]


def own_origin(request):
    return "%s://%s" % ("https" if request.tls else "http", request.header("host", ""))


def is_loopback(url):
    """Whether a URL names this machine: another mock_api may serve the resource."""
    try:
        return urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")
    except ValueError:
        return False


def made(start, length):
    """A random opaque text."""
    raw = secrets.token_bytes(max(0, length - len(start)))
    return (start + "".join(CHARACTERS[one & 63] for one in raw))[:max(length, 16)]


def denial(why):
    """The body of a refusal."""
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    stamp = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime())
    text = "%s\r\nTrace ID: %s\r\nCorrelation ID: %s\r\nTimestamp: %s" % (
        why, trace, correlation, stamp)
    return {"error": why.error, "error_description": text, "error_codes": [why.code],
            "timestamp": stamp, "trace_id": trace, "correlation_id": correlation}
