"""Writes a page of rows: its keys, values, envelope and next link.

query.py selects the rows, wire.py sends the page.
"""

import gzip
import threading
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import dates
from tables import MISSING, Number, dumps

DATE_TYPES = ("datetime", "datetimez", "date")


@dataclass(frozen=True)
class Style:
    """What the look of a row depends on."""
    key_case: str = "documented"
    row_keys: str = "sample"
    numbers_as_strings: bool = False
    omit_nulls: bool = False
    empty_for_null: bool = False
    date_format: str = "documented"
    json_ascii: bool = False
    pretty: bool = False
    grouped: bool = False
    strings: bool = False       # metrics are strings

    @classmethod
    def of(cls, switches, **more):
        names = ("key_case", "row_keys", "numbers_as_strings", "omit_nulls", "empty_for_null",
                 "date_format", "json_ascii", "pretty")
        return cls(**{name: switches[name] for name in names}, **more)

    @property
    def comma(self):
        """What stands between the fields of a row."""
        return b",\n      " if self.pretty else b","

    @property
    def between(self):
        """What stands between rows."""
        return b"\n    },\n    {\n      " if self.pretty else b"},{"

    def cased(self, key):
        if self.key_case == "lower":
            return key.lower()
        if self.key_case == "upper-first":
            return key[:1].upper() + key[1:]
        return key

    def key(self, field):
        """The key under which a field is printed."""
        if self.grouped:
            return self.cased(field.grouped)
        return self.cased(field.printed if self.row_keys == "sample" else field.name)

    def fragment(self, key, field, value):
        """'"key":value', or None where nothing is printed."""
        if value is MISSING or (value is None and self.omit_nulls):
            return None
        if value is None and self.empty_for_null and field is not None and field.type != "text":
            value = ""
        if isinstance(value, str) and value and field is not None and field.type in DATE_TYPES \
                and not isinstance(value, Number):
            value = dates.rewritten(value, self.date_format)
        printed = dumps(value, self.json_ascii)
        is_number = (isinstance(value, (int, float, Number)) and not isinstance(value, bool))
        if is_number and (self.numbers_as_strings
                          or (self.strings and field is not None and field.metric)):
            printed = '"' + printed + '"'
        gap = '": ' if self.pretty else '":'
        return ('"' + key + gap + printed).encode()


class Cache:
    """Bytes made once, kept up to a total size."""

    def __init__(self, limit):
        self.limit = limit
        self.size = 0
        self._lock = threading.Lock()
        self._kept = OrderedDict()

    def get(self, key, make):
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            if key not in self._kept and len(made) <= self.limit:
                self._kept[key] = made
                self.size += len(made)
                while self.size > self.limit:
                    _, old = self._kept.popitem(last=False)
                    self.size -= len(old)
        return made

    def clear(self):
        with self._lock:
            self._kept.clear()
            self.size = 0


def compressed(parts):
    """The gzip form of a body; fast rather than small."""
    return gzip.compress(b"".join(parts), compresslevel=1, mtime=0)


def envelope(style, kind, rows, count, link, total):
    """The parts of a page: rows joined and printed, their number, members around them."""
    name = style.cased(kind if kind in ("Value", "value", "items", "Items") else "Value")
    space = b" " if style.pretty else b""
    if kind == "object" and count == 1:
        return [b"{", rows, b"}\n" if style.pretty else b"}"]
    if kind == "array":
        return [b"[{", rows, b"}]"] if count else [b"[]"]
    lead = (b'{\n  "' if style.pretty else b'{"') + name.encode() + b'":' + space
    tail = b""
    if link is not MISSING:
        tail += member(style, "@nextLink", link)
    if total is not MISSING:
        spelled = "totalCount" if kind in ("value", "items") else "TotalCount"
        tail += member(style, spelled, total)
    tail += b"\n}" if style.pretty else b"}"
    if not count:
        return [lead + b"[]" + tail]
    if style.pretty:
        return [lead + b"[\n    {\n      ", rows, b"\n    }\n  ]" + tail]
    return [lead + b"[{", rows, b"}]" + tail]


def member(style, key, value):
    """One more member of the envelope."""
    start = ',\n  "' if style.pretty else ',"'
    gap = '": ' if style.pretty else '":'
    return (start + style.cased(key) + gap + dumps(value, style.json_ascii)).encode()


def next_link(kind, request, foreign_host, parameters, changes):
    """The text of a next link, as the switch says; parameters are (name, value) pairs."""
    if kind == "self":
        changes = {}
    pairs = [(name, changes.get(name, value)) for name, value in parameters]
    named = {name for name, _ in pairs}
    pairs += [pair for pair in changes.items() if pair[0] not in named]
    path = urlsplit(request.target).path
    if kind == "relative_unencoded":
        query = "&".join("%s=%s" % pair for pair in pairs)
    else:
        query = "&".join(name + "=" + quote(str(value), safe="") for name, value in pairs)
    if kind == "last_segment":
        return path.rstrip("/").rpartition("/")[2] + "?" + query
    if kind in ("relative", "relative_unencoded", "self"):
        return path.rpartition("/")[2] + "?" + query
    scheme = "https" if request.tls else "http"
    host = request.header("host", "")
    if kind == "http":
        scheme = "http"
    if kind == "foreign":
        host = foreign_host
    return "%s://%s%s?%s" % (scheme, host, path, query)
