"""Receives requests from a socket and sends responses, well behaved or not.

HTTP/1.1 with keep-alive, a thread for each connection.  The manner of a response
says how it misbehaves: late, slowly, in part, with the wrong length, not at all.
api.py makes the response, faults.py chooses the fault.
"""

import itertools
import select
import socket
import ssl
import struct
import threading
import time
import traceback
from dataclasses import dataclass, field
from http import HTTPStatus

# A request's head; the API's own limit is below (IIS takes 16 kB of headers).
MAX_HEAD = 128 * 1024
# A request's body: rows posted to the control endpoint are the largest.
MAX_BODY = 512 * 1024 * 1024
# Bodies framed as chunks are cut at this size.
CHUNK = 64 * 1024
# While waiting for a client to leave, look for the release this often, in seconds.
TURN = 0.1

TOKEN_CHARS = frozenset("!#$%&'*+-.^_`|~0123456789"
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Gone(ConnectionError):
    """The client has left."""


class Unreadable(ValueError):
    """What arrived is not an HTTP request that can be answered normally."""

    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


@dataclass
class Request:
    """A request as it was received."""
    method: str
    target: str
    version: str
    headers: list
    connection: int
    number: int
    body: bytes = b""
    tls: bool = False
    entry: dict = None      # its line in the request log

    def header(self, name, default=None):
        """The value of a header, by its name in lower case."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return default


@dataclass
class Manner:
    """How an answer travels."""
    before_ms: int = 0          # wait before anything is sent
    silent: bool = False        # not even a status line
    stop_after: int = None      # bytes of the body that are sent
    ending: str = "close"       # after stopping: close, reset, stall
    drip_bytes: int = 0         # pieces of this size
    drip_ms: int = 0            # with this pause between them
    framing: str = ""           # length, chunked, close
    length_delta: int = 0       # added to the true Content-Length
    bad_chunk: bool = False     # a chunk size that is no number
    close: bool = False         # no keep-alive
    version: str = "HTTP/1.1"
    before: bytes = b""         # sent before the status line
    release: threading.Event = None     # set when waiting must end


@dataclass
class Answer:
    """A status, headers and a body in parts; immutable."""
    status: int = 200
    headers: list = field(default_factory=list)
    parts: list = field(default_factory=list)
    manner: Manner = field(default_factory=Manner)

    @property
    def body(self):
        return b"".join(self.parts)

    @property
    def size(self):
        return sum(map(len, self.parts))


class Connection:
    """One accepted socket, until either side is done with it."""

    def __init__(self, server, sock, number):
        self._server = server
        self._sock = sock
        self._number = number
        self._buffer = bytearray()
        self._poll = None
        self._sent = 0

    def run(self):
        try:
            if self._server.muted():
                self._stall(self._server.application.released())
                return
            if self._server.tls is not None:
                self._sock = self._server.tls.wrap_socket(self._sock, server_side=True)
            for count in itertools.count(1):
                if not self._exchange(count):
                    break
        except OSError:
            pass        # the client left, or never spoke TLS
        finally:
            self._close()

    def _close(self):
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._sock.close()
        self._server.forget(self._number)

    def _exchange(self, count):
        """Answer one request; whether another may follow."""
        application = self._server.application
        try:
            request = self._read(count)
        except Unreadable as why:
            answer = application.unreadable(why.status, str(why), self._number, count)
            self._send(answer, "GET")
            return False
        if request is None:
            return False
        answer = application.answer(request)
        self._sent = 0
        try:
            stays = self._send(answer, request.method)
        finally:
            application.finished(request, answer.status, self._sent)
        return stays and keeps_alive(request)

    # Reading

    def _more(self):
        """Wait for bytes; whether there were any."""
        data = self._sock.recv(65536)
        self._buffer += data
        return bool(data)

    def _read(self, count):
        """The next request, None when the client has closed."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD:
                raise Unreadable(431, "The request's headers are too large.")
            if not self._more():
                return None
        head = bytes(self._buffer[:end]).decode("latin-1").split("\r\n")
        del self._buffer[:end + 4]
        words = head[0].split(" ")
        if len(words) != 3 or words[2] not in ("HTTP/1.1", "HTTP/1.0"):
            raise Unreadable(400, "The request line is malformed.")
        request = Request(words[0], words[1], words[2], read_headers(head[1:]),
                          self._number, count, tls=self._server.tls is not None)
        if request.version == "HTTP/1.1" and request.header("host") is None:
            raise Unreadable(400, "The Host header is missing.")
        request.body = self._read_body(request)
        return request

    def _read_body(self, request):
        if request.header("transfer-encoding") is not None:
            raise Unreadable(411, "The request's length is required.")
        written = request.header("content-length", "0")
        if not (written.isascii() and written.isdigit()):
            raise Unreadable(400, "The Content-Length header is malformed.")
        length = int(written)
        if length > MAX_BODY:
            raise Unreadable(413, "The request's body is too large.")
        if length and request.header("expect", "").lower() == "100-continue":
            self._sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(self._buffer) < length:
            if not self._more():
                raise Gone
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        return body

    # Waiting, with an eye on the client

    def _wait(self, seconds, release=None):
        """Let time pass; Gone when the client leaves, or when released."""
        if self._poll is None:
            self._poll = select.poll()
            self._poll.register(self._sock, select.POLLIN)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if release is not None and release.is_set():
                raise Gone
            if not self._poll.poll(min(left, TURN) * 1000):
                continue
            if len(self._buffer) > MAX_HEAD:
                time.sleep(min(left, TURN))
            elif not self._more():
                raise Gone

    def _stall(self, release):
        """Do nothing until the client leaves, or until released."""
        while True:
            self._wait(3600, release)

    # Sending

    def _send(self, answer, method):
        """Send an answer in its manner; whether the connection can go on."""
        manner = answer.manner
        if manner.before_ms:
            self._wait(manner.before_ms / 1000, manner.release)
        if manner.silent:
            self._sock.sendall(manner.before)
            return self._end(manner)
        bodiless = answer.status in (204, 304) or method == "HEAD"
        framing = manner.framing or "length"
        parts = [] if bodiless else answer.parts
        head = manner.before + self._head(answer, framing, bodiless)
        if framing == "length" and answer.size <= CHUNK and manner == Manner(close=manner.close):
            self._sock.sendall(head + b"".join(parts))
            self._sent += sum(map(len, parts))
            return not manner.close
        self._sock.sendall(head)
        if bodiless:
            return not manner.close
        self._send_body(parts, framing, manner)
        if manner.stop_after is not None:
            return self._end(manner)
        return not (manner.close or framing == "close" or manner.length_delta
                    or manner.bad_chunk)

    def _head(self, answer, framing, bodiless):
        reason = {one.value: one.phrase for one in HTTPStatus}.get(answer.status, "Unknown")
        lines = ["%s %d %s" % (answer.manner.version, answer.status, reason)]
        lines += ["%s: %s" % pair for pair in answer.headers]
        if answer.status != 204:
            if framing == "chunked" and not bodiless:
                lines.append("Transfer-Encoding: chunked")
            elif framing == "length":
                lines.append("Content-Length: %d" % (answer.size + answer.manner.length_delta))
        if answer.manner.close or framing == "close":
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def _send_body(self, parts, framing, manner):
        left = manner.stop_after
        for part in parts:
            for start in range(0, len(part), CHUNK if framing == "chunked" else len(part)):
                piece = part[start:start + CHUNK] if framing == "chunked" else part
                sent = piece if left is None else piece[:left]
                self._send_piece(sent, len(piece), framing, manner)
                if left is not None:
                    left -= len(sent)
                    if not left:
                        return
        if framing == "chunked":
            self._put(b"0\r\n\r\n", manner)

    def _send_piece(self, sent, size, framing, manner):
        """Send a piece of a body, or as much of it as leaves."""
        if framing != "chunked":
            self._put(sent, manner)
            return
        said = b"zz" if manner.bad_chunk else b"%x" % size
        end = b"\r\n" if len(sent) == size else b""
        self._put(said + b"\r\n" + sent + end, manner)

    def _put(self, data, manner):
        """Send bytes of a body, in drips if the manner is such."""
        if not manner.drip_bytes:
            self._sock.sendall(data)
            self._sent += len(data)
            return
        for start in range(0, len(data), manner.drip_bytes):
            piece = data[start:start + manner.drip_bytes]
            self._sock.sendall(piece)
            self._sent += len(piece)
            self._wait(manner.drip_ms / 1000, manner.release)

    def _end(self, manner):
        """What follows when an answer stops before its end."""
        if manner.ending == "stall":
            self._stall(manner.release)
        if manner.ending == "reset":
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._sock.close()
        return False


def read_headers(lines):
    """(name, value) pairs of header lines."""
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or not TOKEN_CHARS.issuperset(name):
            raise Unreadable(400, "A request header is malformed.")
        headers.append((name, value.strip(" \t")))
    return headers


def keeps_alive(request):
    """Whether the client wants to go on with this connection."""
    wish = request.header("connection", "").lower()
    return wish != "close" and (request.version == "HTTP/1.1" or wish == "keep-alive")


class Server:
    """A listening socket and the connections that it has accepted."""

    def __init__(self, application, host, port=0, tls=None):
        self.application = application
        self.tls = tls
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._open = set()
        self._mute = 0
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._sock = socket.create_server((host, port), family=family, backlog=1024)
        self.port = self._sock.getsockname()[1]

    def start(self):
        threading.Thread(target=self._accept, daemon=True).start()

    def open_connections(self):
        """The numbers of the connections that are open now."""
        with self._lock:
            return sorted(self._open)

    def forget(self, number):
        with self._lock:
            self._open.discard(number)

    def mute(self, connections):
        """Never read from the next connections, nor shake hands with them."""
        with self._lock:
            self._mute = connections

    def muted(self):
        """Whether the connection that asks is one of those."""
        with self._lock:
            if self._mute == 0:
                return False
            self._mute -= 1
            return True

    def _accept(self):
        while True:
            try:
                sock, _ = self._sock.accept()
            except OSError:
                time.sleep(0.05)        # out of descriptors, or the peer left the queue
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number = next(self._numbers)
            with self._lock:
                self._open.add(number)
            threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()

    def _serve(self, sock, number):
        try:
            Connection(self, sock, number).run()
        except Exception:
            traceback.print_exc()
            self.forget(number)


def server_context(certificate, key):
    """A TLS context that presents a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
