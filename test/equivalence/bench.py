"""The mock API, PostgreSQL and sessions that the compared queries run on.

A mock API, a PostgreSQL (one that is told, else one of its own for the
time), and in a database of their own schema f with foreign tables and schema l
with local tables that hold the same rows; a session for each.
"""

import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import data
import pq

HERE = os.path.dirname(os.path.abspath(__file__))
MOCK_API = os.path.join(os.path.dirname(HERE), "mock_api")
DATABASE = "pca_equivalence"
HISTORY = "_history"

# Rows of the two licence resources, which are data.py's, ...
DEPLOYED, USED = 240, 160

# ... and of the others, which are the mock API's own.
GENERATED = ("azure_usage", "subscriptions", "indirect_resellers", "searches", "referrals",
             "customers", "customer_license_deployment", "customer_license_usage")
GENERATED_DATA = {"rows": 150, "customers": 12}


def load_ctl():
    """The mock API's own client; its file has no ending."""
    loader = importlib.machinery.SourceFileLoader("ctl", os.path.join(MOCK_API, "ctl"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("ctl", loader))
    loader.exec_module(module)
    return module


sys.dont_write_bytecode = True
ctl = load_ctl()


class Api:
    """A mock API of our own."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, "-B", os.path.join(MOCK_API, "server.py"), "--exit-with-stdin"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._process.stdout.readline().split()[-1])
        self._client = ctl.MockApi(self.port)
        self._case = "upper"
        self._remembered = None

    def fill(self, deployed, used, case="upper"):
        """Give the two resources rows."""
        self._case = case
        for name, rows in (("license_deployment", deployed), ("license_usage", used)):
            self._client.control("POST", "rows", {"resource": name, "snapshots": [
                data.spelled(one, case) for one in data.snapshots(rows).values()]})

    def configure(self, switches):
        """Exactly these switches differ from their start values."""
        self._client.config(**{**self._starts(), **GENERATED_DATA, "guid_case": self._case,
                               **switches})

    def csv(self, name):
        """A resource's rows as a correct reader returns them, under their SQL names."""
        return self._client.rows(name, "csv")

    def _starts(self):
        if not hasattr(self, "_start"):
            self._start = {one["name"]: one["start"]
                           for one in self._client.control("GET", "switches")}
        return self._start

    def forget(self):
        self._remembered = None
        self._client.control("DELETE", "log")

    def remember(self, asked):
        """What log() returns until the next forget(), whatever is asked meanwhile."""
        self._remembered = asked

    def log(self):
        """What was asked since forget(), as (decoded target, parameters)."""
        if self._remembered is not None:
            return self._remembered
        return [(ctl.target_line(entry), dict(entry["parameters"]))
                for entry in self._client.log()]

    def rows_sent(self, seen):
        """How many rows the answers since forget() had; seen: those already counted."""
        total = 0
        for entry in self._client.log():
            target = entry["target"]
            if target not in seen:
                seen[target] = len(json.loads(self._client.get(target)[2])["Value"])
            total += seen[target]
        return total

    def close(self):
        self._process.stdin.close()
        self._process.wait(10)


class Cluster:
    """A PostgreSQL for as long as the comparison takes."""

    def __init__(self, conf=""):
        config = os.environ.get("PG_CONFIG", "pg_config")
        self._bindir = subprocess.run([config, "--bindir"], stdout=subprocess.PIPE, text=True,
                                      check=True).stdout.strip()
        self._place = tempfile.mkdtemp(prefix="equivalence.")
        self._data = os.path.join(self._place, "data")
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", "postgres", "-N",
                  "--no-locale", "-E", "UTF8")
        with open(os.path.join(self._data, "postgresql.conf"), "a", encoding="ascii") as file:
            file.write("listen_addresses=''\nunix_socket_directories='%s'\nfsync=off\n"
                       "autovacuum=off\n%s\n" % (self._place, conf))
        self._run("pg_ctl", "-D", self._data, "-l", os.path.join(self._place, "log"), "-w", "start")
        self.conninfo = "host=%s user=postgres" % self._place

    def _run(self, program, *arguments):
        done = subprocess.run([os.path.join(self._bindir, program), *arguments],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            raise pq.Failed("%s failed:\n%s" % (program, done.stdout))

    def close(self):
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._place, ignore_errors=True)


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return file.read()


def literal(value):
    return "'%s'" % str(value).replace("'", "''")


def camel(column):
    """The API's field of a column that is named after it."""
    return re.sub("_([a-z])", lambda found: found.group(1).upper(), column)


class Bench:
    """Both sides, filled; a mode of the API and of the server's options."""

    def __init__(self, server=None, deployed=DEPLOYED, used=USED, cached=False):
        self._cluster = None if server else Cluster()
        self._conninfo = server or self._cluster.conninfo
        self.rows = {"license_deployment": data.deployment(deployed),
                     "license_usage": data.usage(used)}
        self._options, self.case = {}, None
        self._cached, self._modes = cached, 0
        self.api = Api()
        self._make_database()
        self._sides = [self._session("f"), self._session("l")]
        self.version = self._sides[0].version
        self._make_tables()
        self.set_mode({})

    @property
    def foreign(self):
        return self._sides[0]

    @property
    def local(self):
        return self._sides[1]

    def _session(self, schema):
        side = pq.Connection("%s dbname=%s application_name=equivalence" % (self._conninfo, DATABASE))
        side.do("SET search_path = %s, public; SET statement_timeout = '20s'; "
                "SET datestyle = iso; SET timezone = 'UTC'; SET max_parallel_workers_per_gather = 0; "
                # where a setting makes plans look dear, every query would be compiled
                "SET jit = off" % schema)
        return side

    def reconnect(self):
        """New sessions, so that a library just installed is loaded."""
        for side in self._sides:
            side.close()
        self._sides = [self._session("f"), self._session("l")]

    def _make_database(self):
        maintenance = pq.Connection("%s dbname=postgres" % self._conninfo)
        maintenance.do("DROP DATABASE IF EXISTS %s WITH (FORCE)" % DATABASE)
        maintenance.do("CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8'" % DATABASE)
        maintenance.close()

    def _make_tables(self):
        url = literal("http://127.0.0.1:%d" % self.api.port)
        self.foreign.do(
            "CREATE EXTENSION pc_analytics_fdw; CREATE SCHEMA f; CREATE SCHEMA l; "
            "SET search_path = public; " + read("shared.sql") + "; SET search_path = f, public; "
            "CREATE SERVER mock_api FOREIGN DATA WRAPPER pc_analytics_fdw "
            "OPTIONS (base_url %s, login_url %s, max_requests_per_minute '0'); "
            "CREATE USER MAPPING FOR CURRENT_USER SERVER mock_api "
            "OPTIONS (access_token 'mock-api-access-token'); "
            "IMPORT FOREIGN SCHEMA analytics LIMIT TO (license_deployment, license_usage, "
            "license_deployment_history, license_usage_history, %s) "
            "FROM SERVER mock_api INTO f; " % (url, url, ", ".join(GENERATED)) +
            read("foreign.sql"))
        for name, resource in self.foreign.do(
                "SELECT relname, coalesce((SELECT option_value FROM "
                "pg_options_to_table(ftoptions) WHERE option_name = 'resource'), relname) "
                "FROM pg_foreign_table JOIN pg_class ON pg_class.oid = ftrelid ORDER BY oid"):
            self.local.do("CREATE TABLE %s (LIKE f.%s)" % (name, name))
            if resource in self.rows:
                self._copy_table(name, self.rows[resource])
            elif resource.endswith(HISTORY):
                self._copy_table(name, [
                    {**row, "snapshotDate": day} for day, rows in
                    data.snapshots(self.rows[resource.removesuffix(HISTORY)]).items()
                    for row in rows])
        self._make_partitions()
        self._copy_generated()
        for side in self._sides:
            side.do(read("objects.sql"))
            self._fill_region(side)
        self.local.do("ANALYZE")

    def _make_partitions(self):
        """In the local schema, each foreign partition is a local one."""
        text = read("partitions.sql")
        self._partitions = re.findall(r"CREATE FOREIGN TABLE (\w+)[^;]*resource '(\w+)'", text)
        self.foreign.do(text)
        text = re.sub(r"ALTER FOREIGN TABLE [^;]*;|SERVER mock_api OPTIONS \([^)]*\)", "", text)
        self.local.do(text.replace("FOREIGN TABLE", "TABLE"))

    def _fill_partitions(self):
        """Those rows of the copied resource that PostgreSQL says are the partition's."""
        for name, resource in self._partitions:
            columns = self.foreign.do(
                "SELECT attname, (SELECT quote_literal(option_value) FROM pg_options_to_table("
                "attfdwoptions) WHERE option_name = 'constant') FROM pg_attribute "
                "WHERE attrelid = 'f.%s'::regclass AND attnum > 0 ORDER BY attnum" % name)
            (condition,), = self.local.do(
                "SELECT coalesce(pg_get_partition_constraintdef('l.%s'::regclass), 'true')" % name)
            self.local.do("TRUNCATE %s; INSERT INTO %s (%s) SELECT * FROM (SELECT %s FROM %s) x "
                          "WHERE %s" % (
                              name, name, ", ".join(column for column, _ in columns),
                              ", ".join("%s AS %s" % (constant or column, column)
                                        for column, constant in columns), resource, condition))

    def _copy_table(self, name, rows):
        """Rows into a local table, their fields read by our own hand."""
        columns = self.foreign.do(
            "SELECT attname, (SELECT option_value FROM pg_options_to_table(attfdwoptions) "
            "WHERE option_name = 'field'), (SELECT option_value FROM pg_options_to_table("
            "attfdwoptions) WHERE option_name = 'constant') FROM pg_attribute "
            "WHERE attrelid = 'f.%s'::regclass AND attnum > 0 ORDER BY attnum" % name)
        fields = [(field or camel(column), constant) for column, field, constant in columns]
        lines = [",".join(column for column, _, _ in columns)]
        lines += [",".join(csv_value(row[field] if constant is None else constant)
                           for field, constant in fields)
                  for row in rows]
        self.local.copy(name, "\n".join(lines) + "\n")

    def _copy_generated(self):
        """GUIDs that are read as text look as the API spells them."""
        for name in GENERATED:
            text = self.api.csv(name)
            self.local.do("TRUNCATE %s; SELECT 1" % name)
            self.local.copy("%s (%s)" % (name, text.partition("\n")[0]), text)
        self._fill_partitions()

    def _fill_region(self, side):
        """Some tenants twice, one never, one that is no customer, one null."""
        known = data.tenants()
        pairs = [(known[at], "north" if at % 3 else "south") for at in range(0, 9)]
        pairs += [(known[0], "south"), (known[3], None), (known[-1], "far"), (None, "nowhere")]
        side.do("INSERT INTO region VALUES " + ", ".join(
            "(%s, %s)" % tuple("NULL" if one is None else literal(one) for one in pair)
            for pair in pairs))

    def set_grouping(self, on):
        """Let rows of all tables come grouped, or of none."""
        for name, options in self.foreign.do(
                "SELECT relname, ftoptions FROM pg_foreign_table JOIN pg_class "
                "ON pg_class.oid = ftrelid WHERE relname <> 'ungrouped'"):
            is_set = "pushdown_group" in (options or "")
            if is_set == on:
                self.foreign.do("ALTER FOREIGN TABLE %s OPTIONS (%s)" % (
                    name, "DROP pushdown_group" if on else "ADD pushdown_group 'false'"))

    def set_mode(self, mode):
        """{"api": switches, "server": options, "case": of GUIDs}, all optional."""
        case = mode.get("case", "upper")
        is_other = case != self.case
        if is_other:
            self.api.fill(self.rows["license_deployment"], self.rows["license_usage"], case)
            self.case = case
        self.api.configure(mode.get("api", {}))
        if is_other:
            self._copy_generated()
        wanted = {name: str(value) for name, value in mode.get("server", {}).items()}
        if self._cached:
            # no response of another mode has this locale
            self._modes += 1
            wanted.update(cache_ttl="3600", locale="mode-%d" % self._modes)
        changes = ["DROP %s" % name for name in self._options if name not in wanted]
        changes += ["%s %s %s" % ("SET" if name in self._options else "ADD", name, literal(value))
                    for name, value in wanted.items() if self._options.get(name) != value]
        if changes:
            self.foreign.do("ALTER SERVER mock_api OPTIONS (%s)" % ", ".join(changes))
        self._options = wanted

    def set_planner(self, settings):
        """Exactly these settings differ from their defaults, on both sides."""
        text = "".join("SET %s = %s; " % (name, literal(value))
                       for name, value in settings.items())
        off = {"jit": "off", "max_parallel_workers_per_gather": "0", "timezone": "UTC"}
        known = "".join("SET %s = '%s'; " % pair for pair in off.items()) + "".join(
            "RESET %s; " % name for name in SETTINGS if name not in settings and name not in off)
        for side in self._sides:
            side.do(known + text + "SELECT 1")

    def close(self):
        for side in self._sides:
            side.close()
        self.api.close()
        if self._cluster:
            self._cluster.close()


def csv_value(value):
    """NULL is bare, strings are quoted."""
    if value is None:
        return ""
    if isinstance(value, str):
        return '"%s"' % value.replace('"', '""')
    return str(value)


# The planner's settings that the tools change.
SETTINGS = (
    "enable_nestloop", "enable_hashjoin", "enable_mergejoin", "enable_hashagg", "enable_sort",
    "enable_material", "enable_memoize", "enable_partitionwise_aggregate",
    "enable_partitionwise_join", "plan_cache_mode", "geqo_threshold", "from_collapse_limit",
    "timezone", "jit", "jit_above_cost", "enable_async_append", "parallel_setup_cost", "parallel_tuple_cost",
    "min_parallel_table_scan_size", "min_parallel_index_scan_size",
    "max_parallel_workers_per_gather", "parallel_leader_participation")
