"""Tests requests, headers, faults and the control requests."""

import base64
import gzip
import http.client
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid
from pathlib import Path

import faults
import switches
from harness import DEPLOYMENT, FOLDER, PATIENCE, USAGE, Case, Process, ctl

TARGET = DEPLOYMENT + "?top=5"
BEARER = {"Authorization": "Bearer mock-api-access-token"}


class Http(Case):
    """Headers, framing, keep-alive."""

    def test_headers_of_an_answer(self):
        ids = {"MS-RequestId": str(uuid.uuid4()), "MS-CorrelationId": str(uuid.uuid4())}
        headers = self.raw(TARGET, headers=ids)[1]
        for name, value in ids.items():
            self.assertEqual(headers[name], value)
        for name in ("MS-CV", "MS-ServerId", "Date"):
            self.assertTrue(headers[name])
        self.assertEqual(headers["Content-Type"], "application/json; charset=utf-8")
        first, second = (self.raw(TARGET)[1] for _ in range(2))
        self.assertNotEqual(first["MS-RequestId"], second["MS-RequestId"])

    def test_required_forms_of_headers(self):
        for name in ("MS-RequestId", "MS-CorrelationId"):
            for value in ("", "x", "0" * 32, "{%s}" % uuid.uuid4()):
                self.check_refusal(self.raw(TARGET, headers={name: value}))
        self.check_refusal(self.raw(TARGET, headers={"Accept": "text/html"}), 406)
        for accept in ("application/json", "*/*", "text/html, application/json;q=0.5"):
            self.assertEqual(self.raw(TARGET, headers={"Accept": accept})[0], 200)

    def test_methods(self):
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get"):
            answer = self.raw(TARGET, method=method)
            self.check_refusal(answer, 405)
            self.assertEqual(answer[1]["Allow"], "GET")

    def test_requests_that_are_none(self):
        for data, status in (
                (b"nonsense\r\n\r\n", 400), (b"GET / HTTP/2.0\r\n\r\n", 400),
                (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400), (b"GET / HTTP/1.1\r\n\r\n", 400),
                (b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
                (b"GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n", 400),
                (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
                (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
                (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 200000, 431)):
            with self.subTest(data[:60]):
                self.assertIn(b"HTTP/1.1 %d " % status, self.talk(data))

    def test_length_of_targets(self):
        self.check_refusal(self.get(DEPLOYMENT, filter="x" * 17000), 414)
        self.mock_api.config(max_url_length=100)
        self.check_refusal(self.get(DEPLOYMENT, filter="x" * 100), 414)

    def test_connections_are_kept(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        for _ in range(3):
            connection.request("GET", TARGET, headers=BEARER)
            connection.getresponse().read()
        connection.close()
        log = self.mock_api.log()
        self.assertEqual([entry["number"] for entry in log], [1, 2, 3])
        self.assertEqual(len({entry["connection"] for entry in log}), 1)
        self.mock_api.config(close_after_each=True)
        said = self.talk(self.ask(TARGET))
        self.assertIn(b"Connection: close\r\n", said)
        said = self.talk(self.ask(TARGET, "Connection: close").replace(b"1.1", b"1.0"))
        self.assertIn(b" 200 OK\r\n", said)

    def test_pipelined_requests(self):
        self.mock_api.config()
        said = self.talk(self.ask(TARGET) + self.ask(TARGET, "Connection: close"))
        self.assertEqual(said.count(b"HTTP/1.1 200 OK"), 2)

    def test_compression(self):
        plain = self.raw(TARGET)[2]
        headers = self.raw(TARGET, headers={"Accept-Encoding": "gzip"})[1]
        self.assertIsNone(headers["Content-Encoding"])
        self.mock_api.config(gzip=True)
        for accepted in ("gzip", "deflate, gzip;q=0.5", "*"):
            _, headers, body = self.raw(TARGET, headers={"Accept-Encoding": accepted})
            self.assertEqual(headers["Content-Encoding"], "gzip")
            self.assertEqual(gzip.decompress(body), plain)
        for accepted in ("identity", "gzip;q=0", "br"):
            self.assertEqual(self.raw(TARGET, headers={"Accept-Encoding": accepted})[2], plain)

    def test_chunks(self):
        plain = self.raw(DEPLOYMENT)[2]
        self.mock_api.config(transfer="chunked")
        _, headers, body = self.raw(DEPLOYMENT)
        self.assertEqual((headers["Transfer-Encoding"], body), ("chunked", plain))

    def test_latency_and_rate(self):
        self.mock_api.config(latency_ms=120)
        start = time.monotonic()
        self.raw(TARGET)
        self.assertGreaterEqual(time.monotonic() - start, 0.12)
        self.mock_api.config(latency_ms=0, rate_limit_per_minute=2)
        answers = [self.raw(TARGET) for _ in range(4)]
        self.assertEqual([status for status, _, _ in answers], [200, 200, 429, 429])
        self.assertTrue(50 < int(answers[2][1]["Retry-After"]) <= 60)

    def test_rate_of_tenants(self):
        def token(tenant):
            claims = base64.urlsafe_b64encode(json.dumps({"tid": tenant}).encode()).decode()
            return {"Authorization": "Bearer e30.%s.x" % claims.rstrip("=")}

        self.mock_api.config(per_minute=1, foreign_tokens=True)
        sent = ((DEPLOYMENT, "a"), (DEPLOYMENT, "b"), (USAGE, "a"), (DEPLOYMENT, "a"), (USAGE, "b"))
        self.assertEqual([self.raw(target, headers=token(tenant))[0] for target, tenant in sent],
                         [200, 200, 200, 429, 200])
        _, headers, _ = self.raw(DEPLOYMENT, headers=token("b"))
        self.assertTrue(50 < int(headers["Retry-After"]) <= 60)

    def test_codes_as_numbers(self):
        self.mock_api.config(error_code_type="int")
        self.assertEqual(self.refused("/nowhere", 404)["code"], 1000)


class Faults(Case):
    """Every kind of fault, as a client sees it."""

    def struck(self, kind, target=TARGET, headers=None, **says):
        self.mock_api.fault(kind, **says)
        return self.raw(target, headers=headers)

    def heard(self, kind, target=TARGET, until=None, **says):
        """What arrives on a plain socket."""
        self.mock_api.fault(kind, **says)
        return self.talk(self.ask(target), until)

    def head_and_body(self, said):
        head, _, body = said.partition(b"\r\n\r\n")
        return head, body

    def test_status(self):
        for body, wanted in (("api", b'{"code":"503","description"'), ("int_code", b'{"code":503,'),
                             ("gateway", b'{"statusCode":503,"message"'), ("html", b"<html>"),
                             ("oauth", b'{"error":"503"'), ("text", b"The mock API"),
                             ("empty", b"")):
            with self.subTest(body):
                status, _, found = self.struck("status", status=503, body=body)
                self.assertEqual((status, found[:len(wanted)]), (503, wanted))
        error = json.loads(self.struck("status", status=401, code="900421", description="MFA")[2])
        self.assertEqual((error["code"], error["description"]), ("900421", "MFA"))
        self.assertEqual(self.struck("status", status=500, text="own words")[2], b"own words")

    def test_what_was_sent_comes_back(self):
        said = self.struck("status", description="not {authorization}", path="/")
        self.assertIn(b"not mock-api-access-token", said[2])
        self.mock_api.fault("body", text="{form} {fields}", path="/")
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        self.assertEqual(self.mock_api.request("POST", "/x/oauth2/token", "a=%2F", kind)[2],
                         b"a=%2F a=/")

    def test_retry_after(self):
        asked = {"status": 429, "body": "gateway"}
        self.assertEqual(self.struck("status", retry_after=7, **asked)[1]["Retry-After"], "7")
        self.assertIsNone(self.struck("status", **asked)[1]["Retry-After"])
        date = self.struck("status", retry_after="date:60", **asked)[1]["Retry-After"]
        self.assertRegex(date, r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")
        headers = self.struck("status", retry_after="soon", **asked)[1]
        self.assertEqual(headers["Retry-After"], "soon")

    def test_when_it_strikes(self):
        def statuses(count, target=TARGET):
            return [self.raw(target)[0] for _ in range(count)]
        self.mock_api.fault("status", after=1, times=2)
        self.assertEqual(statuses(5), [200, 500, 500, 200, 200])
        self.mock_api.fault("status", every=2, times=0)
        self.assertEqual(statuses(5), [500, 200, 500, 200, 500])
        self.mock_api.control("DELETE", "fault")
        self.mock_api.fault("status", path=USAGE)
        self.assertEqual(statuses(1) + statuses(1, USAGE), [200, 500])
        self.mock_api.fault("status", regex=r"^GET .*[?&]skip=2\b", status=502)
        self.assertEqual([self.raw(TARGET + "&skip=%d" % at)[0] for at in range(4)],
                         [200, 200, 502, 200])
        self.mock_api.fault("status", times=0, for_ms=150)
        self.assertEqual(statuses(2), [500, 500])
        time.sleep(0.2)
        self.assertEqual(statuses(1), [200])
        self.mock_api.control("POST", "fault", [{"kind": "status", "status": 500},
                                               {"kind": "status", "status": 503}])
        self.assertEqual(statuses(3), [500, 503, 200])
        rules = self.mock_api.control("GET", "fault")
        self.assertEqual([rule["struck"] for rule in rules][-2:], [1, 1])

    def test_tokens_only_by_path(self):
        path = "/11111111-2222-3333-4444-555555555555/oauth2/token"
        self.mock_api.fault("status", status=503)
        self.assertEqual(self.mock_api.request("GET", path)[0], 405)
        self.mock_api.fault("status", status=502, path="/1111")
        self.assertEqual(self.mock_api.request("GET", path)[0], 502)

    def test_nothing(self):
        self.assertEqual(self.heard("close"), b"")
        self.assertEqual(self.heard("reset"), b"<reset>")
        self.assertEqual(self.heard("garbage"), b"this is not HTTP\r\n\r\n")
        status, headers, body = self.struck("empty")
        self.assertEqual((status, body), (200, b""))
        status, headers, body = self.struck("no_content")
        self.assertEqual((status, body, headers["Content-Length"]), (204, b"", None))

    def test_truncation(self):
        whole = self.raw(TARGET)[2]
        head, body = self.head_and_body(self.heard("truncate", after_bytes=50))
        self.assertEqual(body, whole[:50])
        self.assertIn(b"Content-Length: %d" % len(whole), head)
        said = self.heard("truncate", after_bytes=50, framing="chunked")
        chunks = re.sub(rb"(?:\r\n)?[0-9a-f]+\r\n", b"", self.head_and_body(said)[1])
        self.assertEqual(chunks, whole[:50])
        self.assertNotIn(b"0\r\n\r\n", said)
        said = self.heard("truncate", after_bytes=50, ending="reset")
        self.assertTrue(said.endswith(b"<reset>"))

    def test_wrong_lengths(self):
        whole = self.raw(TARGET)[2]
        for delta in (10, -10):
            head, body = self.head_and_body(self.heard("length", delta=delta))
            self.assertIn(b"Content-Length: %d" % (len(whole) + delta), head)
            self.assertEqual(body, whole)
        self.assertIn(b"\r\n\r\nzz\r\n", self.heard("bad_chunk"))
        head, body = self.head_and_body(self.heard("http10"))
        self.assertTrue(head.startswith(b"HTTP/1.0 200"))
        self.assertNotIn(b"Content-Length", head)
        self.assertEqual(body, whole)

    def test_stalls_end_when_the_client_leaves(self):
        whole = self.raw(TARGET)[2]
        for says, until in (({"at": "start"}, b""), ({"at": "headers"}, b"\r\n\r\n"),
                            ({"at": "body", "after_bytes": 50}, whole[:50])):
            with self.subTest(**says):
                said = self.heard("stall", until=until, **says)
                self.assertEqual(said.endswith(until), True)
                self.wait_until_idle()
                self.assertIsNotNone(self.mock_api.log()[-1]["status"])

    def test_stalls_end_with_a_reset(self):
        self.mock_api.fault("stall", at="headers")
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as sock:
            sock.sendall(self.ask(TARGET))
            self.assertIn(b"200 OK", sock.recv(65536))
            state = self.mock_api.control("GET", "state")
            self.assertEqual(state["in_progress"], 1)
            self.mock_api.reset()
            self.assertEqual(sock.recv(65536), b"")

    def test_delay_and_drip(self):
        start = time.monotonic()
        self.assertEqual(self.struck("delay", delay_ms=150)[0], 200)
        self.assertGreaterEqual(time.monotonic() - start, 0.15)
        whole = self.raw(TARGET)[2]
        start = time.monotonic()
        self.assertEqual(self.struck("drip", bytes=500, every_ms=20)[2], whole)
        self.assertGreaterEqual(time.monotonic() - start, len(whole) // 500 * 0.02)

    def test_a_client_that_leaves_early(self):
        self.mock_api.fault("delay", delay_ms=60000)
        with socket.create_connection(("127.0.0.1", self.port)) as sock:
            sock.sendall(self.ask(TARGET))
        self.wait_until(self.mock_api.log)
        self.wait_until_idle()
        self.assertEqual(self.mock_api.log()[0]["bytes"], 0)

    def test_spoiled_bodies(self):
        whole = self.raw(TARGET)[2]
        for kind in ("invalid_json", "trailing_garbage", "invalid_utf8", "raw_nul"):
            with self.subTest(kind):
                body = self.struck(kind)[2]
                self.assertGreater(len(body), len(whole))
                self.assertRaises(ValueError, lambda: json.loads(body.decode()))
        self.assertIn(b'"processedDateTime":"\\u00002018', self.struck("nul")[2])
        self.assertIn(b'"processedDateTime":"\\ud83d2018', self.struck("lone_surrogate")[2])
        self.assertIn(b"[" * 5000, self.struck("deep_nesting", depth=5000)[2])
        self.assertIn(b"x" * 100000, self.struck("huge_string", bytes=100000)[2])
        self.assertEqual(self.struck("body", text="[1]", status=202)[2], b"[1]")
        self.assertEqual(self.struck("body", base64="/w==")[2], b"\xff")

    def test_items_and_envelopes(self):
        rows = self.rows(top=5)
        found = json.loads(self.struck("item", row=1, set={"licensesSold": "x"},
                                       drop=["channel"])[2])["Value"]
        wanted = {**rows[1], "licensesSold": "x"}
        del wanted["channel"]
        self.assertEqual(found, [rows[0], wanted] + rows[2:])
        body = self.struck("item", raw=',"channel":"twice"')[2]
        self.assertEqual(body.count(b'"channel":'), 6)
        page = json.loads(self.struck("envelope", set={"TotalCount": "7", "Value": {"a": 1}},
                                      drop=["@nextLink"])[2])
        self.assertEqual(page, {"Value": {"a": 1}, "TotalCount": "7"})

    def test_pages_that_come_again(self):
        first = self.rows(top=5)
        self.mock_api.fault("duplicate_page")
        self.assertEqual(self.rows(top=5, skip=5), first)
        self.mock_api.fault("duplicate_page", reverse=True)
        self.assertEqual(self.rows(top=5, skip=5), first[::-1])
        self.mock_api.fault("reverse")
        self.assertEqual(self.rows(top=5), first[::-1])

    def test_redirects(self):
        other = "http://elsewhere:1/x"
        for location, wanted in (("self", TARGET), (other, other)):
            status, headers, _ = self.struck("redirect", location=location, status=307)
            self.assertEqual((status, headers["Location"]), (307, wanted))

    def test_spoiled_compression(self):
        asks = {"Accept-Encoding": "gzip"}
        whole = self.raw(TARGET)[2]
        for kind in ("bad_gzip", "truncated_gzip"):
            _, headers, body = self.struck(kind, headers=asks)
            self.assertEqual(headers["Content-Encoding"], "gzip")
            self.assertRaises((OSError, EOFError, gzip.zlib.error), gzip.decompress, body)
        body = self.struck("bomb", headers=asks, megabytes=3)[2]
        stream = gzip.zlib.decompressobj(gzip.zlib.MAX_WBITS + 16)
        self.assertEqual(len(stream.decompress(body)), 3 << 20)
        self.assertEqual((stream.eof, stream.unused_data), (True, b""))
        _, headers, body = self.struck("encoding", name="br")
        self.assertEqual((headers["Content-Encoding"], body), ("br", whole))
        for encoding, bits in (("gzip", gzip.zlib.MAX_WBITS + 16), ("deflate", gzip.zlib.MAX_WBITS),
                               ("raw_deflate", -gzip.zlib.MAX_WBITS)):
            body = self.struck("encoding", name="x", body=encoding)[2]
            self.assertEqual(gzip.zlib.decompress(body, bits), whole)
        body = self.struck("encoding", name=["gzip", "gzip"], body="gzip_twice")[2]
        self.assertEqual(gzip.decompress(gzip.decompress(body)), whole)
        body = self.struck("encoding", name="zstd", body="zstd")[2]
        self.assertEqual((body[:4], whole in body), (b"\x28\xb5\x2f\xfd", True))

    def test_bombs(self):
        asks = {"Accept-Encoding": "gzip, deflate"}
        whole = self.raw(TARGET)[2]
        for encoding, bits in (("gzip", gzip.zlib.MAX_WBITS + 16), ("deflate", gzip.zlib.MAX_WBITS)):
            body = self.struck("bomb", headers=asks, megabytes=2, encoding=encoding, late=True)[2]
            plain = gzip.zlib.decompress(body, bits)
            self.assertEqual(plain.rstrip(b" "), whole[:whole.rfind(b"}")])
            self.assertGreater(len(plain), 2 << 20)
        self.assertLess(len(self.struck("bomb", encoding="zstd", megabytes=64)[2]), 4096)

    def test_heads(self):
        said = self.heard("huge_headers", until=b"}]", bytes=50000, count=2)
        self.assertIn(b"X-Huge-1: " + b"x" * 50000, said)
        said = self.heard("interim", until=b"200 OK", count=2)
        self.assertEqual(said.count(b"HTTP/1.1 103 Early Hints"), 2)

    def test_mute_connections(self):
        self.mock_api.fault("mute", connections=1)
        with socket.create_connection(("127.0.0.1", self.port)) as sock:
            sock.sendall(self.ask(TARGET))
            sock.settimeout(0.3)
            self.assertRaises(TimeoutError, sock.recv, 1)
        self.assertEqual(self.raw(TARGET)[0], 200)

    def test_refused_rules(self):
        for rule in ({}, {"kind": "unknown"}, {"kind": "close", "status": 1}, [3],
                     {"kind": "status", "body": "x"}, {"kind": "encoding", "body": "x"},
                     {"kind": "bomb", "encoding": "br"}, {"kind": "close", "regex": "("}):
            with self.subTest(rule):
                status, _, _ = self.mock_api.request("POST", "/__mock_api/fault", json.dumps(rule))
                self.assertEqual(status, 400)


class Control(Case):
    """Switches, log, state, and the ctl script."""

    def run_ctl(self, *words):
        return subprocess.run([sys.executable, "-B", str(FOLDER / "ctl"), str(self.port), *words],
                              capture_output=True, text=True, timeout=PATIENCE)

    def test_switches(self):
        start = self.mock_api.control("GET", "config")
        names = [one["name"] for one in self.mock_api.control("GET", "switches")]
        self.assertEqual(list(start), names)
        for wrong in ({"unknown": 1}, {"bom": 1}, {"bom": "true"}, {"rows": -1}, {"rows": True},
                      {"envelope": "x"}, {"cap_top": "5"}, {"bom": True, "rows": None}):
            with self.subTest(wrong):
                self.assertRaises(RuntimeError, self.mock_api.config, **wrong)
        self.assertEqual(self.mock_api.control("GET", "config"), start)
        self.assertTrue(self.mock_api.config(bom=True)["bom"])
        self.mock_api.reset()
        self.assertEqual(self.mock_api.control("GET", "config"), start)

    def test_the_manual_names_everything(self):
        manual = (FOLDER / "README.md").read_text(encoding="utf-8")
        for name, start, _, does in switches.SWITCHES:
            self.assertIn("| `%s` | %s |" % (name, json.dumps(start).strip('"')), manual)
            self.assertIn("| %s |" % does, manual)
        for kind, says in faults.KINDS.items():
            self.assertIn("`%s`" % kind, manual)
            for name in says:
                self.assertIn("`%s`" % name, manual)

    def test_log(self):
        target = DEPLOYMENT + "?filter=channel%20eq%20'a%2Bb'&top=2"
        self.raw(target)
        self.wait_until_idle()
        entry, = self.mock_api.log()
        self.assertEqual(entry["target"], target)
        self.assertEqual(entry["parameters"], [["filter", "channel eq 'a+b'"], ["top", "2"]])
        self.assertEqual((entry["method"], entry["path"], entry["status"]),
                         ("GET", DEPLOYMENT, 200))
        self.assertEqual(entry["bytes"], 44)
        header = dict(entry["headers"])["Authorization"]
        self.assertRegex(header, r"^Bearer [0-9a-f]{8}$")
        self.assertEqual(self.mock_api.targets(),
                         ["GET " + DEPLOYMENT + "?filter=channel eq 'a+b'&top=2"])
        self.assertEqual(self.mock_api.control("DELETE", "log"), [entry])
        self.assertEqual(self.mock_api.log(), [])

    def test_state(self):
        self.mock_api.fault("delay", delay_ms=400, times=3)
        threads = [threading.Thread(target=self.raw, args=(TARGET,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        state = self.mock_api.control("GET", "state")
        self.assertEqual((state["in_progress"], state["most_in_progress"], state["logged"]),
                         (0, 3, 3))
        # the one that asks
        self.wait_until(lambda: len(self.mock_api.control("GET", "state")["connections"]) == 1)

    def test_ctl(self):
        self.assertEqual(json.loads(self.run_ctl("config", '{"bom": true}').stdout)["bom"], True)
        self.assertIn('"code"', self.run_ctl("get", "/nowhere").stdout)
        self.run_ctl("fault", '{"kind": "close"}')
        self.assertIn("close", json.dumps(json.loads(self.run_ctl("fault").stdout)))
        self.run_ctl("fault", "--clear")
        self.run_ctl("get", DEPLOYMENT + "?filter=channel%20eq%20'x'")
        self.assertEqual(self.run_ctl("log", "--targets").stdout,
                         "GET /nowhere\nGET %s?filter=channel eq 'x'\n" % DEPLOYMENT)
        self.assertEqual(self.run_ctl("rows", "license_deployment", "--csv").stdout[:13],
                         "service_code,")
        self.assertEqual(self.run_ctl("warm", "license_usage", "50").returncode, 0)
        self.run_ctl("rows", '{"resource": "license_usage", "rows": []}')
        self.assertEqual(self.rows(USAGE) if not self.run_ctl("config", '{"bom": false}').returncode
                         else None, [])
        self.run_ctl("tokens", "access")
        self.assertEqual(self.raw(TARGET)[0], 401)
        self.run_ctl("reset")
        self.assertEqual(self.raw(TARGET)[0], 200)
        wrong = self.run_ctl("config", '{"x": 1}')
        self.assertEqual((wrong.returncode, wrong.stderr), (1, "ctl: unknown switch 'x'\n"))
        self.assertEqual(self.run_ctl().returncode, 2)

    def test_pages_are_kept(self):
        self.raw(DEPLOYMENT)
        kept = self.mock_api.control("GET", "state")["kept_bytes"]
        self.assertGreater(kept, 10000)
        self.raw(DEPLOYMENT)
        self.assertEqual(self.mock_api.control("GET", "state")["kept_bytes"], kept)

    def test_nonsense(self):
        for method, name in (("GET", "unknown"), ("POST", "log"), ("GET", "__init__"),
                             ("GET", "rows"), ("PUT", "config"), ("GET", "")):
            self.assertEqual(self.mock_api.request(method, "/__mock_api/" + name)[0], 404)
        for name, body in (("config", "{"), ("config", "[]"), ("rows", "{}"), ("rows", "[]"),
                           ("rows", '{"resource": "x", "rows": []}'), ("tokens", "{}"),
                           ("rows", '{"resource": "customers", "rows": [1]}'),
                           ("warm", '{"resource": "customers"}')):
            status, _, raw = self.mock_api.request("POST", "/__mock_api/" + name, body)
            self.assertEqual((status, list(json.loads(raw))), (400, ["error"]))
        self.assertRaises(RuntimeError, self.mock_api.rows, "unknown")


class Lifetime(unittest.TestCase):
    """Start, ports, TLS, end."""

    def start(self, *options):
        """A server that does not outlive the test."""
        server = Process(*options)
        self.addCleanup(server.kill)
        return server

    def test_ready_line(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "port")
            server = self.start("--port-file", str(path))
            self.assertTrue(re.fullmatch(r"listening on 127\.0\.0\.1 \d+\n", server.line))
            self.assertEqual(int(path.read_text()), server.port)
            self.assertEqual(server.stop(), "")
            self.assertEqual(server.process.returncode, 0)

    def test_sigterm(self):
        server = self.start()
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(server.process.wait(PATIENCE), 0)
        self.assertEqual(server.stop(), "")

    def test_ipv6(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            self.skipTest("no IPv6 loopback")
        server = self.start("--host", "::1")
        mock_api = ctl.MockApi("[::1]:%d" % server.port)
        self.assertEqual(mock_api.get(TARGET)[0], 200)
        self.assertEqual(server.stop(), "")

    def test_bad_command_lines(self):
        for words in (["--set", "unknown=1"], ["--rows", "-1"], ["--fault", "{}"],
                      ["--tls-cert", "x"], ["--warm", "unknown"]):
            done = subprocess.run([sys.executable, "-B", str(FOLDER / "server.py"), *words],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
            self.assertEqual((done.returncode, done.stdout), (2, b""), words)

    def test_start_values(self):
        server = self.start("--rows", "7", "--set", "bom=true", "--set", "envelope=items",
                         "--fault", '{"kind": "status", "status": 503}', "--warm", "license_usage")
        mock_api = ctl.MockApi(server.port)
        self.assertEqual(mock_api.get(TARGET)[0], 503)
        mock_api.config(rows=8, bom=False)
        mock_api.reset()
        body = mock_api.get(DEPLOYMENT)[2]
        self.assertEqual(len(json.loads(body.decode("utf-8-sig"))["items"]), 7)
        self.assertEqual(server.stop(), "")

    def test_tls_and_a_control_port(self):
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = str(Path(folder, "cert.pem")), str(Path(folder, "key.pem"))
            made = self.make_certificate(certificate, key)
            if not made:
                self.skipTest("no openssl command")
            port_file = Path(folder, "control")
            server = self.start("--tls-cert", certificate, "--tls-key", key,
                             "--control-port-file", str(port_file))
            trusting = ssl.create_default_context(cafile=certificate)
            connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=trusting)
            connection.request("GET", TARGET, headers=BEARER)
            self.assertEqual(len(json.loads(connection.getresponse().read())["Value"]), 5)
            connection.close()
            self.assertEqual(ctl.MockApi(server.port, tls=True).get(TARGET)[0], 200)
            control = ctl.MockApi(int(port_file.read_text()))
            self.assertEqual(len(control.log()), 2)
            self.assertEqual(control.get(TARGET)[0], 404)
            with socket.create_connection(("127.0.0.1", server.port)) as sock:
                sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
            control.fault("stall", at="body", after_bytes=20)
            connection.request("GET", TARGET, headers=BEARER)
            self.assertEqual(len(connection.getresponse().read(20)), 20)
            connection.close()
            self.assertEqual(server.stop(), "")

    def make_certificate(self, certificate, key):
        try:
            return subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                 "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                 "-keyout", key, "-out", certificate], capture_output=True).returncode == 0
        except FileNotFoundError:
            return False


if __name__ == "__main__":
    unittest.main()
