"""The documents' response examples, byte for byte and row by row.

Files of seeds/ named after a resource are the body that a document prints.
Those named .from-facts.json are made from the field tables, where no document
at hand prints an example.
"""

import functools
import pathlib

import catalog
from tables import Table, loads

FOLDER = pathlib.Path(__file__).resolve().parent / "seeds"

# The customers whose rows the documents' legacy examples are.
EXAMPLE_CUSTOMER = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04"


@functools.cache
def body(name):
    """The bytes of a resource's example."""
    for suffix in (".json", ".from-facts.json"):
        path = FOLDER / (name + suffix)
        if path.exists():
            return path.read_bytes()
    raise LookupError(name)


def rows(name):
    """The rows of a resource's example, as dicts of API names."""
    found = loads(body(name).decode())
    if isinstance(found, dict):
        found = found.get("Value", found.get("items", [found]))
    return [{catalog.ALIASES.get(key, key): value for key, value in row.items()
             if key != "attributes"} for row in found]


@functools.cache
def table(name):
    """The rows of a resource's example, as a Table."""
    return Table.of(rows(name), list(catalog.BY_NAME[name].by_name))


def customers():
    """(id, name, domain) of the examples' customers."""
    return [(row["id"], row["companyProfile.companyName"], row["companyProfile.domain"])
            for row in rows("customers")]
