"""The rows that a resource has now: generated, the documents', or given ones.

Tables are made when first asked for and kept while their settings stay the
same.  query.py selects the rows of a request.
"""

import itertools
import threading
from array import array
from collections import OrderedDict

import catalog
import dates
import documents
import generate
import generate_more
from tables import MISSING, Table

# Settings that the rows depend on.
DATA = ("data_set", "seed", "rows", "customers", "snapshots", "latest_day", "service_dates",
        "guid_case", "nulls", "awkward", "big_numbers", "legacy_rows")
# Rows that are kept in all tables together, about 60 bytes each.
KEEP_ROWS = 12_000_000


class Store:
    """The rows of all resources."""

    def __init__(self):
        self._lock = threading.RLock()
        self._kept = OrderedDict()
        self._given = {}
        self._turns = {}        # which giving of rows to a resource it is
        self._turn = itertools.count(1)

    def reset(self):
        """Forget given rows."""
        with self._lock:
            self._given.clear()
            self._turns.clear()

    def replace(self, name, tables):
        """Give a resource the rows of these snapshots, oldest first; None: its own again."""
        with self._lock:
            self._given.pop(name, None)
            self._turns.pop(name, None)
            if tables is not None:
                self._given[name] = tables
                self._turns[name] = next(self._turn)

    def _keep(self, name, what, settings, make):
        """Something of a resource under these settings, made now if need be."""
        with self._lock:
            key = (name, what, self._turns.get(name)) + tuple(settings[one] for one in DATA)
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            made = self._kept[key] = make()
            while len(self._kept) > 1 and self._rows_kept() > KEEP_ROWS:
                self._kept.popitem(last=False)
            return made

    def _rows_kept(self):
        return sum(table.count for table in self._kept.values() if isinstance(table, Table))

    # Snapshots

    def _ages(self, name, settings):
        """How many snapshots a resource has."""
        if name in self._given:
            return len(self._given[name])
        if settings["data_set"] == "seeds" or catalog.BY_NAME[name].kind != "commercial":
            return 1
        return settings["snapshots"]

    def _snapshot(self, name, settings, age):
        """The table of the snapshot that is so many steps before the latest."""
        if name in self._given:
            return self._given[name][-1 - age]
        if settings["data_set"] == "seeds":
            return documents.table(name)
        if name in generate_more.MAKERS:
            return self._keep(name, "rows", settings,
                              lambda: generate_more.MAKERS[name](settings))
        return self._keep(name, age, settings, lambda: generate.licences(name, settings, age))

    def _days(self, name, settings, age):
        """The days on which rows of a snapshot were processed."""
        if name not in self._given and settings["data_set"] == "generated":
            lags = set(generate.LAG.values()) if settings["service_dates"] else {0}
            return {generate.day_before(settings, age + lag) for lag in lags}
        column = self._snapshot(name, settings, age).columns.get("processedDateTime")
        return {day(value) for value in column.values} - {None} if column else set()

    def days(self, name, settings):
        """All days that a resource has rows of, in order."""
        found = set()
        for age in range(self._ages(name, settings)):
            found |= self._days(name, settings, age)
        return sorted(found)

    def latest(self, name, settings):
        """The table of the latest snapshot."""
        return self._snapshot(name, settings, 0)

    def at(self, name, settings, wanted):
        """The table that processedDateTime selects, for a day YYYY-MM-DD."""
        reading = settings["snapshot"]
        if reading == "ignored":
            return self.latest(name, settings)
        if reading == "nearest":
            known = self.days(name, settings)
            wanted = max((one for one in known if one <= wanted), default=min(known, default=""))
        since = reading == "since"
        return self._keep(name, (since, wanted), settings,
                          lambda: self._choose(name, settings, wanted, since))

    def _choose(self, name, settings, wanted, since):
        """Rows of one day, or of that day and all later ones."""
        pieces = []
        for age in reversed(range(self._ages(name, settings))):
            days = self._days(name, settings, age)
            hits = {one for one in days if one == wanted or (since and one > wanted)}
            if hits:
                table = self._snapshot(name, settings, age)
                pieces.append((table, rows_of_days(table, hits)))
        return Table.joined(pieces) if pieces else Table({}, 0)

    # Customers and the legacy resources

    def customers(self, settings):
        """(id, name, domain) of each customer of ours."""
        if "customers" in self._given:
            table = self._given["customers"][0]
            return list(zip(*(plain(table, name) for name in (
                "id", "companyProfile.companyName", "companyProfile.domain"))))
        if settings["data_set"] == "seeds":
            return documents.customers()
        return self._keep("customers", "rows", settings, lambda: generate.customers(settings))

    def customer(self, settings, guid):
        """The customer with that GUID, in any spelling."""
        by_guid = self._keep("customers", "by guid", settings, lambda: {
            one[0].lower(): one for one in self.customers(settings)})
        return by_guid.get(guid.lower())

    def relationships(self, settings):
        """The relationship to the partner of each customer that has its own."""
        if "customers" not in self._given:
            return {}
        table = self._given["customers"][0]
        relations = plain(table, "relationshipToPartner")
        return {guid: relation for guid, relation in zip(plain(table, "id"), relations)}

    def legacy(self, name, settings, customer=None):
        """Rows of a legacy resource; of one customer if it is one of customers."""
        fields = list(catalog.BY_NAME[name].by_name)
        if name in self._given:
            table = self._given[name][0]
            return table if customer is None else rows_of_customer(table, customer[0])
        if settings["data_set"] == "seeds":
            ours = customer is None or customer[0] == documents.EXAMPLE_CUSTOMER
            return documents.table(name) if ours else Table({}, 0)
        if customer is None:
            return self._keep(name, "rows", settings, lambda: Table.of(
                generate.partner_licences(name, settings), fields))
        return self._keep(name, customer[0], settings, lambda: Table.of(
            generate.customer_licences(name, settings, customer), fields))

    def is_document(self, name, settings):
        """Whether a resource has the rows of the documents' example."""
        return settings["data_set"] == "seeds" and name not in self._given


def day(value):
    """The day of a processedDateTime, None if it has none."""
    return dates.day_of(dates.ticks(value)) if isinstance(value, str) else None


def rows_of_days(table, wanted):
    """The positions of rows processed on some days."""
    column = table.columns["processedDateTime"]
    flags = bytes(day(value) in wanted for value in column.values)
    if all(flags):
        return range(table.count)
    return array("I", (at for at, code in enumerate(column.codes) if flags[code]))


def rows_of_customer(table, guid):
    """A customer's rows of a given table."""
    column = table.columns.get("customerId") or table.constant(None)
    flags = bytes(isinstance(value, str) and value.lower() == guid.lower()
                  for value in column.values)
    rows = array("I", (at for at, code in enumerate(column.codes) if flags[code]))
    return Table.joined([(table, rows)])


def plain(table, name):
    """A column's values row by row, None where there are none."""
    column = table.columns.get(name)
    if column is None:
        return [None] * table.count
    values = [None if value is MISSING else value for value in column.values]
    return [values[code] for code in column.codes]
