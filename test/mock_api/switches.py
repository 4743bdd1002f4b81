"""The switches of the mock API: their values, start values and explanations.

One row a switch.  What a switch does is decided where it is read; here is only
its name, what it may be set to, its start value and a line of explanation.
control.py sets a switch by HTTP.
"""

import threading


class Refused(ValueError):
    """A switch does not exist, or does not take this value."""


def choice(*values):
    """A check that accepts the listed values only."""
    def check(value):
        if not any(value is known or (value == known and type(value) is type(known))
                   for known in values):
            raise Refused("must be one of " + ", ".join(map(repr, values)))
    return check


def number(low, high=None):
    """A check that accepts an integer within bounds."""
    def check(value):
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refused("must be an integer")
        if value < low or (high is not None and value > high):
            raise Refused("must lie in %s..%s" % (low, "" if high is None else high))
    return check


def words(value):
    """A check that accepts a list of strings."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Refused("must be a list of strings")


def four(value):
    """A check that accepts a list of four strings, or of none."""
    words(value)
    if len(value) not in (0, 4):
        raise Refused("must have four values")


def text(value):
    """A check that accepts any string."""
    if not isinstance(value, str):
        raise Refused("must be a string")


FLAG = choice(True, False)

# name, start value, check, what it does
SWITCHES = [
    # which rows there are
    ("data_set", "generated", choice("generated", "seeds"),
     "rows made by the generator, or the documents' examples"),
    ("seed", 1, number(0), "seed of the generated rows"),
    ("rows", 1000, number(0), "generated rows of a table, in its latest snapshot"),
    ("customers", 250, number(1), "generated customers"),
    ("snapshots", 3, number(1, 3650), "days with a generated snapshot"),
    ("latest_day", "2018-10-14", text, "day of the latest snapshot"),
    ("service_dates", False, FLAG, "services are processed on different days"),
    ("guid_case", "upper", choice("upper", "lower", "mixed"), "spelling of generated GUIDs"),
    ("nulls", True, FLAG, "generated rows hold nulls"),
    ("awkward", True, FLAG, "generated names hold quotes, blanks, unicode and long texts, some counts are just below 2^53"),
    ("big_numbers", False, FLAG, "some generated counts are above 2^53"),
    ("legacy_rows", -1, number(-1), "rows of each customer's legacy resources; -1: a few"),
    # which paths answer
    ("path_form", "both", choice("both", "table", "example"),
     "which of the documents' two commercial paths answers; the other is 404"),
    ("redirect_slash", False, FLAG, "a table path without its slash is 301 instead of 404"),
    ("max_url_length", 16384, number(1), "a longer target is 414"),
    ("required_query", "", text,
     "parameters, such as a=b&c=d, that devices needs with just these values"),
    ("plus_in_query", "space", choice("space", "literal", "refused"), "what + means in a query"),
    # what filter and groupby mean
    ("string_comparison", "insensitive",
     choice("insensitive", "sensitive", "insensitive_trailing", "insensitive_accents"),
     "comparison of strings in filter"),
    ("guid_comparison", "insensitive", choice("insensitive", "sensitive"),
     "comparison of GUIDs in filter"),
    ("ne_keeps_nulls", True, FLAG, "a null satisfies ne"),
    ("filter_date_literal", "cast", choice("cast", "quoted", "bare", "any"),
     "form of a date's literal in filter: cast('…', Edm.DateTimeOffset), '…' or …"),
    ("filter_date_format", "documented",
     choice("documented", "date", "datetime", "datetime_utc", "any"),
     "what stands in such a literal: a day, or a second where the documents show one; a day; "
     "a second without or with Z; whatever is a date"),
    ("max_clauses", 0, number(0), "a filter with more conditions is 400; 0: no limit"),
    ("refused_fields", [], words, "names of fields that filter does not take"),
    ("group_comparison", "sensitive",
     choice("sensitive", "insensitive", "insensitive_trailing"), "comparison of group keys"),
    ("group_null_keys", "keep", choice("keep", "drop"), "what becomes of groups with a null key"),
    ("all_null_sum", "null", choice("null", "zero"), "the sum of nothing but nulls"),
    ("group_limit", 0, number(0), "grouped results are cut here without a word; 0: never"),
    ("snapshot", "exact", choice("exact", "since", "nearest", "ignored"),
     "what processedDateTime selects"),
    # how a page looks
    ("envelope", "Value", choice("Value", "value", "items", "Items", "array", "object"),
     "what holds the rows; object: a bare object when there is one row"),
    ("key_case", "documented", choice("documented", "lower", "upper-first"), "spelling of keys"),
    ("row_keys", "sample", choice("sample", "table"),
     "where samples and field tables differ, whose key names rows carry"),
    ("total_count", "filtered",
     choice("filtered", "unfiltered", "page", "absent", "null", "string"), "what TotalCount says"),
    ("next_link", "relative",
     choice("relative", "relative_unencoded", "last_segment", "absolute", "always_null", "absent",
            "empty", "self", "foreign", "http"), "what @nextLink says while there are more rows"),
    ("foreign_host", "foreign.invalid", text, "host of the foreign next link, with its port"),
    ("cap_top", 0, number(0), "pages hold no more rows than this, whatever top says; 0: no cap"),
    ("min_top", 0, number(0), "pages hold no fewer rows than this, whatever top says; 0: as top says"),
    ("shuffle", "none", choice("none", "page", "result"),
     "order of rows changes from request to request, within a page unless an order is asked for, "
     "or over the whole result"),
    ("ignore_skip", False, FLAG, "every page is the first"),
    ("numbers_as_strings", False, FLAG, "numbers are quoted"),
    ("omit_nulls", False, FLAG, "a null field is left out of its row"),
    ("empty_for_null", False, FLAG, "a null field that is not text is an empty string"),
    ("date_format", "documented",
     choice("documented", "none", "z", "offset", "ticks", "ticks_z"),
     "dates as in the samples, without zone, with Z, +00:00, seven digits, or these with Z"),
    ("json_ascii", False, FLAG, "characters beyond ASCII are escaped"),
    ("pretty", False, FLAG, "pages are indented"),
    ("bom", False, FLAG, "bodies begin with a UTF-8 byte order mark"),
    # how the answer travels
    ("gzip", False, FLAG, "bodies are compressed for clients that accept gzip"),
    ("transfer", "length", choice("length", "chunked"), "framing of bodies"),
    ("close_after_each", False, FLAG, "the connection is closed after each answer"),
    ("latency_ms", 0, number(0), "wait before each answer"),
    ("rate_limit_per_minute", 0, number(0), "more requests in 60 seconds are 429; 0: no limit"),
    ("per_minute", 0, number(0),
     "more requests in 60 seconds to a resource, with tokens of a tenant, are 429; 0: no limit"),
    ("error_code_type", "string", choice("string", "int"), "type of code in error bodies"),
    # legacy resources and customers
    ("legacy_empty", False, FLAG, "legacy licence resources answer no items"),
    ("legacy_customer_id", "omit", choice("omit", "present"), "customerId in legacy rows"),
    ("unknown_customer", "404", choice("404", "403"), "status for a customer that is not ours"),
    ("customers_next_uri", "plain", choice("plain", "v1", "absolute", "foreign"),
     "prefix of links.next.uri"),
    ("customers_token", "link", choice("link", "body", "both"),
     "where the continuation token of the next page stands: links.next, the member "
     "continuationToken without a link, or both"),
    ("customers_next_encoded", True, FLAG, "values in links.next.uri are percent-encoded"),
    ("customers_cap", 0, number(0), "customers pages hold no more than this; 0: no cap"),
    # tokens
    ("expires_in", 3599, number(-3600), "lifetime of access tokens in seconds"),
    ("token_length", 1400, number(16, 65536), "characters of an access token"),
    ("refresh_rotation", "keep", choice("keep", "single_use", "none"),
     "a used refresh token lives on, dies, or is not replaced at all"),
    ("refresh_lifetime", 7776000, number(0), "seconds until an issued refresh token is inactive"),
    ("app_only", "customers", choice("customers", "all"),
     "what a client_credentials token may read"),
    ("foreign_tokens", False, FLAG, "a token that another server has given out is good, too"),
    ("client", "confidential", choice("confidential", "public", "either"),
     "a confidential client must prove itself, a public one must not, either may"),
    ("client_certificates", [], words,
     "files of the application's certificates; an assertion must be of one of them"),
    ("federated", [], four,
     "issuer, subject, audience and the file of a public key: the assertions of a federated "
     "credential, in place of the application's own"),
    ("clock_offset", 0, number(-86400, 86400),
     "seconds that this server's clock is ahead, for assertions"),
    # signing in
    ("person", "waits", choice("waits", "approves", "declines", "expires"),
     "what the person does who is asked to sign in"),
    ("person_name", "user@partner.example", text, "the person's name"),
    ("person_mfa", True, FLAG, "the person can pass multi-factor authentication"),
    ("person_tenant", "", text, "the person's tenant; empty: the mapping's"),
    ("device_polls", [], words, "errors that answer the first polls, in order"),
    ("device_error", "", text, "the error of a device authorization response, with status 200"),
    ("device_omit", [], words, "members that a device authorization response lacks"),
    ("device_uri", "", text, "verification_uri; empty: this server's"),
    ("device_interval", 5, number(0), "seconds between two polls"),
    ("device_expires_in", 900, number(0), "seconds until a device code expires"),
    ("grant_omit", [], words, "refresh_token or id_token, which a sign-in does not get"),
    ("opaque_tokens", False, FLAG, "access tokens of sign-ins have no claims that can be read"),
    ("id_audience", "", text, "the audience of the id_token; empty: the application"),
    ("id_nonce", "", text, "the nonce of the id_token; empty: the one that was sent"),
    ("forbidden", [], words, "names of resources that answer 403"),
]


class Switches:
    """The values in force, and those at start."""

    def __init__(self):
        self._lock = threading.Lock()
        self._checks = {name: check for name, _, check, _ in SWITCHES}
        self._start = {name: value for name, value, _, _ in SWITCHES}
        self._now = dict(self._start)
        self.version = 0

    def check(self, values):
        """Raise Refused unless every name and value is known."""
        for name, value in values.items():
            if name not in self._checks:
                raise Refused("unknown switch %r" % name)
            try:
                self._checks[name](value)
            except Refused as why:
                raise Refused("switch %s %s" % (name, why)) from None

    def start_with(self, values):
        """Set start values, as the command line does."""
        self.check(values)
        self._start.update(values)
        self.reset()

    def set(self, values):
        """Change some values, all or none."""
        self.check(values)
        with self._lock:
            self._now = {**self._now, **values}
            self.version += 1

    def reset(self):
        """Back to the start values."""
        with self._lock:
            self._now = dict(self._start)
            self.version += 1

    def now(self):
        """The values in force, as one consistent, immutable dict."""
        return self._now
