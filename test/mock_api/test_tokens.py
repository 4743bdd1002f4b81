"""Tests token requests, and that requests without a valid token are refused."""

import json
import time
import unittest
from urllib.parse import urlencode

from harness import DEPLOYMENT, Case
from tokens import Credentials

KNOWN = Credentials()
V1 = "/%s/oauth2/token" % KNOWN.tenant
V2 = "/%s/oauth2/v2.0/token" % KNOWN.tenant
PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def form(**changes):
    """A good request for a token, changed; None leaves a field out."""
    fields = {"grant_type": "refresh_token", "client_id": KNOWN.client_id,
              "client_secret": KNOWN.client_secret, "refresh_token": KNOWN.refresh_token,
              "resource": PARTNER_CENTER, "scope": "openid", **changes}
    return {name: value for name, value in fields.items() if value is not None}


class Tokens(Case):

    def post(self, path=V1, headers=FORM, body=None, **changes):
        text = urlencode(form(**changes)) if body is None else body
        status, _, raw = self.mock_api.request("POST", path, text, headers)
        return status, json.loads(raw)

    def denied(self, status, error, code, **changes):
        found, body = self.post(**changes)
        self.assertEqual((found, body["error"]), (status, error), body)
        self.assertTrue(body["error_description"].startswith("AADSTS%d: " % code), body)
        self.assertEqual(body["error_codes"], [code])

    def test_tokens_of_others(self):
        headers = {"Authorization": "Bearer of-another-server"}
        self.assertEqual(self.mock_api.request("GET", DEPLOYMENT, None, headers)[0], 401)
        self.mock_api.config(foreign_tokens=True)
        self.assertEqual(self.mock_api.request("GET", DEPLOYMENT, None, headers)[0], 200)

    def test_refresh_on_v1(self):
        status, body = self.post()
        self.assertEqual(status, 200)
        for name in ("expires_in", "ext_expires_in", "expires_on", "not_before"):
            self.assertRegex(body[name], r"^\d+$")
        self.assertEqual(body["expires_in"], "3599")
        self.assertEqual((body["token_type"], body["resource"]), ("Bearer", PARTNER_CENTER))
        self.assertNotEqual(body["refresh_token"], KNOWN.refresh_token)
        self.assertEqual(self.get(DEPLOYMENT, body["access_token"])[0], 200)
        for token in (body["refresh_token"], KNOWN.refresh_token):
            self.assertEqual(self.post(refresh_token=token)[0], 200)

    def test_refresh_on_v2(self):
        scope = PARTNER_CENTER + "/user_impersonation offline_access"
        status, body = self.post(V2, resource=None, scope=scope)
        self.assertEqual((status, body["expires_in"]), (200, 3599))
        self.assertNotIn("resource", body)
        self.assertEqual(self.get(DEPLOYMENT, body["access_token"])[0], 200)
        self.denied(400, "invalid_request", 901002, path=V2, scope=scope)
        self.denied(400, "invalid_request", 900144, path=V2, resource=None, scope=None)
        self.denied(400, "invalid_scope", 70011, path=V2, resource=None, scope="openid")

    def test_app_only(self):
        for path, asked in ((V1, {}), (V2, {"resource": None,
                                            "scope": PARTNER_CENTER + "/.default"})):
            status, body = self.post(path, grant_type="client_credentials", refresh_token=None,
                                     **asked)
            self.assertEqual(status, 200, body)
            self.assertNotIn("refresh_token", body)
            token = body["access_token"]
            self.assertEqual(self.get("/v1/customers", token)[0], 200)
            self.check_refusal(self.get(DEPLOYMENT, token), 403)
            self.check_refusal(self.get("/v1/analytics/licenses/usage", token), 403)
            self.mock_api.config(app_only="all")
            self.assertEqual(self.get(DEPLOYMENT, token)[0], 200)
            self.mock_api.config(app_only="customers")
        self.denied(400, "invalid_scope", 1002012, path=V2, grant_type="client_credentials",
                    resource=None, scope=PARTNER_CENTER + "/user_impersonation")

    def test_refusals(self):
        self.denied(401, "invalid_client", 7000215, client_secret="wrong")
        self.denied(401, "invalid_client", 7000218, client_secret=None)
        self.denied(400, "unauthorized_client", 700016, client_id="wrong")
        self.denied(400, "invalid_grant", 9002313, refresh_token="wrong")
        self.denied(400, "invalid_request", 900144, refresh_token=None)
        self.denied(400, "invalid_request", 900144, grant_type=None)
        self.denied(400, "invalid_request", 900144, resource=None)
        self.denied(400, "invalid_resource", 500011, resource="https://elsewhere.example")
        self.denied(400, "unsupported_grant_type", 70003, grant_type="password")
        self.denied(400, "invalid_request", 90002, path="/%s/oauth2/token" % KNOWN.client_id)
        self.denied(400, "invalid_request", 900144, headers={"Content-Type": "application/json"})
        self.denied(400, "invalid_request", 9000411, body="grant_type=a&grant_type=b")
        status, _, raw = self.mock_api.request("GET", V1)
        self.assertEqual((status, json.loads(raw)["error"]), (405, "invalid_request"))

    def test_old_refresh_tokens(self):
        self.mock_api.config(refresh_lifetime=0)
        token = self.post()[1]["refresh_token"]
        self.denied(400, "invalid_grant", 700082, refresh_token=token)
        self.mock_api.config(refresh_lifetime=100, refresh_rotation="single_use")
        token = self.post()[1]["refresh_token"]
        self.denied(400, "invalid_grant", 700082)
        self.assertEqual(self.post(refresh_token=token)[0], 200)
        self.mock_api.config(refresh_rotation="none")
        self.mock_api.control("POST", "tokens", {"revoke": "refresh"})
        self.denied(400, "invalid_grant", 700082)
        self.mock_api.reset()
        self.assertEqual(self.post()[0], 200)

    def test_expiry_and_revocation(self):
        self.mock_api.config(expires_in=1)
        token = self.post()[1]["access_token"]
        self.assertEqual(self.get(DEPLOYMENT, token)[0], 200)
        time.sleep(1.1)
        self.check_refusal(self.get(DEPLOYMENT, token), 401)
        self.mock_api.config(expires_in=3600)
        token = self.post()[1]["access_token"]
        self.mock_api.control("POST", "tokens", {"revoke": "access"})
        for dead in (token, KNOWN.access_token):
            self.check_refusal(self.get(DEPLOYMENT, dead), 401)
        self.assertEqual(self.get(DEPLOYMENT, self.post()[1]["access_token"])[0], 200)

    def test_who_gets_in(self):
        for path in (DEPLOYMENT, "/v1/customers", "/partner/v1/analytics/search"):
            for header in (None, "Bearer", "Bearer ", "Bearer wrong", "Basic c2FuZGJveA==",
                           "mock-api-access-token", "Bearer mock-api-access-token x"):
                headers = {} if header is None else {"Authorization": header}
                answer = self.raw(path, None, headers)
                self.check_refusal(answer, 401)
                self.assertTrue(answer[1]["WWW-Authenticate"].startswith("OAuth "))
        self.assertEqual(self.refused(DEPLOYMENT, 401, None)["code"], "800001")

    def test_the_wrong_audience(self):
        token = self.post(resource="https://graph.windows.net")[1]["access_token"]
        error = self.check_refusal(self.get(DEPLOYMENT, token), 401)
        self.assertEqual(error["code"], "900420")

    def test_forbidden_resources(self):
        self.mock_api.config(forbidden=["license_usage"])
        self.refused("/v1/analytics/commercial/usage/license/", 403)
        self.assertEqual(self.get(DEPLOYMENT)[0], 200)

    def test_the_log_holds_no_secret(self):
        body = self.post()[1]
        self.get(DEPLOYMENT, body["access_token"])
        said = json.dumps(self.mock_api.log())
        for secret in (KNOWN.client_secret, KNOWN.refresh_token, body["access_token"]):
            self.assertNotIn(secret, said)
        entry = self.mock_api.log()[0]
        self.assertIn(["grant_type", "refresh_token"], entry["form"])


if __name__ == "__main__":
    unittest.main()
