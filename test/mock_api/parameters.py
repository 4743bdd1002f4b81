"""Reads the parameters of a request and checks that they are well formed.

Strict: a parameter that the resource does not list, one given twice, one without
value, a bad percent sign or bytes that are no UTF-8 are Bad.
"""

import re
from urllib.parse import unquote_to_bytes

import dates
import filters

ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# What RFC 3986 lets stand unescaped in a query, and the percent sign itself.
QUERY = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@/?%]*", re.ASCII)
INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
LEVELS = ("day", "week", "month", "dateRange")


class Bad(ValueError):
    """The request can't be understood; answered with 400."""


def unescaped(text, plus=False):
    """Text without its percent escapes."""
    if ESCAPE.search(text):
        raise Bad("A percent sign is not followed by two hexadecimal digits.")
    if plus:
        text = text.replace("+", " ")
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise Bad("The escaped bytes are not UTF-8.") from None


def split(query, switches):
    """(name, value) pairs of a raw query string."""
    if QUERY.fullmatch(query) is None:
        raise Bad("The query string holds a character that must be escaped.")
    if "+" in query and switches["plus_in_query"] == "refused":
        raise Bad("The query string holds a plus sign.")
    plus = switches["plus_in_query"] == "space"
    pairs = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        if not equals:
            raise Bad("The query string holds a parameter without value.")
        pairs.append((unescaped(name, plus), unescaped(value, plus)))
    return pairs


def read(query, allowed, switches):
    """The parameters of a query string (None: there is none), in their order."""
    if query is None:
        return {}
    found = {}
    for name, value in split(query, switches):
        if name not in allowed:
            raise Bad("The parameter '%s' is not supported." % name)
        if name in found or name.lower() in {one.lower() for one in found}:
            raise Bad("The parameter '%s' is given twice." % name)
        found[name] = value
    return found


def integer(found, name, default, low, high):
    """A whole number within bounds."""
    if name not in found:
        return default
    if INTEGER.fullmatch(found[name]) is None:
        raise Bad("The value of '%s' is not an integer." % name)
    value = int(found[name])
    if value < low or (high is not None and value > high):
        raise Bad("The value of '%s' is out of range." % name)
    return value


def filter_tree(found, resource, switches):
    """The tree of the filter, None without one."""
    if "filter" not in found:
        return None
    try:
        return filters.parse(resource, found["filter"], switches)
    except filters.BadFilter as why:
        raise Bad("The filter is invalid: %s." % why) from None


def group_fields(found, resource):
    """The fields of groupby, None without it."""
    given = found.get("groupby", found.get("groupBy"))
    if given is None:
        return None
    fields = []
    for name in (part.strip(" ") for part in given.split(",")):
        field = resource.by_name.get(name)
        if field is None:
            raise Bad("The groupby field '%s' is unknown." % name)
        if not field.groupable:
            raise Bad("The field '%s' can't be used in groupby." % name)
        if field in fields:
            raise Bad("The field '%s' is given twice in groupby." % name)
        fields.append(field)
    return fields


def order_fields(found, resource, groups):
    """(field, descending) pairs of orderby."""
    if "orderby" not in found:
        return []
    fields = []
    for part in found["orderby"].split(","):
        name, *direction = part.split(" ") if part.strip(" ") == part else part.split()
        field = resource.by_name.get(name)
        if field is None or not field.orderable:
            raise Bad("The field '%s' can't be used in orderby." % name)
        if groups is not None and field not in groups and not field.metric:
            raise Bad("The orderby field '%s' is not among those of groupby." % name)
        if direction not in ([], ["asc"], ["desc"]):
            raise Bad("The direction of orderby field '%s' is not asc or desc." % name)
        if field in (one for one, _ in fields):
            raise Bad("The field '%s' is given twice in orderby." % name)
        fields.append((field, direction == ["desc"]))
    return fields


def level(found, resource, groups):
    """The aggregation level, the resource's own without one."""
    if "aggregationLevel" not in found:
        return resource.level
    if found["aggregationLevel"] not in LEVELS:
        raise Bad("The aggregationLevel '%s' is unknown." % found["aggregationLevel"])
    if not any(field.type in ("datetime", "date") for field in groups or ()):
        raise Bad("aggregationLevel needs a date field in groupby.")
    return found["aggregationLevel"]


def snapshot_day(found):
    """The day of processedDateTime, None without it."""
    if "processedDateTime" not in found:
        return None
    try:
        return dates.day_of(dates.ticks(found["processedDateTime"]))
    except ValueError:
        raise Bad("The value of 'processedDateTime' is not a date.") from None
