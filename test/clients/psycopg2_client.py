#!/usr/bin/python3
"""psycopg 2, which writes parameters into the statement."""
import re

import psycopg2
import psycopg2.extras

import commands

COLUMNS = """SELECT column_name, data_type, is_nullable = 'YES',
  col_description((table_schema || '.' || table_name)::regclass, ordinal_position)
FROM information_schema.columns WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position"""
TABLES = """SELECT relname, obj_description(oid) FROM pg_class
WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'v', 'm', 'f', 'p') ORDER BY 1"""


def describe(error):
    diag = getattr(error, 'diag', None)
    return (getattr(error, 'pgcode', None), getattr(diag, 'message_primary', None) or str(error),
            getattr(diag, 'message_detail', None), getattr(diag, 'message_hint', None))


class Client:
    def __init__(self):
        psycopg2.extras.register_uuid()
        self.connection = psycopg2.connect('')
        self.connection.autocommit = True

    def version(self):
        return [('psycopg2', psycopg2.__version__)]

    def _rows(self, sql, parameters=None):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def tables(self, schema):
        return self._rows(TABLES, (schema,))

    def columns(self, schema, table):
        return self._rows(COLUMNS, (schema, table))

    def run(self, sql):
        return self._rows(sql)

    def prepare(self, type_name, sql):
        self.type_name = type_name
        cast = '::uuid[]' if type_name == 'uuid[]' else ''
        self.sql = re.sub(r'\$1', '%s' + cast, sql.replace('%', '%%'))

    def execute(self, value):
        return self._rows(self.sql, (commands.convert(self.type_name, value),))

    def fetch(self, size, number, sql):
        self.connection.autocommit = False
        try:
            with self.connection, self.connection.cursor('rows') as cursor:
                cursor.itersize = int(size)
                cursor.execute(sql)
                return [row for _, row in zip(range(int(number)), cursor)]
        finally:
            self.connection.autocommit = True

    def _error(self, run, cancel=None):
        try:
            error = commands.cancelled(run, cancel) if cancel else run()
        except psycopg2.Error as raised:
            error = raised
        return [describe(error) if isinstance(error, Exception) else ('none',)]

    def fail(self, sql):
        return self._error(lambda: self._rows(sql))

    def cancel(self, sql):
        return self._error(lambda: self._rows(sql), self.connection.cancel)

    def timeout(self, seconds, sql):
        self._rows('SET statement_timeout = %s', (int(seconds) * 1000,))
        try:
            return self._error(lambda: self._rows(sql))
        finally:
            self._rows('RESET statement_timeout')


if __name__ == '__main__':
    commands.serve(Client(), describe)
