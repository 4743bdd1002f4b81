"""Makes random queries.

Every shape in which rows may or may not come grouped: joins of all kinds,
LATERAL, subqueries, WITH, views, partitions, aggregates, grouping sets,
DISTINCT, set operations, sublinks, windows, limits, and statements around them.
Sizes are guessed on the way, so that no join grows out of hand.
"""

from collections import namedtuple

from expressions import Column, Expressions
from tables import API_TABLES, DATES, DAYS, HISTORIES, LOCAL_TABLES, SHARE, SNAPSHOT_DATE

MOST_ROWS = 4000

# What is sent to both sides.  explain: a statement whose plan is asked for.
Statement = namedtuple("Statement", "text explain rows_only")

# sql of a FROM item, its columns, about how many rows
Item = namedtuple("Item", "sql columns rows")

# sql, [type] of what is put out, about how many rows
Select = namedtuple("Select", "sql types rows")


class Maker(Expressions):
    """One random statement."""

    def __init__(self, rng):
        super().__init__(rng)
        self._aliases = 0
        self._with = []             # (name, Select)

    def alias(self):
        self._aliases += 1
        return "a%d" % self._aliases

    # ---- FROM

    def table(self, local=0.2):
        tables = LOCAL_TABLES if self.chance(local) else API_TABLES
        if self.chance(0.07):
            tables = HISTORIES
        name = self.rng.choices(list(tables), [one[0] for one in tables.values()])[0]
        columns = tables[name][2] + (DATES.get(name, []) if self.chance(0.2) else [])
        item = self.named(name, columns, tables[name][1])
        if tables is not HISTORIES:
            return item
        if self.chance(0.2):
            return self.days_with_rows(name)
        return item._replace(sql="(SELECT * FROM %s WHERE %s) %s" % (
            name, self.days(), item.sql.split()[-1]))

    def days_with_rows(self, name):
        """The first, the last or all days on which a history has rows, as a FROM item."""
        alias = self.alias()
        columns = [Column(*one) for one in HISTORIES[name][2]]
        where = self.days()
        if self.chance(0.5):
            where = "(%s) AND %s" % (where, self.predicate(columns, 1))
        text = self.rng.choice((
            "SELECT DISTINCT snapshot_date FROM %s WHERE %s",
            "SELECT snapshot_date FROM %s WHERE %s GROUP BY 1",
            "SELECT max(snapshot_date) FROM %s WHERE %s",
            "SELECT min(snapshot_date) FROM %s WHERE %s",
            "SELECT snapshot_date FROM %s WHERE %s ORDER BY 1 DESC LIMIT 5",
            "SELECT snapshot_date FROM %s WHERE %s ORDER BY 1 LIMIT 200"))
        return Item("(%s) %s(snapshot_date)" % (text % (name, where), alias),
                    [Column("%s.snapshot_date" % alias, "date", "snapshot")], 20)

    def days(self):
        """A condition that says which days a history is asked for."""
        if self.chance(0.4):
            return "snapshot_date %s" % self.rng.choice(DAYS)
        return self.compare_moments(Column(*SNAPSHOT_DATE), days=True)

    def named(self, name, columns, rows):
        alias = self.alias()
        return Item("%s %s" % (name, alias),
                    [Column("%s.%s" % (alias, column), kind, domain)
                     for column, kind, domain in columns], rows)

    def derived(self, select, lateral=""):
        """A subquery as a FROM item."""
        alias = self.alias()
        names = ["c%d" % at for at in range(1, len(select.types) + 1)]
        return Item("%s(%s) %s(%s)" % (lateral, select.sql, alias, ", ".join(names)),
                    self.derived_columns(alias, names, select.types), select.rows)

    @staticmethod
    def derived_columns(alias, names, types):
        """Types that the expressions know nothing of are left out."""
        domains = {"text": "word", "uuid": "tenant", "bigint": "amount", "numeric": "number",
                   "boolean": "flag", "timestamp": "moment", "date": "snapshot"}
        return [Column("%s.%s" % (alias, name), kind, domains[kind])
                for name, kind in zip(names, types) if kind in domains]

    def item(self, depth):
        shape = self.rng.randrange(20)
        if depth > 0 and shape < 4:
            return self.derived(self.select(depth - 1))
        if self._with and shape == 4:
            name, select = self.rng.choice(self._with)
            alias = self.alias()
            names = ["c%d" % at for at in range(1, len(select.types) + 1)]
            return Item("%s %s(%s)" % (name, alias, ", ".join(names)),
                        self.derived_columns(alias, names, select.types), select.rows)
        return self.table()

    def equality(self, left, right):
        """(condition, share of pairs) by columns that have values in common, or None."""
        pairs = [(one, two) for one in left for two in right
                 if one.type == two.type and one.type in ("text", "uuid") and
                 (one.domain == two.domain or "word" in (one.domain, two.domain))]
        if self.chance(0.04):
            pairs = [(one, two) for one in left for two in right
                     if one.type == two.type == "bigint"] or pairs
        if not pairs:
            return None
        one, two = self.rng.choice(pairs)
        return "%s = %s" % (one.sql, two.sql), SHARE[one.domain] / 1000

    def condition(self, left, right, kind):
        """(condition, share) of a join, or None."""
        found = self.equality(left.columns, right.columns)
        if not found:
            return None
        text, share = found
        if self.chance(0.2):
            more = self.equality(left.columns, right.columns) or found
            text, share = "%s AND %s" % (text, more[0]), share * more[1]
        if kind != "FULL JOIN" and self.chance(0.3):
            side = right.columns if self.chance(0.6) else left.columns + right.columns
            text, share = "%s AND %s" % (text, self.predicate(side, 1)), share * 0.6
        elif kind not in ("FULL JOIN", "LEFT JOIN") and self.chance(0.06) and \
                left.rows * right.rows < MOST_ROWS:
            text, share = text.replace(" = ", " < ", 1), 0.5
        return text, share

    def join(self, left, depth):
        """left joined with something; left itself where that would be too much."""
        right = self.item(depth)
        kind = self.rng.choice(("JOIN", "JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN",
                                "FULL JOIN"))
        found = self.condition(left, right, kind)
        columns = left.columns + right.columns
        if not found:
            if left.rows * right.rows > MOST_ROWS:
                return left
            return Item("%s CROSS JOIN %s" % (left.sql, right.sql), columns,
                        left.rows * right.rows)
        rows = max(left.rows, right.rows, left.rows * right.rows * found[1])
        if rows > MOST_ROWS:
            return left
        if self.chance(0.1):
            return Item("(%s %s %s ON %s)" % (right.sql, kind, left.sql, found[0]), columns, rows)
        return Item("%s %s %s ON %s" % (left.sql, kind, right.sql, found[0]), columns, rows)

    def lateral(self, left, depth):
        """left and a subquery over its columns."""
        if self.chance(0.3):
            texts = self.of(left.columns, "text")
            if texts:
                alias = self.alias()
                pair = (self.rng.choice(texts).sql, self.rng.choice(texts).sql)
                return Item("%s, LATERAL unnest(ARRAY[%s, %s]) %s(u)" % (
                    left.sql, *pair, alias), left.columns + [
                        Column(alias + ".u", "text", "word")], left.rows * 2)
        inner = self.table(0.4)
        found = self.equality(left.columns, inner.columns)
        if not found or left.rows > 60 and self.chance(0.8):
            return left
        select = self.over(inner, depth, [found[0]])
        item = self.derived(select, "LATERAL ")
        rows = left.rows * max(1, select.rows * found[1])
        if rows > MOST_ROWS or left.rows > 300:
            return left
        word = self.rng.choice((", %s", " JOIN %s ON true", " LEFT JOIN %s ON true"))
        return Item(left.sql + word % item.sql, left.columns + item.columns, rows)

    def source(self, depth):
        """A FROM clause."""
        found = self.item(depth)
        for _ in range(self.rng.choice((0, 0, 0, 1, 1, 1, 2, 2, 3))):
            found = self.join(found, depth)
        if self.chance(0.06):
            found = self.lateral(found, depth)
        return found

    # ---- sublinks

    def sublink(self, columns, depth):
        """A condition with a subquery, or None."""
        inner = self.table(0.25)
        shape = self.rng.randrange(10)
        if shape < 4:
            found = self.equality(columns, inner.columns)
            if not found:
                return None
            more = " AND " + self.predicate(inner.columns, 1) if self.chance(0.4) else ""
            return "%sEXISTS (SELECT FROM %s WHERE %s%s)" % (
                self.rng.choice(("", "", "NOT ")), inner.sql, found[0], more)
        keys = [(one, two) for one in columns for two in inner.columns
                if one.type == two.type and one.domain == two.domain]
        if not keys:
            return None
        one, two = self.rng.choice(keys)
        where = " WHERE %s" % self.predicate(inner.columns, 1) if self.chance(0.5) else ""
        if shape < 7:
            return "%s %sIN (SELECT %s%s FROM %s%s)" % (
                one.sql, self.rng.choice(("", "", "NOT ")), self.rng.choice(("", "DISTINCT ")),
                two.sql, inner.sql, where)
        if shape == 7:
            return "%s = ANY (ARRAY(SELECT %s FROM %s%s))" % (one.sql, two.sql, inner.sql, where)
        return "%s::text %s (SELECT %s(%s::text) FROM %s%s)" % (
            one.sql, self.rng.choice(("=", ">", "<>")), self.rng.choice(("min", "max")),
            two.sql, inner.sql, where)

    def where(self, item, depth, conditions=()):
        """(clause, share)"""
        parts = list(conditions)
        if self.chance(0.5):
            parts.append(self.predicate(item.columns))
        if item.rows < 2000 and self.chance(0.13):
            parts += filter(None, [self.sublink(item.columns, depth)])
        if self.chance(0.01):
            parts.append("noise(1) = 1")
        return (" WHERE " + " AND ".join(parts), 0.5) if parts else ("", 1)

    # ---- SELECT

    def select(self, depth, top=False):
        if depth > 0 and self.chance(0.1 if top else 0.06):
            return self.set_operation(depth)
        return self.over(self.source(depth), depth, (), top)

    def over(self, item, depth, conditions=(), top=False):
        """A SELECT over a FROM clause."""
        shape = self.rng.randrange(100)
        where, share = self.where(item, depth, conditions)
        rest = " FROM %s%s" % (item.sql, where)
        rows = max(1, item.rows * share)
        if shape < 58:
            return self.aggregated(item, rest, rows)
        if shape < 72:
            return self.distinct(item, rest, rows)
        if shape < 78:
            return self.windowed(item, rest, rows)
        if shape < 82 and top:
            return self.counted(rest, rows)
        return self.plain(item, rest, rows)

    def outputs(self, columns, most=3):
        # the same key twice in ROLLUP would leave an order of rows open
        found = dict(self.key_of(columns) for _ in range(self.rng.randint(1, most)))
        return list(found), list(found.values())

    def aggregated(self, item, rest, rows):
        keys, types = ([], []) if self.chance(0.2) else self.outputs(item.columns)
        aggregates = [self.aggregate(item.columns) for _ in range(self.rng.choice((0, 1, 1, 2, 3)))]
        if not keys and not aggregates:
            aggregates = [self.aggregate(item.columns)]
        outputs = keys + [sql for sql, _ in aggregates]
        group = ""
        if keys:
            numbers = [str(at + 1) for at in range(len(keys))]
            group = " GROUP BY " + self.grouping(numbers)
            if len(keys) > 1 and self.chance(0.2):
                # a key that is not put out
                outputs, types = outputs[1:], types[1:]
                group = " GROUP BY " + ", ".join(keys)
        if self.chance(0.2):
            group += " HAVING " + self.having(item.columns)
        kinds = types + [kind for _, kind in aggregates]
        text = "SELECT %s%s%s" % (", ".join(outputs), rest, group)
        if any(word in group for word in ("ROLLUP", "CUBE", "SETS")):
            # before 18, PostgreSQL takes a key that WHERE holds constant for constant in the
            # rows of other grouping sets too, and orders them as it likes
            text = "SELECT * FROM (%s) z" % text
        return self.limited(Select(text, kinds, min(rows, 8 ** len(keys))))

    def grouping(self, numbers):
        shape = self.rng.randrange(20)
        if shape < 15:
            return ", ".join(numbers)
        if shape < 17:
            return "ROLLUP (%s)" % ", ".join(numbers)
        if shape == 17:
            return "CUBE (%s)" % ", ".join(numbers)
        return "GROUPING SETS (%s, ())" % ", ".join("(%s)" % one for one in numbers)

    def distinct(self, item, rest, rows):
        outputs, kinds = self.outputs(item.columns)
        if self.chance(0.2):
            return Select("SELECT DISTINCT ON (%s) %s%s ORDER BY %s" % (
                outputs[0], ", ".join(outputs), rest, ", ".join(outputs)), kinds, min(rows, 20))
        if self.chance(0.05):
            outputs.append("rank() OVER (ORDER BY %s)" % outputs[0])
            kinds.append("bigint")
        return self.limited(Select("SELECT DISTINCT %s%s" % (", ".join(outputs), rest), kinds,
                                   min(rows, 8 ** len(outputs))))

    def windowed(self, item, rest, rows):
        outputs, kinds = self.outputs(item.columns, 2)
        order = " ORDER BY " + self.text_of(item.columns) if self.chance(0.5) else ""
        over = "OVER (PARTITION BY %s%s)" % (self.text_of(item.columns), order)
        call = self.rng.choice(("count(*)", "rank()", "sum(%s)" % self.integer_of(item.columns),
                                "max(%s)" % self.text_of(item.columns)))
        if self.chance(0.4):
            return Select("SELECT %s, sum(sum(%s)) OVER (ORDER BY %s)%s GROUP BY %s" % (
                outputs[0], self.linear_of(item.columns), outputs[0], rest, outputs[0]),
                kinds[:1] + ["numeric"], min(rows, 10))
        kind = "text" if call.startswith("max") else \
            "numeric" if call.startswith("sum") else "bigint"
        return Select("SELECT %s, %s %s%s" % (", ".join(outputs), call, over, rest),
                      kinds + [kind], rows)

    def counted(self, rest, rows):
        output, kinds = self.rng.choice((("count(*)", ["bigint"]), ("1", ["integer"]),
                                         ("count(*), sum(2)", ["bigint", "numeric"])))
        return Select("SELECT %s%s" % (output, rest), kinds, rows)

    def plain(self, item, rest, rows):
        outputs, kinds = self.outputs(item.columns)
        amounts = self.of(item.columns, "bigint", "numeric")
        if amounts and self.chance(0.6):
            one = self.rng.choice(amounts)
            outputs.append(one.sql)
            kinds.append(one.type)
        if self.chance(0.1):
            inner = self.table(0.5)
            found = self.equality(item.columns, inner.columns)
            if found and rows < 60:
                outputs.append("(SELECT %s FROM %s WHERE %s)" % (
                    self.aggregate(inner.columns)[0], inner.sql, found[0]))
                kinds.append("other")
        return self.limited(Select("SELECT %s%s" % (", ".join(outputs), rest), kinds, rows))

    def limited(self, select, part=0.12):
        """A limit under an order that leaves no choice."""
        if not self.chance(part) or not select.types:
            return select
        order = ", ".join("%d%s" % (at + 1, self.rng.choice(("", "", " DESC", " NULLS FIRST")))
                          for at in range(len(select.types)))
        offset = " OFFSET %d" % self.rng.choice((0, 1, 10)) if self.chance(0.3) else ""
        limit = self.rng.choice((1, 3, 10, 50))
        return Select("%s ORDER BY %s LIMIT %d%s" % (select.sql, order, limit, offset),
                      select.types, min(select.rows, limit))

    def leaf_of(self, kinds, depth):
        """A leaf of a set operation that puts out these types, or None."""
        item = self.source(max(0, depth - 1))
        outputs = []
        for kind in kinds:
            if kind == "text":
                outputs.append(self.text_of(item.columns))
            elif kind == "uuid" and self.of(item.columns, "uuid"):
                outputs.append(self.rng.choice(self.of(item.columns, "uuid")).sql)
            else:
                outputs.append("NULL::%s" % kind)
        where, share = self.where(item, 0)
        word = self.rng.choice(("", "", "", "DISTINCT "))
        return Select("SELECT %s%s FROM %s%s" % (word, ", ".join(outputs), item.sql, where),
                      kinds, item.rows * share)

    def set_operation(self, depth):
        kinds = self.rng.choice((["text"], ["text", "text"], ["uuid"], ["text", "uuid"]))
        found = self.leaf_of(kinds, depth)
        for _ in range(self.rng.choice((1, 1, 2))):
            other = self.leaf_of(kinds, depth)
            word = self.rng.choice(("UNION", "UNION", "UNION ALL", "INTERSECT", "EXCEPT",
                                    "INTERSECT ALL", "EXCEPT ALL"))
            found = Select("(%s) %s (%s)" % (found.sql, word, other.sql), kinds,
                           found.rows + other.rows)
        return found

    # ---- statements

    def query(self):
        """(text, rows only) of a whole query."""
        words = []
        while self.chance(0.08):
            select = self.select(0)
            name = "w%d" % (len(words) + 1)
            words.append("%s AS %s(%s)" % (
                name, self.rng.choice(("", "", "MATERIALIZED ", "NOT MATERIALIZED ")), select.sql))
            self._with.append((name, select))
        select = self.select(self.rng.choice((0, 1, 1, 2)), top=True)
        text, rows_only = select.sql, False
        if self.chance(0.06):
            text = "SELECT * FROM (%s) z LIMIT %d%s" % (
                text, self.rng.choice((0, 1, 5, 40)),
                self.rng.choice(("", " OFFSET 3", " OFFSET 100")))
            rows_only = True
        elif self.chance(0.02):
            text = "SELECT EXISTS (%s)" % text
        head = "WITH %s " % ", ".join(words) if words else ""
        return head + text, rows_only

    def statement(self):
        shape = self.rng.randrange(100)
        if shape < 14:
            return self.prepared()
        text, rows_only = self.query()
        if shape < 17:
            return Statement("BEGIN; CREATE TABLE made AS %s; SELECT * FROM made; ROLLBACK" %
                             self.with_names(text), text, rows_only)
        if shape < 19:
            return Statement("BEGIN; DECLARE c SCROLL CURSOR FOR %s; FETCH 2 FROM c; "
                             "FETCH FORWARD 3 FROM c; FETCH FIRST FROM c; MOVE LAST FROM c; "
                             "FETCH BACKWARD ALL FROM c; ROLLBACK" % text, text, True)
        if shape == 19:
            item = self.table(0)
            keys = self.of(item.columns, "text")
            key = self.rng.choice(keys).sql if keys else "'direct'"
            return Statement("BEGIN; DELETE FROM target USING %s WHERE a = %s AND %s "
                             "RETURNING a; SELECT * FROM target; ROLLBACK" % (
                                 item.sql, key, self.predicate(item.columns, 1)), None, False)
        if shape == 20:
            item = self.table(0)
            where, _ = self.where(item, 0)
            outputs, _ = self.outputs(item.columns)
            text = "SELECT %s FROM %s%s FOR %s" % (
                ", ".join(outputs), item.sql, where, self.rng.choice(("UPDATE", "SHARE")))
            return Statement(text, text, False)
        return Statement(text, text, rows_only)

    @staticmethod
    def with_names(text):
        """For CREATE TABLE: one column, since names may be equal.  Of equal numbers, 1.0 is 1."""
        return (r"SELECT regexp_replace(regexp_replace(z::text, '(\.\d*[1-9])0+(?!\d)', '\1', 'g'), "
                r"'\.0+(?!\d)', '', 'g') AS row FROM (%s) z") % text

    def prepared(self):
        self.params = []
        text, rows_only = self.query()
        kinds = [kind for kind, _ in self.params]
        values = [value for _, value in self.params]
        self.params = None
        head = "PREPARE p%s AS %s; " % ("(%s)" % ", ".join(kinds) if kinds else "", text)
        call = "EXECUTE p%s" % ("(%s)" % ", ".join(values) if kinds else "")
        again = "EXECUTE p(%s)" % ", ".join(
            "NULL" if self.chance(0.15) else value for value in values) if kinds else call
        return Statement("%s%s; %s; DEALLOCATE p" % (head, call, again),
                         "%s|%s" % (head, call), rows_only)
