"""Verifies client assertions (RFC 7523) as the sign-in service's documents describe them.

Thumbprints and signatures are computed by the openssl command: nothing here is
the extension's own idea of them.
"""

import base64
import json
import re
import subprocess
import tempfile
import threading
import time
import uuid

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

# The longest time from nbf to exp, in seconds.
LONGEST = 600


class Refused(ValueError):
    """An assertion is refused, with Entra's number."""

    def __init__(self, number, why):
        super().__init__(why)
        self.number = number


class Assertions:
    """Remembers which assertions were used."""

    def __init__(self):
        self._lock = threading.Lock()
        self.reset()

    def reset(self):
        with self._lock:
            self._used = set()

    def check(self, form, client_id, audience, switches):
        """Refuse an assertion that does not prove that the client is client_id."""
        if form.get("client_assertion_type") != TYPE:
            raise Refused(50027, "The client_assertion_type is not valid.")
        parts = form["client_assertion"].split(".")
        if len(parts) != 3:
            raise Refused(50027, "JWT token is invalid or malformed.")
        header, claims = decoded(parts[0]), decoded(parts[1])
        signed, signature = ".".join(parts[:2]).encode(), unpadded(parts[2])
        if switches["federated"]:
            federated(header, claims, signed, signature, switches)
        else:
            own(header, claims, signed, signature, client_id, audience, switches)
            self._use(claims)
        self._time(claims, time.time() + switches["clock_offset"], not switches["federated"])

    def _use(self, claims):
        """An assertion is used once."""
        try:
            uuid.UUID(claims["jti"])
        except (KeyError, ValueError, TypeError, AttributeError):
            raise Refused(50027, "The jti is no GUID.") from None
        with self._lock:
            if claims["jti"] in self._used:
                raise Refused(50027, "The assertion was used before.")
            self._used.add(claims["jti"])

    @staticmethod
    def _time(claims, now, short):
        """The assertion is valid now, and not for long."""
        times = [claims.get(name) for name in ("nbf", "exp")]
        if not all(isinstance(one, int) for one in times):
            raise Refused(50027, "nbf and exp must be numbers.")
        if not times[0] <= now < times[1]:
            raise Refused(700024, "Client assertion is not within its valid time range.")
        if short and times[1] - times[0] > LONGEST:
            raise Refused(50027, "The assertion is valid for more than ten minutes.")


def own(header, claims, signed, signature, client_id, audience, switches):
    """An assertion that the application has signed with one of its certificates."""
    if header.get("alg") != "PS256" or header.get("typ") != "JWT" or len(header) != 3:
        raise Refused(50027, "The header is not that of PS256.")
    files = {thumbprint(file): file for file in switches["client_certificates"]}
    file = files.get(unpadded(header.get("x5t#S256", "")).hex())
    if file is None:
        raise Refused(700027, "The certificate with identifier used to sign the client "
                      "assertion is not registered on application.")
    key = run("x509", "-in", file, "-noout", "-pubkey")
    if not verified(key, signed, signature, "rsa_padding_mode:pss", "rsa_pss_saltlen:32",
                    "rsa_mgf1_md:sha256"):
        raise Refused(700027, "Client assertion failed signature validation.")
    for name in ("iss", "sub"):
        if claims.get(name) != client_id:
            raise Refused(700030, "The claim %s is not the application." % name)
    if claims.get("aud") != audience:
        raise Refused(700023, "Client assertion audience claim does not match.")
    if claims.get("iat") != claims.get("nbf"):
        raise Refused(50027, "iat and nbf differ.")


def federated(header, claims, signed, signature, switches):
    """An assertion of the issuer of a federated credential."""
    issuer, subject, audience, key = switches["federated"]
    if header.get("alg") != "RS256":
        raise Refused(5002730, "The signature algorithm of the assertion is not RS256.")
    for name, expected, number in (("iss", issuer, 700211), ("aud", audience, 700212),
                                   ("sub", subject, 700213)):
        if claims.get(name) != expected:
            raise Refused(number, "No matching federated identity record found for the "
                          "presented assertion's %s." % name)
    with open(key, "rb") as file:
        if not verified(file.read(), signed, signature):
            raise Refused(50027, "The assertion's signature is not valid.")


def unpadded(text):
    """The bytes of base64url without padding."""
    if not re.fullmatch("[A-Za-z0-9_-]*", text):
        raise Refused(50027, "The assertion is not base64url.")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Refused(50027, "The assertion is not base64url.") from None


def decoded(part):
    """The JSON object of a part."""
    try:
        value = json.loads(unpadded(part))
    except ValueError:
        raise Refused(50027, "The assertion is not JSON.") from None
    if not isinstance(value, dict):
        raise Refused(50027, "The assertion is not an object.")
    return value


def run(*words):
    """What openssl prints."""
    return subprocess.run(["openssl", *words], check=True, capture_output=True).stdout


def thumbprint(file):
    """A certificate's thumbprint in hexadecimal."""
    printed = run("x509", "-in", file, "-noout", "-fingerprint", "-sha256").decode()
    return printed.partition("=")[2].strip().replace(":", "").lower()


def verified(key, signed, signature, *options):
    """Whether the signature is that of the key, which is PEM."""
    with tempfile.NamedTemporaryFile() as keys, tempfile.NamedTemporaryFile() as signatures:
        keys.write(key)
        keys.flush()
        signatures.write(signature)
        signatures.flush()
        words = [word for option in options for word in ("-sigopt", option)]
        done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", keys.name, "-signature",
                               signatures.name, *words], input=signed, check=False,
                              capture_output=True)
    return done.returncode == 0
