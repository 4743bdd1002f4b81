"""Runs SQL and returns types, nulls and SQLSTATEs, without a driver.

libpq by ctypes: it is there wherever PostgreSQL is.  A statement can be sent
and its results fetched later, so that two sessions work at the same time.
"""

import ctypes
import glob
import os
import subprocess

TUPLES, COMMAND, COPY_OUT, COPY_IN = 2, 1, 3, 4
FIRST_ERROR = 5
SQLSTATE = ord("C")


def find_library():
    """libpq: of PG_CONFIG's installation, else the system's."""
    config = os.environ.get("PG_CONFIG")
    if config:
        libdir = subprocess.run([config, "--libdir"], stdout=subprocess.PIPE, text=True,
                                check=False).stdout.strip()
        for name in sorted(glob.glob(os.path.join(libdir, "libpq.so.5"))):
            return name
    return "libpq.so.5"


def declare(library):
    """The functions used, with their types."""
    handle, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, *arguments in (
            ("PQconnectdb", handle, text), ("PQstatus", number, handle),
            ("PQerrorMessage", text, handle), ("PQfinish", None, handle),
            ("PQsendQuery", number, handle, text), ("PQgetResult", handle, handle),
            ("PQresultStatus", number, handle), ("PQclear", None, handle),
            ("PQntuples", number, handle), ("PQnfields", number, handle),
            ("PQftype", ctypes.c_uint, handle, number), ("PQcmdStatus", text, handle),
            ("PQgetvalue", text, handle, number, number),
            ("PQgetisnull", number, handle, number, number),
            ("PQresultErrorField", text, handle, number),
            ("PQresultErrorMessage", text, handle),
            ("PQputCopyData", number, handle, text, number),
            ("PQputCopyEnd", number, handle, text),
            ("PQserverVersion", number, handle),
            ("PQsetNoticeProcessor", handle, handle, handle, handle)):
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


PQ = declare(ctypes.CDLL(find_library()))
NOTICE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p)
SILENCE = NOTICE(lambda _, message: None)


class Failed(Exception):
    """A statement that the tools themselves need has failed."""


class Result:
    """Rows as tuples of texts and None with their types, or an SQLSTATE."""

    def __init__(self, handle):
        status = PQ.PQresultStatus(handle)
        self.sqlstate, self.message, self.types, self.rows = None, "", (), []
        self.is_copy = status == COPY_IN
        self.command = PQ.PQcmdStatus(handle).decode()
        if status >= FIRST_ERROR:
            self.sqlstate = (PQ.PQresultErrorField(handle, SQLSTATE) or b"?????").decode()
            self.message = PQ.PQresultErrorMessage(handle).decode("utf-8", "replace").strip()
        elif status == TUPLES:
            self.types = tuple(PQ.PQftype(handle, at) for at in range(PQ.PQnfields(handle)))
            self.rows = list(rows_of(handle, range(len(self.types))))
        PQ.PQclear(handle)


def rows_of(handle, columns):
    value, isnull = PQ.PQgetvalue, PQ.PQgetisnull
    for row in range(PQ.PQntuples(handle)):
        yield tuple([
            text if (text := value(handle, row, column)) or not isnull(handle, row, column)
            else None
            for column in columns])


class Connection:
    """A session."""

    def __init__(self, conninfo):
        self._handle = PQ.PQconnectdb(conninfo.encode())
        if PQ.PQstatus(self._handle) != 0:
            raise Failed(PQ.PQerrorMessage(self._handle).decode())
        PQ.PQsetNoticeProcessor(self._handle, SILENCE, None)
        self.version = PQ.PQserverVersion(self._handle) // 10000

    def send(self, sql):
        """Begin; fetch() must follow."""
        if not PQ.PQsendQuery(self._handle, sql.encode()):
            raise Failed(PQ.PQerrorMessage(self._handle).decode())

    def fetch(self):
        """The results of what was sent."""
        results = []
        while handle := PQ.PQgetResult(self._handle):
            results.append(Result(handle))
            if results[-1].is_copy:
                break
        return results

    def ask(self, sql):
        """The results of one or more statements, errors among them."""
        self.send(sql)
        return self.fetch()

    def do(self, sql):
        """The rows of the last of some statements that must not fail, as str."""
        results = self.ask(sql)
        for one in results:
            if one.sqlstate:
                raise Failed("%s\n%s" % (one.message, sql))
        return [tuple(None if value is None else value.decode() for value in row)
                for row in results[-1].rows]

    def copy(self, table, lines):
        """Fill a table from CSV lines with a header."""
        self.send("COPY %s FROM STDIN (FORMAT csv, HEADER)" % table)
        result = self.fetch()[0]
        if result.sqlstate:
            raise Failed(result.message)
        data = lines.encode()
        PQ.PQputCopyData(self._handle, data, len(data))
        PQ.PQputCopyEnd(self._handle, None)
        for one in self.fetch():
            if one.sqlstate:
                raise Failed(one.message)

    def close(self):
        PQ.PQfinish(self._handle)
