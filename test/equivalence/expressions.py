"""The expressions that a random query may contain.

All have results that do not depend on the order of rows, nor on which of equal
values is seen, and raise no error that a plan may avoid.
"""

from collections import namedtuple

from tables import VALUES

# sql, type, domain
Column = namedtuple("Column", "sql type domain")

LIKES = ("C%", "%l%", "%''%", "_irect%", "%", "o365", "%1")


def quoted(value):
    return "'%s'" % str(value).replace("'", "''")


class Expressions:
    """Draws expressions; maker is what draws whole queries for sublinks."""

    def __init__(self, rng):
        self.rng = rng
        self.params = None          # [(type, literal)] in a prepared statement

    def chance(self, part):
        return self.rng.random() < part

    def of(self, columns, *types):
        return [one for one in columns if one.type in types]

    # ---- values

    def literal(self, column, null=0.02):
        """A value that the column may have, perhaps as a parameter."""
        if self.chance(null):
            text = "NULL"
        else:
            value = self.rng.choice(VALUES[column.domain])
            text = str(value) if column.type in ("bigint", "numeric", "boolean") else quoted(value)
        if self.params is not None and self.chance(0.5):
            self.params.append((column.type, text))
            return "$%d" % len(self.params)
        if text == "NULL" or column.type in ("uuid", "numeric", "timestamp", "date"):
            return "%s::%s" % (text, column.type)
        return text

    def text_of(self, columns):
        """A text over the columns."""
        found = self.of(columns, "text")
        if not found:
            other = self.of(columns, "uuid", "bigint")
            return "%s::text" % self.rng.choice(other).sql if other else "'x'"
        one = self.rng.choice(found).sql
        shape = self.rng.randrange(12)
        if shape < 6:
            return one
        if shape == 10:
            return "CASE WHEN %s THEN %s END" % (self.leaf(columns), one)
        return {
            6: "upper(%s)" % one, 7: "coalesce(%s, '?')" % one, 8: "left(%s, 3)" % one,
            9: "%s || '/' || %s" % (one, self.rng.choice(found).sql),
            11: "same(%s)" % one}[shape]

    def integer_of(self, columns):
        """A bigint, free of divisions by zero and far from overflow."""
        found = self.of(columns, "bigint")
        if not found or self.chance(0.15):
            return "length(%s)::bigint" % self.text_of(columns)
        one = self.rng.choice(found).sql
        shape = self.rng.randrange(10)
        if shape < 5:
            return one
        if shape == 9:
            return "CASE WHEN %s THEN %s ELSE 0 END" % (self.leaf(columns), one)
        return {
            5: "-" + one, 6: "%s * 2" % one, 7: "coalesce(%s, 0)" % one,
            8: "%s - %s" % (one, self.rng.choice(found).sql)}[shape]

    def numeric_of(self, columns):
        found = self.of(columns, "numeric")
        if found and self.chance(0.6):
            return self.rng.choice(found).sql
        return "(%s)::numeric" % self.integer_of(columns)

    def key_of(self, columns):
        """(sql, type) to group by, or to put out."""
        found = self.of(columns, "text", "uuid", "boolean", "timestamp", "date")
        if found and self.chance(0.65):
            one = self.rng.choice(found)
            return one.sql, one.type
        moments = self.of(columns, "timestamp")
        if moments and self.chance(0.5):
            return "date_trunc('month', %s)" % self.rng.choice(moments).sql, "timestamp"
        shape = self.rng.randrange(10)
        if shape < 5:
            return self.text_of(columns), "text"
        if shape == 5:
            return "length(%s)" % self.text_of(columns), "integer"
        if shape == 6:
            return "(%s)" % self.leaf(columns), "boolean"
        if shape == 7 and self.of(columns, "bigint"):
            return self.integer_of(columns), "bigint"
        if shape == 8 and columns:
            return "%s IS NULL" % self.rng.choice(columns).sql, "boolean"
        return self.text_of(columns), "text"

    # ---- sums

    def linear_of(self, columns):
        """Often linear in a measure, sometimes nearly so."""
        found = self.of(columns, "bigint")
        if not found:
            return self.numeric_of(columns)
        one = self.rng.choice(found).sql
        other = self.rng.choice(found).sql
        shape = self.rng.randrange(22)
        if shape < 8:
            return one
        if shape in (13, 14):
            return "CASE WHEN %s THEN %s%s END" % (
                self.leaf(columns), one, " ELSE 0" if shape == 14 else "")
        if shape == 20:
            return "%s * %s" % (one, self.numeric_of(columns))
        return {
            8: "-" + one, 9: "%s * %d" % (one, self.rng.choice((0, 2, -3, 12))),
            10: "7 * " + one, 11: "coalesce(%s, 0)" % one,
            12: "%s::numeric * %s" % (one, self.rng.choice(("1.5", "0.25", "-2"))),
            15: "%s - %s" % (one, other), 16: "%s + %s" % (one, other),
            17: "coalesce(%s, %d)" % (one, self.rng.choice((0, 1))),
            18: "%s + 1" % one, 19: "greatest(%s, 10)" % one,
            21: "CASE %s WHEN %d THEN 0 ELSE %s END" % (
                one, self.rng.choice((0, 5)), other)}[shape]

    def filter_of(self, columns, part=0.15):
        return " FILTER (WHERE %s)" % self.predicate(columns, 1) if self.chance(part) else ""

    def aggregate(self, columns):
        """(sql, type) of an aggregate."""
        shape = self.rng.randrange(22)
        if shape < 9:
            return "sum(%s)%s" % (self.linear_of(columns), self.filter_of(columns)), "numeric"
        text = self.text_of(columns)
        if shape < 12:
            return "%s(%s)%s" % (self.rng.choice(("min", "max")), text,
                                 self.filter_of(columns)), "text"
        if shape == 12:
            return "count(DISTINCT %s)%s" % (self.key_of(columns)[0],
                                             self.filter_of(columns)), "bigint"
        if shape == 13:
            return "bool_%s(%s)" % (self.rng.choice(("and", "or")), self.leaf(columns)), "boolean"
        if shape == 16:
            return "count(*)%s" % self.filter_of(columns), "bigint"
        if shape == 18:
            return "%s(%s)" % (self.rng.choice(("avg", "min", "max")),
                               self.numeric_of(columns)), "numeric"
        if shape == 20:
            # the last digits of a sum beyond 2^53 depend on the order of rows: real has none of
            # them, unless positive and negative amounts cancel each other
            linear = self.linear_of(columns)
            if "-" in linear:
                found = self.of(columns, "bigint")
                linear = self.rng.choice(found).sql if found else "1"
            return "sum((%s)::float8)%s::real" % (linear, self.filter_of(columns)), "real"
        if shape == 21:
            # of a bigint: an infinite numeric would be an error
            return "sum((%s)::numeric(40,2))%s" % (self.integer_of(columns),
                                                   self.filter_of(columns)), "numeric"
        if shape == 19:
            return "sum(DISTINCT %s)" % self.integer_of(columns), "numeric"
        return {
            14: ("string_agg(DISTINCT %s, ',' ORDER BY %s)" % (text, text), "text"),
            15: ("array_agg(DISTINCT %s ORDER BY %s)::text" % (text, text), "text"),
            17: ("count(%s)" % text, "bigint")}[shape]

    def having(self, columns):
        shape = self.rng.randrange(8)
        if shape < 3:
            return self.rng.choice(("count(*) > 0", "count(1) >= 1", "0 < count(*)",
                                    "count(*) <> 0"))
        if shape < 5:
            return "sum(%s) %s %d" % (self.linear_of(columns), self.rng.choice((">", "<", "<>")),
                                      self.rng.choice((0, 20, 300)))
        if shape == 5:
            return "count(*) > %d" % self.rng.choice((1, 3, 20))
        return "max(%s) > 'd'" % self.text_of(columns)

    # ---- conditions

    def compare_key(self, one):
        """A condition on a text or uuid column."""
        shape = self.rng.randrange(17)
        if shape < 5:
            return "%s = %s" % (one.sql, self.literal(one))
        if shape < 8:
            return "%s IN (%s)" % (one.sql, self.literals(one))
        if shape == 8:
            return "%s <> %s" % (one.sql, self.literal(one))
        if shape == 9:
            return "%s NOT IN (%s)" % (one.sql, self.literals(one))
        if shape == 10:
            return "%s %s ANY (ARRAY[%s]::%s[])" % (
                one.sql, self.rng.choice(("=", "=", "<>")), self.literals(one), one.type)
        if shape == 11:
            return "%s <> ALL (ARRAY[%s]::%s[])" % (one.sql, self.literals(one), one.type)
        if shape == 12:
            return "%s IS %sNULL" % (one.sql, self.rng.choice(("", "NOT ")))
        if shape == 13:
            return "%s IS %sDISTINCT FROM %s" % (one.sql, self.rng.choice(("", "NOT ")),
                                                 self.literal(one))
        if shape == 14 and one.type == "text":
            return "%s %sLIKE '%s'" % (one.sql, self.rng.choice(("", "NOT ")),
                                       self.rng.choice(LIKES))
        if shape == 15:
            return "%s > %s" % (one.sql, self.literal(one))
        if one.type == "uuid" and self.chance(0.5):
            return "%s::text %s %s::text" % (one.sql, self.rng.choice(("=", "=", "<>")),
                                             self.literal(one))
        if one.type == "text":
            return "%s = %s" % (self.rng.choice(("lower(%s)", "%s::citext", "%s::varchar")) %
                                one.sql, self.literal(one, 0))
        return "%s = %s" % (self.literal(one), one.sql)

    def compare_moment(self, one):
        """A condition on a timestamp."""
        if self.chance(0.35):
            return self.compare_moments(one)
        shape = self.rng.randrange(12)
        if shape < 5:
            return "%s %s %s" % (one.sql, self.rng.choice(("<", "<=", ">", ">=", "=", "<>")),
                                 self.literal(one))
        if shape == 5:
            return "%s::date %s %s::date" % (one.sql, self.rng.choice(("<", "<=", ">", ">=", "=")),
                                             self.literal(one))
        if shape == 6:
            return "%s IN (%s)" % (one.sql, self.literals(one))
        if shape == 7:
            return "%s %s %s::timestamptz" % (one.sql, self.rng.choice(("<", ">=", "=")),
                                              self.literal(one))
        if shape == 8:
            unit = self.rng.choice(("day", "day", "hour", "week", "month", "quarter", "year"))
            return "date_trunc('%s', %s%s) %s %s" % (
                unit, one.sql, self.rng.choice(("", "", "::date")),
                self.rng.choice(("<", "<=", ">", "=")), self.literal(one))
        if shape == 10:
            return "extract(year FROM %s) %s %s" % (
                one.sql, self.rng.choice(("=", "<", ">=", "<>")), self.rng.choice((2014, 2017, 2018)))
        if shape == 11 and one.type == "timestamp":
            return "(%s AT TIME ZONE '%s') %s %s::timestamptz" % (
                one.sql, self.rng.choice(("UTC", "America/New_York")),
                self.rng.choice(("<", ">=", "=")), self.literal(one))
        return "%s BETWEEN %s AND %s" % (one.sql, self.literal(one), self.literal(one))

    def moment(self, one, kind):
        """A value of that type that is known before a row is, in the ways that it may be."""
        value = quoted(self.rng.choice([two for two in VALUES[one.domain] if two != "infinity"]))
        shape = self.rng.randrange(16)
        if self.params is not None and shape < 6:
            self.params.append((kind, "NULL" if self.chance(0.1) else value))
            return "$%d" % len(self.params)
        if shape == 15:
            return self.rng.choice(("NULL::%s", "'infinity'::%s", "'-infinity'::%s")) % kind
        return {
            10: "now()::%s" % kind, 11: "(now() - interval '1 day')::%s" % kind,
            12: "%s::date::timestamptz::%s" % (value, kind),
            13: "(now() - (now() - %s::timestamptz))::%s" % (value, kind),
            14: "(SELECT max(%s::%s) FROM nums)" % (value, kind)}.get(
                shape, "%s::%s" % (value, kind))

    def moments(self, one, kind, around="%s"):
        values = [around % self.moment(one, kind)
                  for _ in range(self.rng.choice((1, 2, 2, 3, 5)))]
        if values[0].startswith("(SELECT") and len(values) == 1:
            # alone, it would be a subquery of several rows, not a list
            values.append("NULL::%s" % kind)
        return ", ".join(values)

    def moment_array(self, one, kind):
        """An array whose length is known only when the query begins, or a constant one."""
        values = self.rng.choices([two for two in VALUES[one.domain]] + ["NULL"],
                                  k=self.rng.choice((0, 1, 2, 3)))
        text = quoted("{%s}" % ",".join(values))
        if self.params is not None and self.chance(0.6):
            self.params.append((kind + "[]", text))
            return "$%d" % len(self.params)
        if self.chance(0.5):
            return "%s::%s[]" % (text, kind)
        return "ARRAY(SELECT m FROM unnest(%s::%s[]) m)" % (text, kind)

    def compare_moments(self, one, days=False):
        """
        A list of dates or times; days: so that it says which days a history is asked
        for, and not too many of them.
        """
        kind = self.rng.choice(("date", "timestamp", "timestamptz", "timestamptz"))
        left = one.sql + self.rng.choice(("", "", "::date", "::timestamp", "::timestamptz"))
        around, shapes = "%s", 8 if days else 9
        if self.chance(0.35):
            # a month of now() and one of the data would be too many days
            unit = self.rng.choice(("day", "week") if days else
                                   ("day", "week", "month", "quarter", "year"))
            left = "date_trunc('%s', %s)" % (unit, left)
            if self.chance(0.5):
                around = "date_trunc('%s', %%s)" % unit
        shape = self.rng.randrange(shapes)
        if shape < 4:
            return "%s IN (%s)" % (left, self.moments(one, kind, around))
        if shape == 4:
            return "%s = ANY (ARRAY[%s]::%s[])" % (left, self.moments(one, kind, around), kind)
        if shape == 5:
            return "(%s = %s OR %s IN (%s))" % (left, around % self.moment(one, kind), left,
                                                self.moments(one, kind, around))
        if shape == 8:
            return "%s %s" % (left, self.rng.choice(("NOT IN (%s)", "> ANY (ARRAY[%s])",
                                                     "<> ALL (ARRAY[%s])")) %
                              self.moments(one, kind, around))
        return "%s = ANY (%s)" % (left, self.moment_array(one, kind))

    def compare_flag(self, one):
        """A condition on a boolean."""
        shape = self.rng.randrange(6)
        if shape < 2:
            return one.sql
        if shape == 2:
            return "%s IS %s%s" % (one.sql, self.rng.choice(("", "NOT ")),
                                   self.rng.choice(("TRUE", "FALSE", "UNKNOWN")))
        if shape == 3:
            return "%s %s %s" % (one.sql, self.rng.choice(("=", "<>")), self.literal(one))
        if shape == 4:
            return "%s IN (%s)" % (one.sql, self.literals(one))
        return "NOT " + one.sql

    def search(self, one):
        """A condition on a piece of a text."""
        piece = self.rng.choice(("o", "O", "OFFICE", "ltd", " ", "'", "Cafe", "\u00e9"))
        return self.rng.choice((
            "%s LIKE '%%%s%%'", "%s LIKE '%s%%'", "%s NOT LIKE '%%%s%%'", "strpos(%s, '%s') > 0",
            "starts_with(%s, '%s')", "%s ILIKE '%%%s%%'", "%s ILIKE '%s'")) % (
                one.sql, piece.replace("'", "''"))

    def literals(self, one):
        return ", ".join(self.literal(one) for _ in range(self.rng.choice((1, 2, 2, 3, 5))))

    def leaf(self, columns):
        """One condition."""
        keys, amounts = self.of(columns, "text", "uuid"), self.of(columns, "bigint", "numeric")
        moments, flags = self.of(columns, "timestamp", "date"), self.of(columns, "boolean")
        if moments and self.chance(0.3):
            return self.compare_moment(self.rng.choice(moments))
        if flags and self.chance(0.2):
            return self.compare_flag(self.rng.choice(flags))
        if keys and (not amounts or self.chance(0.85)):
            one = self.rng.choice(keys)
            if one.domain in ("friendly", "name") and self.chance(0.3):
                return self.search(one)
            others = [two for two in keys if two.type == one.type and two.sql != one.sql]
            if others and self.chance(0.06):
                return "%s %s %s" % (one.sql, self.rng.choice(("=", "<>", "<")),
                                     self.rng.choice(others).sql)
            return self.compare_key(one)
        if amounts:
            one = self.rng.choice(amounts)
            if self.chance(0.2):
                return "%s IS %sNULL" % (one.sql, self.rng.choice(("", "NOT ")))
            return "%s %s %s" % (one.sql, self.rng.choice(("<", ">", "=", "<>")),
                                 self.literal(one))
        return self.rng.choice(("true", "1 = 1", "noise(1) = 1"))

    def given(self):
        """A condition without a column, known when the query begins."""
        if self.params is not None and self.chance(0.6):
            self.params.append(("text", self.rng.choice(("NULL", "''", "'all'"))))
            return "$%d %s" % (len(self.params), self.rng.choice(
                ("IS NULL", "IS NOT NULL", "= ''", "<> ''", "= ANY ('{all,any}')")))
        return self.rng.choice((
            "current_setting('equivalence.given', true) IS NULL",
            "current_setting('equivalence.given', true) = 'all'", "now() < '2000-01-01'",
            "current_user <> 'nobody else'", "(SELECT count(*) FROM nums) = 0",
            "EXISTS (SELECT FROM nums WHERE n = 7)", "NULL::boolean"))

    def predicate(self, columns, depth=2):
        """A tree of conditions."""
        shape = self.rng.randrange(10) if depth > 0 else 0
        if shape < 6:
            return self.leaf(columns)
        if shape == 9:
            return "NOT (%s)" % self.predicate(columns, depth - 1)
        word = " AND " if shape == 6 else " OR "
        parts = [self.predicate(columns, depth - 1) for _ in range(self.rng.choice((2, 2, 3)))]
        if self.chance(0.15):
            parts[0] = self.given()
        return "(%s)" % word.join(parts)
