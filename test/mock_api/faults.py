"""The rules that make the mock API misbehave.

A fault is a rule: which requests it waits for, how many of them it lets pass,
how many it strikes, and what it does to their answers.  The first rule that
strikes wins.  Control requests are never struck; token requests only by a rule
that names their path.
"""

import base64
import email.utils
import gzip
import itertools
import json
import re
import struct
import threading
import time
import zlib
from urllib.parse import unquote

import tokens
from tables import Number, dumps, loads
from wire import Answer, Manner

# What every rule may say: prefix of the path, pattern of "METHOD path?query" decoded,
# requests that pass before, strikes (0: for ever), every how manieth, life in ms.
COMMON = {"path": "", "regex": "", "after": 0, "times": 1, "every": 1, "for_ms": 0, "delay_ms": 0}

# What each kind may say besides, with its default.
KINDS = {
    # instead of an answer
    "status": {"status": 500, "body": "api", "code": None, "description": None, "text": None,
               "headers": {}, "retry_after": None},
    "body": {"status": 200, "text": None, "base64": None,
             "content_type": "application/json; charset=utf-8", "headers": {}},
    "empty": {}, "no_content": {},
    "redirect": {"status": 302, "location": "self"},
    "close": {}, "reset": {},
    "garbage": {"text": "this is not HTTP\r\n\r\n"},
    # how the answer travels
    "delay": {},
    "stall": {"at": "start", "after_bytes": 1000},
    "drip": {"bytes": 1, "every_ms": 100},
    "truncate": {"after_bytes": 100, "ending": "close", "framing": ""},
    "length": {"delta": 10},
    "bad_chunk": {}, "http10": {},
    "interim": {"count": 1},
    "huge_headers": {"bytes": 1000000, "count": 1},
    # what the body holds
    "invalid_json": {}, "trailing_garbage": {"text": "]}garbage"}, "invalid_utf8": {},
    "nul": {}, "raw_nul": {}, "lone_surrogate": {},
    "deep_nesting": {"depth": 100000}, "huge_string": {"bytes": 100000000},
    "item": {"row": 0, "set": {}, "drop": [], "raw": ""},
    "envelope": {"set": {}, "drop": []},
    "duplicate_page": {"reverse": False}, "reverse": {},
    # how the body is compressed
    "bad_gzip": {}, "truncated_gzip": {"keep": 0.5},
    "bomb": {"megabytes": 1024, "encoding": "gzip", "late": False},
    "encoding": {"name": "gzip", "body": "none"},
    # connections that are never read from
    "mute": {"connections": 1},
}

# How a body may be encoded, whatever its Content-Encoding says.
ENCODINGS = ("none", "gzip", "deflate", "raw_deflate", "gzip_twice", "zstd")

BODIES = ("api", "int_code", "gateway", "oauth", "aspnet", "odata", "odata_v3", "problem", "html",
          "text", "empty")


class Refused(ValueError):
    """No such fault."""


class Fault:
    """One rule and how often it has met its requests."""

    def __init__(self, number, given):
        kind = given.get("kind")
        if kind not in KINDS:
            raise Refused("unknown kind of fault %r" % (kind,))
        known = {**COMMON, **KINDS[kind]}
        for name in given:
            if name != "kind" and name not in known:
                raise Refused("a fault of kind %s has no %r" % (kind, name))
        self.number = number
        self.kind = kind
        self.says = {**known, **given}
        if kind == "status" and self.says["body"] not in BODIES:
            raise Refused("body must be one of " + ", ".join(BODIES))
        if kind == "encoding" and self.says["body"] not in ENCODINGS:
            raise Refused("body must be one of " + ", ".join(ENCODINGS))
        if kind == "bomb" and self.says["encoding"] not in BOMBS:
            raise Refused("encoding must be one of " + ", ".join(BOMBS))
        try:
            self._pattern = re.compile(self.says["regex"])
        except re.error as why:
            raise Refused("bad regex: %s" % why) from None
        self.seen = 0
        self.struck = 0
        self._end = time.monotonic() + self.says["for_ms"] / 1000 if self.says["for_ms"] else None

    def strikes(self, request):
        """Whether this request is one that the rule waits for, and its turn has come."""
        says = self.says
        target = unquote(request.target, errors="replace")
        if not target.startswith(says["path"]):
            return False
        if not self._pattern.search(request.method + " " + target):
            return False
        named = says["path"] or says["regex"]
        if not named and tokens.PATH.fullmatch(target.partition("?")[0]):
            return False
        if self._end is not None and time.monotonic() > self._end:
            return False
        self.seen += 1
        nth = self.seen - says["after"]
        if nth < 1 or (nth - 1) % says["every"] or 0 < says["times"] <= self.struck:
            return False
        self.struck += 1
        return True

    def tweaks(self):
        """What the making of a page has to do differently."""
        if self.kind == "duplicate_page":
            return {"duplicate_page": True, "reverse": self.says["reverse"]}
        return {"reverse": True} if self.kind == "reverse" else {}

    def instead(self, request):
        """The answer that is given instead of the true one, None to give that."""
        make = INSTEAD.get(self.kind)
        return make(repeated(self.says, request), request) if make is not None else None

    def alter(self, answer):
        """The true answer with its body spoiled."""
        spoil = SPOILS.get(self.kind)
        if spoil is None:
            return answer
        return Answer(answer.status, answer.headers, [spoil(self.says, answer.body)])

    def compress(self, answer, accepts):
        """Spoil the compression of a finished body; accepts: the client takes gzip."""
        if self.kind == "encoding":
            names = self.says["name"]
            answer.headers += [("Content-Encoding", name)
                               for name in ([names] if isinstance(names, str) else names)]
            answer.parts = [encoded(answer.body, self.says["body"])]
        elif self.kind == "bomb" and (accepts or self.says["encoding"] == "zstd"):
            name = self.says["encoding"]
            lead = answer.body[:answer.body.rfind(b"}")] if self.says["late"] else b""
            answer.parts = [BOMBS[name](self.says["megabytes"], lead)]
            answer.headers.append(("Content-Encoding", name))
        if not accepts:
            return
        if self.kind == "bad_gzip":
            spoiled = b"\x1f\x8b\x08\0" + b"this is not deflate" * 20
        elif self.kind == "truncated_gzip":
            whole = gzip.compress(answer.body, 1)
            spoiled = whole[:int(len(whole) * self.says["keep"])]
        else:
            return
        answer.parts = [spoiled]
        answer.headers.append(("Content-Encoding", "gzip"))

    def travel(self, answer):
        """Spoil the manner of an answer."""
        says, manner = self.says, answer.manner
        manner.before_ms += says["delay_ms"]
        if self.kind in ("close", "reset", "garbage"):
            manner.silent, manner.ending = True, self.kind
        elif self.kind == "stall":
            manner.ending = "stall"
            manner.silent = says["at"] == "start"
            manner.stop_after = says["after_bytes"] if says["at"] == "body" else 0
        elif self.kind == "drip":
            manner.drip_bytes, manner.drip_ms = says["bytes"], says["every_ms"]
        elif self.kind == "truncate":
            manner.stop_after, manner.ending = says["after_bytes"], says["ending"]
            manner.framing = says["framing"] or manner.framing
        elif self.kind == "length":
            manner.length_delta = says["delta"]
            manner.framing = "length"
        elif self.kind == "bad_chunk":
            manner.framing, manner.bad_chunk = "chunked", True
        elif self.kind == "http10":
            manner.framing, manner.version = "close", "HTTP/1.0"
        elif self.kind == "interim":
            manner.before = b"HTTP/1.1 103 Early Hints\r\nX-Hint: none\r\n\r\n" * says["count"]
        elif self.kind == "huge_headers":
            answer.headers += [("X-Huge-%d" % at, "x" * says["bytes"])
                               for at in range(says["count"])]


def repeated(says, request):
    """A rule whose texts repeat what the request carried, where they ask for it."""
    body = (request.body or b"").decode("latin-1")
    marks = {"{authorization}": request.header("authorization", "").partition(" ")[2],
             "{form}": body, "{fields}": unquote(body)}

    def fill(value):
        if isinstance(value, dict):
            return {name: fill(one) for name, one in value.items()}
        if isinstance(value, str):
            for mark, carried in marks.items():
                value = value.replace(mark, carried)
        return value
    return {name: fill(value) for name, value in says.items()}


def status_answer(says, request):
    """An error in one of the shapes that the documents and users report."""
    status = says["status"]
    code = says["code"] if says["code"] is not None else status
    why = says["description"] or "The mock API was asked to answer %d." % status
    json_type = "application/json; charset=utf-8"
    shapes = {
        "api": (json_type, dumps({"code": str(code), "description": why, "data": [],
                                  "source": "PartnerAPI"})),
        "int_code": (json_type, dumps({"code": as_int(code), "description": why, "data": [],
                                       "source": "PartnerAPI"})),
        "gateway": (json_type, dumps({"statusCode": status, "message": "Rate limit is exceeded. "
                                      "Try again in %s seconds." % (says["retry_after"] or 57)})),
        "oauth": (json_type, dumps({"error": str(code), "error_description": why})),
        "aspnet": (json_type, dumps({"Message": "An error has occurred.", "ExceptionMessage": why,
                                     "ExceptionType": "System.FormatException",
                                     "StackTrace": "   at Startup.Main(String[] args)",
                                     "InnerException": {"Message": "An error has occurred.",
                                                        "ExceptionMessage": "Bad digit at 3.",
                                                        "ExceptionType": "System.IndexException"},
                                     "ModelState": {"query.filter": ["Not a filter.",
                                                                     "Too long."]}})),
        "odata": (json_type, dumps({"error": {
            "code": str(code), "message": why, "target": "$filter",
            "details": [{"code": "E2", "target": "channel", "message": "No such field."}],
            "innererror": {"type": "Microsoft.OData.ODataException", "message": "Unknown token.",
                           "stacktrace": "   at Startup.Main(String[] args)"}}})),
        "odata_v3": (json_type, dumps({"odata.error": {
            "code": str(code), "message": {"lang": "en-US", "value": why}}})),
        "problem": (json_type, dumps({"type": "https://example.com/probs/filter", "title": why,
                                      "status": status, "traceId": "00-4bf92f35-01",
                                      "errors": {"filter": ["The value is not valid."]}})),
        "html": ("text/html", "<html><head><title>%d</title></head><body><h1>Service "
                 "unavailable</h1></body></html>" % status),
        "text": ("text/plain; charset=utf-8", why),
        "empty": (None, ""),
    }
    kind, text = shapes[says["body"]]
    if says["text"] is not None:
        text = says["text"]
    headers = [("Content-Type", kind)] if kind else []
    if says["retry_after"] is not None:
        headers.append(("Retry-After", retry_after(says["retry_after"])))
    return Answer(status, headers + list(says["headers"].items()),
                  [text.encode()] if text else [])


def as_int(code):
    try:
        return int(code)
    except ValueError:
        return 0


def retry_after(says):
    """A Retry-After value; date:N is the HTTP date N seconds from now."""
    if isinstance(says, str) and says.startswith("date:"):
        return email.utils.formatdate(time.time() + float(says[5:]), usegmt=True)
    return str(says)


def body_answer(says, request):
    body = base64.b64decode(says["base64"]) if says["base64"] else (says["text"] or "").encode()
    return Answer(says["status"], [("Content-Type", says["content_type"])]
                  + list(says["headers"].items()), [body] if body else [])


def redirect_answer(says, request):
    location = request.target if says["location"] == "self" else says["location"]
    return Answer(says["status"], [("Location", location)])


INSTEAD = {
    "status": status_answer,
    "body": body_answer,
    "empty": lambda says, request: Answer(
        200, [("Content-Type", "application/json; charset=utf-8")]),
    "no_content": lambda says, request: Answer(204),
    "redirect": redirect_answer,
    "close": lambda says, request: Answer(),
    "reset": lambda says, request: Answer(),
    "garbage": lambda says, request: Answer(
        manner=Manner(silent=True, before=says["text"].encode())),
}

# The beginning of the first string value of a body.
STRING_VALUE = re.compile(rb'":\s*"')


def into_string(raw):
    """A spoiler that puts bytes into the first string value."""
    def spoil(says, body):
        return STRING_VALUE.sub(lambda match: match.group() + raw, body, count=1)
    return spoil


def into_item(raw):
    """A spoiler that adds raw members to the first item."""
    def spoil(says, body):
        at = body.find(b"{", body.find(b"[")) + 1
        return body[:at] + raw(says) + body[at:]
    return spoil


def spoil_item(says, body):
    """Change one item: members set, dropped, or raw text before its end."""
    whole = loads(body.decode())
    items = whole if isinstance(whole, list) else next(
        (value for value in whole.values() if isinstance(value, list)), [whole])
    if not items:
        return body
    item = items[says["row"] % len(items)]
    for name in says["drop"]:
        item.pop(name, None)
    item.update(says["set"])
    if says["raw"]:
        printed = dumps(item)
        items[says["row"] % len(items)] = Number(printed[:-1] + says["raw"] + "}")
    return dumps(whole).encode()


def spoil_envelope(says, body):
    """Change the members around the items."""
    whole = loads(body.decode())
    if not isinstance(whole, dict):
        return body
    for name in says["drop"]:
        whole.pop(name, None)
    whole.update(says["set"])
    return dumps(whole).encode()


SPOILS = {
    "invalid_json": lambda says, body: body[:len(body) // 2] + b'"~' + body[len(body) // 2:],
    "trailing_garbage": lambda says, body: body + says["text"].encode(),
    "invalid_utf8": into_string(b"\xff\xfe\xc3\x28"),
    "nul": into_string(b"\\u0000"),
    "raw_nul": into_string(b"\0"),
    "lone_surrogate": into_string(b"\\ud83d"),
    "deep_nesting": into_item(lambda says: b'"deep":' + b"[" * says["depth"]
                              + b"]" * says["depth"] + b","),
    "huge_string": into_item(lambda says: b'"huge":"' + b"x" * says["bytes"] + b'",'),
    "item": spoil_item,
    "envelope": spoil_envelope,
}


BLANKS = b" " * (1 << 20)


def deflated_blanks(megabytes, lead):
    """A raw deflate stream of the lead and that many megabytes of blanks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    begin = packer.compress(lead) + packer.flush(zlib.Z_FULL_FLUSH)
    # what ends in a full flush does not depend on what stands before it
    block = packer.compress(BLANKS) + packer.flush(zlib.Z_FULL_FLUSH)
    return begin + block * megabytes + packer.flush()


def checked(check, megabytes, lead):
    """The checksum of the same bytes, by that function of zlib."""
    value = check(lead)
    for _ in range(megabytes):
        value = check(BLANKS, value)
    return value


def gzip_bomb(megabytes, lead=b""):
    return (b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + deflated_blanks(megabytes, lead)
            + struct.pack("<II", checked(zlib.crc32, megabytes, lead),
                          len(lead) + (megabytes << 20) & 0xffffffff))


def deflate_bomb(megabytes, lead=b""):
    return (b"\x78\xda" + deflated_blanks(megabytes, lead)
            + struct.pack(">I", checked(zlib.adler32, megabytes, lead)))


def zstd_block(kind, size, content, last=False):
    """A block of a Zstandard frame (RFC 8878, section 3.1.1.2)."""
    return (size << 3 | kind << 1 | last).to_bytes(3, "little") + content


def zstd_frame(content, megabytes=0):
    """A Zstandard frame that asks for a window of 128 MB."""
    size = 1 << 17
    blocks = [zstd_block(0, len(piece), piece)
              for piece in (content[at:at + size] for at in range(0, len(content), size))]
    blocks.append(zstd_block(1, size, b" ") * (megabytes << 20 >> 17))
    return b"\x28\xb5\x2f\xfd\0\x88" + b"".join(blocks) + zstd_block(0, 0, b"", True)


BOMBS = {"gzip": gzip_bomb, "deflate": deflate_bomb,
         "zstd": lambda megabytes, lead=b"": zstd_frame(lead, megabytes)}


def encoded(body, encoding):
    """A body in one of ENCODINGS."""
    if encoding == "none":
        return body
    if encoding == "deflate":
        return zlib.compress(body, 1)
    if encoding == "raw_deflate":
        packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        return packer.compress(body) + packer.flush()
    if encoding == "zstd":
        return zstd_frame(body)
    once = gzip.compress(body, 1, mtime=0)
    return gzip.compress(once, 1, mtime=0) if encoding == "gzip_twice" else once


class Faults:
    """The rules in force."""

    def __init__(self):
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._rules = []
        self.release = threading.Event()

    def add(self, given):
        """Add a rule; Refused if there is no such thing."""
        if not isinstance(given, dict):
            raise Refused("a fault is an object")
        fault = Fault(next(self._numbers), given)
        with self._lock:
            self._rules.append(fault)
        return fault

    def clear(self):
        """Drop all rules, and let go of what they hold up."""
        with self._lock:
            self._rules = []
            self.release.set()
            self.release = threading.Event()

    def striking(self, request):
        """The rule that strikes a request, None when none does."""
        with self._lock:
            return next((one for one in self._rules if one.strikes(request)), None)

    def listed(self):
        with self._lock:
            return [{"id": one.number, "seen": one.seen, "struck": one.struck,
                     **json.loads(json.dumps(one.says))} for one in self._rules]
