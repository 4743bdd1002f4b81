"""Signs people in: device codes (RFC 8628) and authorization codes with PKCE (RFC 7636).

The endpoints are those of version 2: /{tenant}/oauth2/v2.0/devicecode and
/authorize.  tokens.py redeems the codes.  What a person does is a switch:
"person" says if the person waits, approves, declines, or is too late, and the
switches that begin with "person_" say who the person is.
"""

import base64
import hashlib
import json
import re
import secrets
import threading
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from wire import Answer

PATH = re.compile(r"/([^/]+)/oauth2/v2\.0/(devicecode|authorize)")
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
REDIRECTS = re.compile(r"https://.*|http://(localhost|127\.0\.0\.1)(:[0-9]+)?(/.*)?")
USER_CODE = "BCDFGHJKLMNPQRSTVWXZ23456789"


class Refused(ValueError):
    """A request of a sign-in is refused, with OAuth's error and Entra's number."""

    def __init__(self, error, number, why):
        super().__init__(why)
        self.error = error
        self.number = number


@dataclass
class Grant:
    """A sign-in that has begun."""
    scope: str
    asks_mfa: bool
    until: float
    nonce: str = ""
    challenge: str = ""
    redirect_uri: str = ""
    polls: int = 0
    interval: int = 5
    last_poll: float = float("-inf")


class SignIn:
    """The sign-ins that have begun."""

    def __init__(self):
        self._lock = threading.Lock()
        self.reset()

    def reset(self):
        """Forget all of them."""
        with self._lock:
            self._devices = {}
            self._codes = {}

    # Device codes

    def device(self, form, switches, origin, tenant):
        """The body that answers a device authorization request."""
        code = secrets.token_urlsafe(64)
        body = {"user_code": "".join(secrets.choice(USER_CODE) for _ in range(9)),
                "device_code": code,
                "verification_uri": switches["device_uri"] or origin + "/device",
                "expires_in": switches["device_expires_in"],
                "interval": switches["device_interval"],
                "message": "To sign in, use a web browser to open the page and enter the code."}
        with self._lock:
            self._devices[code] = Grant(
                form.get("scope", ""), asks_mfa(form.get("claims")),
                time.monotonic() + switches["device_expires_in"],
                interval=switches["device_interval"])
        for name in switches["device_omit"]:
            body.pop(name, None)
        return body

    def poll(self, code, switches):
        """The Grant of a device code whose person has approved it."""
        with self._lock:
            grant = self._devices.get(code)
            if grant is None:
                raise Refused("bad_verification_code", 70018, "The device code is not known.")
            answers = switches["device_polls"]
            grant.polls += 1
            if grant.polls <= len(answers) and answers[grant.polls - 1]:
                error = answers[grant.polls - 1]
                raise Refused(error, POLL_NUMBERS.get(error, 70000), "As the switch says.")
            if time.monotonic() > grant.until or switches["person"] == "expires":
                raise Refused("expired_token", 70020, "The device code has expired.")
            if switches["person"] == "declines":
                raise Refused("authorization_declined", 70017, "The person declined.")
            # nobody can have entered the code before the first poll
            if switches["person"] == "waits" or grant.polls == 1:
                raise Refused("authorization_pending", 70016, "The person has not signed in yet.")
            del self._devices[code]
            return grant

    # Authorization codes

    def authorize(self, request, switches, client_id):
        """What the browser is redirected to once the person has signed in."""
        asked = dict(parse_qsl(urlsplit(request.target).query, keep_blank_values=True))
        redirect = asked.get("redirect_uri", "")
        if asked.get("client_id", "").lower() != client_id.lower():
            raise Refused("unauthorized_client", 700016, "The application was not found.")
        if not REDIRECTS.fullmatch(redirect):
            raise Refused("invalid_request", 50011, "The redirect URI is not registered.")
        reply = {"state": asked.get("state", "")}
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256" \
                or not re.fullmatch("[A-Za-z0-9_-]{43}", asked.get("code_challenge", "")):
            reply.update(error="invalid_request",
                         error_description="AADSTS9002325: PKCE is required for this request.")
        elif switches["person"] == "declines":
            reply.update(error="access_denied",
                         error_description="AADSTS65004: User declined to consent.")
        else:
            reply["code"] = secrets.token_urlsafe(200)
            with self._lock:
                self._codes[reply["code"]] = Grant(
                    asked.get("scope", ""), asks_mfa(asked.get("claims")),
                    time.monotonic() + 600, asked.get("nonce", ""),
                    asked["code_challenge"], redirect)
        target = redirect + ("&" if "?" in redirect else "?") + urlencode(reply)
        return Answer(302, [("Location", target), ("Cache-Control", "no-store, no-cache")], [])

    def redeem(self, form):
        """The Grant of an authorization code, which is good once."""
        with self._lock:
            grant = self._codes.pop(form["code"], None)
        if grant is None or time.monotonic() > grant.until:
            raise Refused("invalid_grant", 70008, "The authorization code has expired.")
        if form.get("redirect_uri") != grant.redirect_uri:
            raise Refused("invalid_grant", 500112, "The redirect URI does not match.")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if encoded(digest) != grant.challenge:
            raise Refused("invalid_grant", 501481, "The code_verifier does not match.")
        return grant


POLL_NUMBERS = {"authorization_pending": 70016, "slow_down": 70016, "expired_token": 70020,
                "code_expired": 70019, "authorization_declined": 70017, "access_denied": 53003,
                "bad_verification_code": 70018, "invalid_client": 7000218}


def asks_mfa(claims):
    """Whether a claims request asks for multi-factor authentication."""
    try:
        asked = json.loads(claims or "{}")["access_token"]["amr"]["values"]
    except (ValueError, KeyError, TypeError):
        return False
    return "mfa" in asked


def encoded(data):
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def jwt(claims):
    """A token whose claims can be read; its signature is random."""
    parts = [{"typ": "JWT", "alg": "RS256", "kid": "mock"}, claims]
    return ".".join([encoded(json.dumps(part).encode()) for part in parts]
                    + [encoded(secrets.token_bytes(256))])


def access_claims(grant, switches, tenant, client_id, audience):
    """The claims of an access token."""
    mfa = ["mfa"] if grant.asks_mfa and switches["person_mfa"] else []
    return {"aud": audience, "tid": tenant, "appid": client_id, "ver": "1.0",
            "scp": "user_impersonation", "amr": ["pwd"] + mfa,
            "unique_name": switches["person_name"], "exp": int(time.time()) + 3599}


def id_claims(grant, switches, tenant, client_id):
    """The claims of an id_token."""
    claims = {"aud": switches["id_audience"] or client_id,
              "tid": switches["person_tenant"] or tenant,
              "preferred_username": switches["person_name"], "ver": "2.0",
              "exp": int(time.time()) + 3599}
    if grant.nonce:
        claims["nonce"] = switches["id_nonce"] or grant.nonce
    return claims
