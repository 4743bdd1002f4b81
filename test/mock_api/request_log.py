"""The log of received requests, without the secrets in them.

Control requests are not in it.
"""

import hashlib
import threading
import time
from urllib.parse import parse_qsl, unquote

# Requests that are remembered; the oldest are forgotten first.
KEEP = 200_000

SECRET_FIELDS = ("client_secret", "refresh_token", "access_token", "code", "assertion",
                 "device_code", "code_verifier", "client_assertion")


# How many secrets of a name are remembered.
KEEP_SECRETS = 1000


def digest(secret):
    """What stands for a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()[:8]


def shown_header(name, value):
    """A header as it is logged."""
    if name.lower() not in ("authorization", "proxy-authorization", "cookie"):
        return value
    scheme, blank, secret = value.partition(" ")
    return scheme + " " + digest(secret) if blank else digest(value)


def form_pairs(request):
    """The fields of a form, as they were sent."""
    return parse_qsl(request.body.decode("latin-1"), keep_blank_values=True)


def shown_form(request):
    """The fields of a form, secrets replaced."""
    kind = request.header("content-type", "").partition(";")[0].strip().lower()
    if not request.body or kind != "application/x-www-form-urlencoded":
        return None
    return [[name, "sha256:" + digest(value) if name in SECRET_FIELDS else value]
            for name, value in form_pairs(request)]


class RequestLog:
    """The log, and how many requests are being answered."""

    def __init__(self):
        self._lock = threading.Lock()
        self._secrets = {}
        self.clear()
        self._busy = 0

    def clear(self):
        with self._lock:
            self._entries = []
            self._most = 0

    def begin(self, request):
        """Note a request that has arrived."""
        path, mark, query = request.target.partition("?")
        entry = {
            "time": time.time(), "connection": request.connection, "number": request.number,
            "method": request.method, "target": request.target,
            "path": unquote(path, errors="replace"),
            "parameters": [[unquote(part, errors="replace") for part in pair.split("=", 1)]
                           for pair in query.split("&")] if mark else [],
            "headers": [[name, shown_header(name, value)] for name, value in request.headers],
            "status": None, "bytes": None, "ms": None, "fault": None,
        }
        form = shown_form(request)
        if form is not None:
            entry["form"] = form
            self._remember(form_pairs(request))
        with self._lock:
            self._entries.append(entry)
            if len(self._entries) > KEEP:
                del self._entries[:KEEP // 10]
            self._busy += 1
            self._most = max(self._most, self._busy)
        return entry

    def _remember(self, pairs):
        """Keep the secrets of a form, which the log does not show."""
        with self._lock:
            for name, value in pairs:
                if name in SECRET_FIELDS:
                    kept = self._secrets.setdefault(name, [])
                    if value not in kept[-KEEP_SECRETS:]:
                        kept.append(value)

    def secrets(self):
        """The secrets of all forms: {name: [value, ...]}."""
        with self._lock:
            return {name: list(values) for name, values in self._secrets.items()}

    def end(self, entry, status, sent):
        """Note how a request was answered; bytes are those of the body that left."""
        with self._lock:
            entry.update(status=status, bytes=sent,
                         ms=round((time.time() - entry["time"]) * 1000, 3))
            self._busy -= 1

    def entries(self):
        with self._lock:
            return [dict(entry) for entry in self._entries]

    def take(self):
        """The entries so far, forgotten in the same moment: none is lost between."""
        with self._lock:
            taken = [dict(entry) for entry in self._entries]
            self._entries = []
            self._most = 0
            return taken

    def load(self):
        """Requests in progress, the most of them at once since the log was emptied, in all."""
        with self._lock:
            return {"in_progress": self._busy, "most_in_progress": self._most,
                    "logged": len(self._entries)}
