"""Starts the mock API for its own tests and sends requests to it."""

import importlib.machinery
import importlib.util
import json
import pathlib
import socket
import subprocess
import sys
import time
import unittest
from urllib.parse import quote

FOLDER = pathlib.Path(__file__).resolve().parent

DEPLOYMENT = "/v1/analytics/commercial/deployment/license/"
DEPLOYMENT_EXAMPLE = "/partner/v1/analytics/commercial/deployment/license"
USAGE = "/v1/analytics/commercial/usage/license/"
USAGE_EXAMPLE = "/partner/v1/analytics/commercial/usage/license"

# Nothing here takes longer; a test that does hangs.
PATIENCE = 20


def load_ctl():
    """The module that the ctl script is."""
    loader = importlib.machinery.SourceFileLoader("ctl", str(FOLDER / "ctl"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("ctl", loader))
    loader.exec_module(module)
    return module


ctl = load_ctl()


class Process:
    """A running server."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [sys.executable, "-B", str(FOLDER / "server.py"), "--exit-with-stdin", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.line = self.process.stdout.readline()
        if not self.line:
            said = self.process.stderr.read()
            self.kill()
            raise RuntimeError(said)
        self.port = int(self.line.split()[-1])

    def kill(self):
        """End it if a test has not."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()

    def stop(self):
        """End it as a test's end does; what it said on stderr."""
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        said = self.process.stderr.read()
        self.kill()
        return said


class Case(unittest.TestCase):
    """A test with a mock API of its class, reset before each test."""

    OPTIONS = ("--rows", "200")

    @classmethod
    def setUpClass(cls):
        cls.server = Process(*cls.OPTIONS)
        cls.port = cls.server.port
        cls.mock_api = ctl.MockApi(cls.port)

    @classmethod
    def tearDownClass(cls):
        said = cls.server.stop()
        if said:
            raise AssertionError("the mock API said on stderr:\n" + said)

    def setUp(self):
        self.mock_api.reset()

    def wait_until(self, happened):
        """Look again and again, until it is true or patience ends."""
        deadline = time.monotonic() + PATIENCE
        while not happened():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def wait_until_idle(self):
        """Until the log has the end of each request."""
        self.wait_until(lambda: not self.mock_api.control("GET", "state")["in_progress"])

    def get(self, path, token="mock-api-access-token", headers=None, **parameters):
        """(status, headers, body) of a GET with encoded parameters."""
        target = path
        if parameters:
            target += "?" + "&".join(
                name + "=" + quote(str(value), safe="") for name, value in parameters.items())
        return self.raw(target, token, headers)

    def raw(self, target, token="mock-api-access-token", headers=None, method="GET"):
        """(status, headers, body) of a target as it is."""
        sent = {} if token is None else {"Authorization": "Bearer " + token}
        return self.mock_api.request(method, target, headers={**sent, **(headers or {})})

    def page(self, path=DEPLOYMENT, **parameters):
        """The JSON of a good answer."""
        status, _, body = self.get(path, **parameters)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def rows(self, path=DEPLOYMENT, **parameters):
        return self.page(path, **parameters)["Value"]

    def walk(self, path, top, **parameters):
        """All rows, page by page."""
        found = []
        while True:
            page = self.page(path, top=top, skip=len(found), **parameters)
            found += page["Value"]
            if page["@nextLink"] is None:
                return found

    def refused(self, path, status=400, token="mock-api-access-token", headers=None, **parameters):
        """The error body of a refusal, whose shape is checked."""
        answer = self.get(path, token, headers, **parameters)
        return self.check_refusal(answer, status)

    def check_refusal(self, answer, status=400):
        self.assertEqual(answer[0], status, answer[2])
        error = json.loads(answer[2])
        self.assertEqual(list(error), ["code", "description", "data", "source"])
        return error

    def talk(self, data, until=None):
        """What a server sends on a plain socket until it closes, or until some bytes came."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as sock:
            sock.sendall(data)
            found = b""
            while until is None or until not in found:
                try:
                    more = sock.recv(65536)
                except ConnectionResetError:
                    return found + b"<reset>"
                if not more:
                    return found
                found += more
            return found

    def ask(self, target, *headers):
        """The bytes of a GET request."""
        lines = ["GET %s HTTP/1.1" % target, "Host: 127.0.0.1",
                 "Authorization: Bearer mock-api-access-token", *headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()
