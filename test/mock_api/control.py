"""The control requests that tests send to the mock API, under /__mock_api/.

    GET, POST   config      switches in force; set some of them
    GET         switches    every switch with its start value and what it does
    POST        reset       switches, faults, tokens, given rows and log as at start
    GET, POST, DELETE fault rules with their counters; add one or a list; drop all
    GET, DELETE log         requests received; the same, and forget them
    GET         state       connections, requests in progress, tokens, pages kept
    POST        rows        {"resource": …, "rows": […]} or {…, "snapshots": [[…], …]};
                            null gives the resource its own rows again
    GET         rows/NAME   all rows as JSON lines or ?format=csv, by SQL names
    GET         secrets     those of sign-ins that were sent or given out: {name: [value, …]}
    POST        tokens      {"revoke": "access" | "refresh" | "all"}
    POST        warm        {"resource": …, "top": n}: print and keep its plain pages
"""

import json
import re
from urllib.parse import parse_qsl

import catalog
import faults
import switches
from tables import MISSING, Number, Table, dumps, loads
from wire import Answer, Request

HISTORY = "_history"


class Refused(ValueError):
    """The control request makes no sense."""


class Control:
    """Answers control requests."""

    def __init__(self, api):
        self._api = api

    def answer(self, request):
        """The answer; 400 with a reason, 404, 405 when it is nonsense."""
        path, _, text = request.target.partition("?")
        name = path.removeprefix("/__mock_api/")
        asked = dict(parse_qsl(text, keep_blank_values=True))
        try:
            if name.startswith("rows/") and request.method == "GET":
                return self._rows(name.removeprefix("rows/"), asked)
            verb = getattr(self, "%s_%s" % (request.method.lower(), name), None) \
                if name.isidentifier() else None
            if verb is None:
                return reply({"error": "no such control"}, 404)
            return reply(verb(given(request)))
        except (Refused, switches.Refused, faults.Refused) as why:
            return reply({"error": str(why)}, 400)

    def get_config(self, body):
        return self._api.switches.now()

    def post_config(self, body):
        if not isinstance(body, dict):
            raise Refused("the body must be an object of switches")
        self._api.switches.set(body)
        return self._api.switches.now()

    def get_switches(self, body):
        return [{"name": name, "start": start, "does": does}
                for name, start, _, does in switches.SWITCHES]

    def post_reset(self, body):
        api = self._api
        api.switches.reset()
        api.faults.clear()
        api.server.mute(0)
        api.store.reset()
        api.tokens.reset()
        api.request_log.clear()
        api.forget_rate()
        return {}

    def get_fault(self, body):
        return self._api.faults.listed()

    def post_fault(self, body):
        added = []
        for one in body if isinstance(body, list) else [body]:
            fault = self._api.faults.add(one)
            if fault.kind == "mute":
                self._api.server.mute(fault.says["connections"])
            added.append(fault.number)
        return {"added": added}

    def delete_fault(self, body):
        self._api.faults.clear()
        self._api.server.mute(0)
        return {}

    def get_log(self, body):
        return self._api.request_log.entries()

    def delete_log(self, body):
        return self._api.request_log.take()

    def get_state(self, body):
        api = self._api
        return {"connections": api.server.open_connections(), **api.request_log.load(),
                "tokens": api.tokens.counts(), "kept_bytes": api.cache.size}

    def get_secrets(self, body):
        found = self._api.request_log.secrets()
        for name, values in self._api.tokens.given().items():
            found.setdefault(name, []).extend(values)
        return found

    def post_tokens(self, body):
        which = body.get("revoke") if isinstance(body, dict) else None
        if which not in ("access", "refresh", "all"):
            raise Refused('the body must be {"revoke": "access" | "refresh" | "all"}')
        self._api.tokens.revoke(which)
        return self._api.tokens.counts()

    def post_warm(self, body):
        return self.warm(body.get("resource"), body.get("top"))

    def warm(self, name, top=None):
        """Print the pages that a walk over a resource will ask for."""
        api = self._api
        resource = known(name)
        if resource.kind not in ("commercial", "analytics"):
            raise Refused("only commercial and analytics resources have pages")
        top = top or resource.max_top
        size = api.store.latest(resource.name, api.switches.now()).count
        client = Request("GET", resource.paths[0][1], "HTTP/1.1", [], 0, 0)
        for skip in range(0, max(size, 1), top):
            api.queries.answer(resource, client, "top=%d&skip=%d" % (top, skip),
                               api.switches.now(), {})
        return {"rows": size, "kept_bytes": api.cache.size}

    def post_rows(self, body):
        if not isinstance(body, dict) or not {"rows", "snapshots"} & set(body):
            raise Refused("the body must hold resource, and rows or snapshots")
        resource = known(body.get("resource"))
        snapshots = body.get("snapshots", [body.get("rows")])
        if snapshots in (None, [None]):
            self._api.store.replace(resource.name, None)
            return {}
        for rows in snapshots:
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise Refused("rows must be a list of objects")
        fields = list(resource.by_name)
        tables = [Table.of([by_field_name(row) for row in rows], fields) for rows in snapshots]
        self._api.store.replace(resource.name, tables)
        return {"rows": [table.count for table in tables]}

    def _rows(self, name, asked):
        """All rows of a table as SQL sees them."""
        resource = known(name.removesuffix(HISTORY))
        form = asked.get("format", "json")
        if form not in ("json", "csv"):
            raise Refused("format must be json or csv")
        style = Csv() if form == "csv" else Lines()
        pieces = []
        if form == "csv":
            columns = sql_columns(resource, name.endswith(HISTORY))
            pieces.append(",".join(columns).encode() + b"\n")
        for table, constants in self._tables(resource, name.endswith(HISTORY)):
            lines = style.print(resource, table, constants)
            pieces += [line + b"\n" for line in lines]
        kind = "text/csv; charset=utf-8" if form == "csv" else "application/x-ndjson"
        return Answer(200, [("Content-Type", kind)], [b"".join(pieces)])

    def _tables(self, resource, is_history):
        """(table, fixed columns) that make up an SQL table."""
        store, settings = self._api.store, self._api.switches.now()
        if is_history:
            exact = {**settings, "snapshot": "exact"}
            return [(store.at(resource.name, exact, day), {"snapshot_date": day})
                    for day in store.days(resource.name, settings)]
        if resource.kind == "customers":
            return [(customers_table(store, settings), {})]
        if resource.kind in ("partner", "customer"):
            if settings["legacy_empty"]:
                return []
            if resource.kind == "partner":
                return [(store.legacy(resource.name, settings), {})]
            return [(store.legacy(resource.name, settings, one), {"customer_id": one[0]})
                    for one in store.customers(settings)]
        return [(store.latest(resource.name, settings), {})]


class ControlOnly:
    """An application for a listener that answers control requests and nothing else."""

    def __init__(self, control, released):
        self._control = control
        self.released = released

    def answer(self, request):
        if request.target.startswith("/__mock_api/"):
            return self._control.answer(request)
        return reply({"error": "no such control"}, 404)

    def finished(self, request, status, sent):
        pass

    def unreadable(self, status, why, connection, number):
        return reply({"error": why}, status)


def reply(value, status=200):
    return Answer(status, [("Content-Type", "application/json; charset=utf-8")],
                  [json.dumps(value).encode()])


def given(request):
    """The JSON of a control request's body."""
    if not request.body:
        return {}
    try:
        return loads(request.body.decode())
    except ValueError as why:
        raise Refused("the body is not JSON: %s" % why) from None


def known(name):
    if name not in catalog.BY_NAME:
        raise Refused("unknown resource %r" % (name,))
    return catalog.BY_NAME[name]


def by_field_name(row):
    """A given row with the catalog's names; customers may be nested as the API prints them."""
    flat = {}
    for key, value in row.items():
        if key == "companyProfile" and isinstance(value, dict):
            flat.update(("companyProfile." + name, one) for name, one in value.items())
        elif key not in ("attributes", "links"):
            flat[catalog.ALIASES.get(key, key)] = value
    return flat


def customers_table(store, settings):
    """The list of customers as a Table."""
    relations = store.relationships(settings)
    return Table.of([{
        "id": guid, "companyProfile.tenantId": guid, "companyProfile.companyName": name,
        "companyProfile.domain": domain,
        "relationshipToPartner": relations.get(guid, "reseller"),
    } for guid, name, domain in store.customers(settings)],
        list(catalog.BY_NAME["customers"].by_name))


def sql_columns(resource, is_history):
    """The SQL names of a table's columns."""
    names = [one.sql for one in resource.fields if one.sql]
    return names + ["snapshot_date"] if is_history else names


# A fraction of a second has six digits in SQL.
SEVENTH_DIGIT = re.compile(r"(\.\d{6})\d")


def as_sql(field, value):
    """What a correct reader makes of a value; None for NULL."""
    if value is MISSING or (field.type == "datetime" and value == catalog.NEVER):
        return None
    if field.type.startswith("datetime") and isinstance(value, str):
        return SEVENTH_DIGIT.sub(r"\1", value)
    return value


class Csv:
    """Rows for COPY … (FORMAT csv, HEADER): NULL is bare, strings are quoted."""

    comma = b","

    def fragment(self, key, field, value):
        value = as_sql(field, value)
        if value is None:
            return b""
        if isinstance(value, str) and not isinstance(value, Number):
            return b'"' + value.replace('"', '""').encode() + b'"'
        return dumps(value).encode()

    def print(self, resource, table, constants):
        return sql_lines(self, resource, table, constants)


class Lines:
    """Rows as JSON objects, one a line."""

    comma = b","

    def fragment(self, key, field, value):
        return ('"%s":%s' % (key, dumps(as_sql(field, value), True))).encode()

    def print(self, resource, table, constants):
        return [b"{" + line + b"}" for line in sql_lines(self, resource, table, constants)]


def sql_lines(style, resource, table, constants):
    """The printed rows of a table with all its SQL columns."""
    columns, fields = {}, []
    for field in resource.fields:
        if not field.sql:
            continue
        value = constants.get(field.sql, 1 if field.counts_rows else MISSING)
        column = table.columns.get(field.name)
        if column is None or field.sql in constants or field.counts_rows:
            column = table.constant(value)
        columns[field.name] = column
        fields.append((field.name, field.sql, field))
    if "snapshot_date" in constants:
        day = catalog.Field("snapshotDate", "snapshot_date", "date")
        columns[day.name] = table.constant(constants["snapshot_date"])
        fields.append((day.name, day.sql, day))
    return Table(columns, table.count).render(style, fields, range(table.count))
