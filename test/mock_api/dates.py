"""How the API writes dates, and which instant a written date means.

An instant is a number of ticks (100 ns) since 0001-01-01T00:00:00Z, as the API's
own clock has them.  A date without zone is UTC.
"""

import datetime
import re

TICKS = 10_000_000
DAY = 86_400 * TICKS

WRITTEN = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)

ZONE = re.compile(r"(?:Z|[+-]\d\d:\d\d)$")


def ticks(written):
    """The instant that a written date means; ValueError if it is none."""
    match = WRITTEN.fullmatch(written)
    if match is None:
        raise ValueError("not a date: %r" % written)
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    date = datetime.date(int(year), int(month), int(day))
    if hour is None:
        return (date.toordinal() - 1) * DAY
    clock = datetime.time(int(hour), int(minute), int(second))
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
    result = (date.toordinal() - 1) * DAY + seconds * TICKS
    if fraction:
        result += int(fraction.ljust(7, "0"))
    if zone and zone != "Z":
        offset = int(zone[1:3]) * 60 + int(zone[4:6])
        result -= (1 if zone[0] == "+" else -1) * offset * 60 * TICKS
    return result


def day_of(instant):
    """The day of an instant, as YYYY-MM-DD."""
    return datetime.date.fromordinal(instant // DAY + 1).isoformat()


def midnight(instant):
    """The day of an instant, as the API writes a date and time."""
    return day_of(instant) + "T00:00:00"


def bucket(written, level):
    """The label of the bucket that a date falls into at an aggregation level."""
    if written is None or level == "dateRange":
        return written
    instant = ticks(written)
    date = datetime.date.fromordinal(instant // DAY + 1)
    if level == "week":
        date -= datetime.timedelta(days=min(date.weekday(), date.toordinal() - 1))
    elif level == "month":
        date = date.replace(day=1)
    return date.isoformat() + "T00:00:00"


def rewritten(written, form):
    """A date in another of the forms that the documents show."""
    if form == "documented" or "T" not in written:
        return written
    bare = ZONE.sub("", written)
    if form.startswith("ticks"):
        whole, _, fraction = bare.partition(".")
        bare = whole + "." + fraction.ljust(7, "0")
    return bare + {"none": "", "z": "Z", "offset": "+00:00", "ticks": "", "ticks_z": "Z"}[form]
