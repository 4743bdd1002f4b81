"""Tests that client assertions are verified as the sign-in service's documents say."""

import base64
import json
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from urllib.parse import urlencode

import assertions
from harness import Case
from tokens import Credentials

KNOWN = Credentials()
TOKEN = "/%s/oauth2/token" % KNOWN.tenant
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PSS = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]


def encoded(data):
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Assertions(Case):

    def setUp(self):
        super().setUp()
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.key, self.certificate = (str(Path(self.folder.name) / name)
                                      for name in ("key", "certificate"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=x", "-keyout", self.key, "-out", self.certificate],
                       check=True, capture_output=True)
        self.mock_api.config(client_certificates=[self.certificate])

    def assertion(self, header=None, options=PSS, **changes):
        """A good assertion, changed."""
        now = int(time.time())
        claims = {"aud": "http://127.0.0.1:%d%s" % (self.port, TOKEN),
                  "iss": KNOWN.client_id, "sub": KNOWN.client_id, "jti": str(uuid.uuid4()),
                  "iat": now - 300, "nbf": now - 300, "exp": now + 300, **changes}
        head = {"alg": "PS256", "typ": "JWT",
                "x5t#S256": encoded(bytes.fromhex(assertions.thumbprint(self.certificate))),
                **(header or {})}
        signed = ".".join(encoded(json.dumps(part).encode()) for part in (head, claims))
        done = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key, *options],
                              input=signed.encode(), check=True, capture_output=True)
        return signed + "." + encoded(done.stdout)

    def post(self, assertion, kind=assertions.TYPE):
        """The status and the number of the answer to a token request."""
        form = {"grant_type": "client_credentials", "client_id": KNOWN.client_id,
                "resource": "https://api.partnercenter.microsoft.com",
                "client_assertion_type": kind, "client_assertion": assertion}
        status, _, raw = self.mock_api.request("POST", TOKEN, urlencode(form), FORM)
        return status, json.loads(raw).get("error_codes", [0])[0]

    def test_good(self):
        good = self.assertion()
        self.assertEqual(self.post(good), (200, 0))
        self.assertEqual(self.post(good), (401, 50027), "an assertion is used once")

    def test_refused(self):
        now = int(time.time())
        for number, changes in (
                (700023, {"aud": "https://other.example"}), (700030, {"iss": "other"}),
                (700030, {"sub": "other"}), (50027, {"jti": "1"}),
                (700024, {"nbf": now + 60, "iat": now + 60}), (700024, {"exp": now - 1}),
                (50027, {"exp": now + 400}), (50027, {"exp": str(now + 300)}),
                (50027, {"header": {"alg": "RS256"}}), (50027, {"header": {"kid": "x"}}),
                (700027, {"header": {"x5t#S256": "AAAA"}}), (700027, {"options": []})):
            with self.subTest(changes):
                self.assertEqual(self.post(self.assertion(**changes)), (401, number))
        self.assertEqual(self.post(self.assertion(), "other"), (401, 50027))
        self.assertEqual(self.post("a.b"), (401, 50027))

    def test_clock(self):
        for offset, expected in ((290, (200, 0)), (-290, (200, 0)),
                                 (310, (401, 700024)), (-310, (401, 700024))):
            self.mock_api.config(clock_offset=offset)
            self.assertEqual(self.post(self.assertion()), expected, offset)
