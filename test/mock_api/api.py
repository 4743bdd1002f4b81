"""Routes a request to its resource; checks tokens and headers; writes errors.

This is the whole API but for the contents of its resources: routes, tokens,
required headers, error bodies, and the passage of an answer through faults,
byte order mark and compression on its way to the wire.
"""

import collections
import email.utils
import re
import secrets
import threading
import time
import traceback
import uuid

import catalog
import legacy
import pages
import parameters
import sign_in
import tokens
from control import Control
from faults import Faults
from request_log import RequestLog
from query import Queries
from store import Store
from switches import Switches
from tables import dumps
from wire import Answer

GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", re.ASCII)
SKUS = re.compile(r"/v1/customers/([^/]*)/subscribedskus")
CUSTOMER = re.compile(r"/v1/customers/([^/]*)(/.*)")
JSON = ("Content-Type", "application/json; charset=utf-8")
CONTROL = "/__mock_api/"

# Fault codes of the documents, by what went wrong.
CODES = {"invalid": 800002, "no_token": 800001, "bad_token": 400, "graph_token": 900420,
         "forbidden": 900308, "not_found": 1000, "not_ours": 20002, "unexpected": 800003}


class Failed(Exception):
    """The request is answered with an error."""

    def __init__(self, status, code, description, headers=()):
        super().__init__(description)
        self.status = status
        self.code = code
        self.headers = list(headers)


class Api:
    """The mock API as the wire sees it."""

    def __init__(self, credentials, cache_bytes):
        self.switches = Switches()
        self.store = Store()
        self.cache = pages.Cache(cache_bytes)
        self.queries = Queries(self.store, self.cache)
        self.tokens = tokens.Tokens(credentials)
        self.faults = Faults()
        self.request_log = RequestLog()
        self.server = None
        self.control = Control(self)
        self._recent = collections.defaultdict(collections.deque)
        self._recent_lock = threading.Lock()
        self._exact, self._customer = routes()

    # What the wire calls

    def answer(self, request):
        """The answer to a request, ready to be sent."""
        if request.target.startswith(CONTROL):
            return self.control.answer(request)
        request.entry = self.request_log.begin(request)
        switches = self.switches.now()
        fault = self.faults.striking(request)
        if fault is not None:
            request.entry["fault"] = fault.number
        try:
            answer = self._true_answer(request, switches, fault)
        except Exception:
            traceback.print_exc()
            answer = self._error(Failed(500, "unexpected", "The mock API has failed."), switches)
        self._finish(request, answer, switches, fault)
        return answer

    def finished(self, request, status, sent):
        """An answer has been sent, or given up."""
        if request.entry is not None:
            self.request_log.end(request.entry, status, sent)

    def unreadable(self, status, why, connection, number):
        """The answer to something that is no request."""
        answer = self._error(Failed(status, "invalid", why), self.switches.now())
        answer.manner.close = True
        return answer

    def released(self):
        """The event that ends the stalls that are going on now."""
        return self.faults.release

    # An answer's way

    def _true_answer(self, request, switches, fault):
        if fault is not None:
            answer = fault.instead(request)
            if answer is not None:
                return answer
        try:
            answer = self._serve(request, switches, fault.tweaks() if fault else {})
        except parameters.Bad as why:
            answer = self._error(Failed(400, "invalid", str(why)), switches)
        except Failed as why:
            answer = self._error(why, switches)
        return fault.alter(answer) if fault is not None else answer

    def _finish(self, request, answer, switches, fault):
        """Headers, byte order mark, compression, manner."""
        given = {name.lower() for name, _ in answer.headers}
        path = request.target.partition("?")[0]
        is_token = bool(tokens.PATH.fullmatch(path) or sign_in.PATH.fullmatch(path))
        answer.headers += self._headers(request, is_token)
        if "content-type" not in given and answer.parts:
            answer.headers.append(JSON)
        if switches["bom"] and answer.parts and not is_token:
            answer.parts = [b"\xef\xbb\xbf"] + answer.parts
        accepts = accepts_gzip(request)
        if fault is not None:
            fault.compress(answer, accepts)
        if switches["gzip"] and accepts and answer.parts \
                and not any(name == "Content-Encoding" for name, _ in answer.headers):
            key = ("gzip",) + tuple(map(hash, answer.parts))
            answer.parts = [self.cache.get(key, lambda: pages.compressed(answer.parts))]
            answer.headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
        answer.manner.framing = answer.manner.framing or switches["transfer"]
        answer.manner.close = answer.manner.close or switches["close_after_each"]
        answer.manner.before_ms += switches["latency_ms"]
        answer.manner.release = self.faults.release
        if fault is not None:
            fault.travel(answer)

    def _headers(self, request, is_token):
        """The headers of every answer."""
        headers = [("Date", email.utils.formatdate(usegmt=True))]
        if not is_token:
            headers += [
                ("MS-RequestId", request.header("ms-requestid") or str(uuid.uuid4())),
                ("MS-CorrelationId", request.header("ms-correlationid") or str(uuid.uuid4())),
                ("MS-CV", secrets.token_urlsafe(12) + ".0"), ("MS-ServerId", "102030524"),
                ("Request-Context", "appId=cid-v1:" + "0" * 32)]
        return headers

    def _error(self, why, switches):
        """The API's error body."""
        code = CODES[why.code]
        body = {"code": code if switches["error_code_type"] == "int" else str(code),
                "description": str(why), "data": [], "source": "PartnerAPI"}
        return Answer(why.status, [JSON] + why.headers, [dumps(body).encode()])

    # Routes

    def _serve(self, request, switches, tweaks):
        """The true answer of whatever stands at the path."""
        raw_path, mark, query = request.target.partition("?")
        query = query if mark else None
        if len(request.target) > switches["max_url_length"]:
            raise Failed(414, "invalid", "The request's URL is too long.")
        path = parameters.unescaped(raw_path)
        token_path = tokens.PATH.fullmatch(path)
        if token_path is not None:
            return self.tokens.answer(request, token_path[1], bool(token_path[2]), switches)
        sign_in_path = sign_in.PATH.fullmatch(path)
        if sign_in_path is not None:
            return self.tokens.begin(request, sign_in_path[1], sign_in_path[2], switches)
        self._limit(switches["rate_limit_per_minute"], ())
        skus_path = SKUS.fullmatch(path)
        if skus_path is not None:
            return self._subscribed_skus(skus_path[1], request, query, switches)
        resource, customer = self._resource(path, raw_path, query, switches)
        access = self._access(request, switches)
        if request.method != "GET":
            raise Failed(405, "invalid", "The method is not allowed.", [("Allow", "GET")])
        check_headers(request)
        self._permit(resource, access, switches)
        self._limit(switches["per_minute"],
                    (resource.name, tokens.tenant_of(request.header("authorization"))))
        if resource.kind == "customers":
            return legacy.customers(self.store, resource, request, query, switches)
        if resource.kind in ("partner", "customer"):
            return self._legacy(resource, customer, query, switches)
        return self.queries.answer(resource, request, query, switches, tweaks)

    def _resource(self, path, raw_path, query, switches):
        """The resource at a path, and the customer's GUID in it."""
        found = self._exact.get(path)
        if found is not None:
            resource, form = found
            if resource.kind != "commercial" or switches["path_form"] in ("both", form):
                return resource, None
        slashed = self._exact.get(path + "/")
        if slashed is not None and switches["redirect_slash"] \
                and switches["path_form"] in ("both", slashed[1]):
            target = raw_path + "/" + ("?" + query if query is not None else "")
            raise Failed(301, "not_found", "The resource has moved.", [("Location", target)])
        match = CUSTOMER.fullmatch(path)
        if match is not None and match[2] in self._customer:
            return self._customer[match[2]], match[1]
        raise Failed(404, "not_found", "The resource was not found.")

    def _access(self, request, switches):
        """The live token that a request brings."""
        written = request.header("authorization")
        challenge = [("WWW-Authenticate", 'OAuth realm="mock_api"')]
        if written is None:
            raise Failed(401, "no_token", "The authorization token is missing.", challenge)
        scheme, _, token = written.partition(" ")
        access = self.tokens.live(token) if scheme.lower() == "bearer" else None
        if access is None and switches["foreign_tokens"] and token:
            return tokens.Access(float("inf"), False, "")
        if access is None:
            raise Failed(401, "bad_token", "Access denied: the token is unknown or has expired.",
                         challenge)
        if access.audience == tokens.GRAPH:
            raise Failed(401, "graph_token", "The token's audience is not supported.", challenge)
        return access

    def _permit(self, resource, access, switches):
        """Refuse what the token may not read."""
        if access.app_only and resource.kind != "customers" and switches["app_only"] != "all":
            raise Failed(403, "forbidden", "Access denied: analytics need user credentials.")
        if resource.name in switches["forbidden"]:
            raise Failed(403, "forbidden", "Access denied: the role lacks the rights.")

    def _legacy(self, resource, guid, query, switches):
        """A legacy licence resource, which takes no parameters."""
        if query is not None:
            raise parameters.Bad("The resource takes no parameters.")
        customer = self._customer_of(guid, switches) if resource.kind == "customer" else None
        return legacy.licences(self.store, resource, switches, customer)

    def _subscribed_skus(self, guid, request, query, switches):
        """The products of a customer with their seats, of which user credentials are needed."""
        access = self._access(request, switches)
        if request.method != "GET":
            raise Failed(405, "invalid", "The method is not allowed.", [("Allow", "GET")])
        check_headers(request)
        if access.app_only and switches["app_only"] != "all":
            raise Failed(403, "forbidden", "Access denied: seats need user credentials.")
        parameters.read(query, ("licenseGroupIds",), switches)
        return legacy.subscribed_skus(self._customer_of(guid, switches))

    def _customer_of(self, guid, switches):
        """The customer with the GUID of a path."""
        if GUID.fullmatch(guid) is None:
            raise parameters.Bad("The customer id is not a GUID.")
        customer = self.store.customer(switches, guid)
        if customer is None and switches["unknown_customer"] == "403":
            raise Failed(403, "not_ours", "There is no relationship with the customer.")
        if customer is None:
            raise Failed(404, "not_found", "The customer was not found.")
        return customer

    def _limit(self, limit, key):
        """Refuse what comes too fast; requests with different keys count apart."""
        if not limit:
            return
        with self._recent_lock:
            now, recent = time.monotonic(), self._recent[key]
            while recent and recent[0] < now - 60:
                recent.popleft()
            if len(recent) >= limit:
                wait = int(recent[0] + 60 - now) + 1
                raise Failed(429, "invalid", "Rate limit is exceeded. Try again in %d seconds."
                             % wait, [("Retry-After", str(wait))])
            recent.append(now)

    def forget_rate(self):
        """Let the rate limit start again."""
        with self._recent_lock:
            self._recent.clear()


def routes():
    """Resources by their exact path, and per-customer ones by what follows the GUID."""
    exact, customer = {}, {}
    for resource in catalog.RESOURCES:
        for form, path in resource.paths:
            if "{customer}" in path:
                customer[path.partition("{customer}")[2]] = resource
            else:
                exact[path] = (resource, form)
    return exact, customer


def check_headers(request):
    """Refuse ids that are no GUIDs, and clients that take no JSON."""
    for name in ("MS-RequestId", "MS-CorrelationId"):
        value = request.header(name.lower())
        if value is not None and GUID.fullmatch(value) is None:
            raise parameters.Bad("The %s header is not a GUID." % name)
    accept = request.header("accept", "*/*")
    kinds = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    if not {"*/*", "application/*", "application/json"}.intersection(kinds):
        raise Failed(406, "invalid", "The resource is only available as application/json.")


def accepts_gzip(request):
    """Whether the client takes a compressed body."""
    for part in request.header("accept-encoding", "").split(","):
        name, _, quality = part.replace(" ", "").lower().partition(";q=")
        if name in ("gzip", "*"):
            return quality not in ("0", "0.0", "0.00", "0.000")
    return False
