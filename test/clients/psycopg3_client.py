#!/usr/bin/python3
"""psycopg 3, which sends parameters apart and prepares statements at the server."""
import re

import psycopg

import commands
from psycopg2_client import COLUMNS, TABLES


def describe(error):
    diag = getattr(error, 'diag', None)
    return (getattr(error, 'sqlstate', None), getattr(diag, 'message_primary', None) or str(error),
            getattr(diag, 'message_detail', None), getattr(diag, 'message_hint', None))


class Client:
    def __init__(self):
        # from the third execution on, a statement is prepared
        self.connection = psycopg.connect(autocommit=True, prepare_threshold=2)

    def version(self):
        return [('psycopg', psycopg.__version__)]

    def _rows(self, sql, parameters=None, **options):
        cursor = self.connection.execute(sql, parameters, **options)
        return cursor.fetchall() if cursor.description else []

    def tables(self, schema):
        return self._rows(TABLES, (schema,))

    def columns(self, schema, table):
        return self._rows(COLUMNS, (schema, table))

    def run(self, sql):
        return self._rows(sql, prepare=False)

    def begin(self, mode):
        self._rows("SELECT set_config('plan_cache_mode', %s, false)", (mode,), prepare=False)

    def prepare(self, type_name, sql):
        self.type_name = type_name
        self.sql = re.sub(r'\$1', '%s', sql.replace('%', '%%'))

    def execute(self, value):
        return self._rows(self.sql, (commands.convert(self.type_name, value),))

    def plans(self):
        return self._rows('SELECT sum(generic_plans), sum(custom_plans) FROM pg_prepared_statements',
                          prepare=False)

    def fetch(self, size, number, sql):
        with self.connection.transaction():
            with self.connection.cursor('rows') as cursor:
                cursor.itersize = int(size)
                cursor.execute(sql)
                return [row for _, row in zip(range(int(number)), cursor)]

    def _error(self, run, cancel=None):
        try:
            error = commands.cancelled(run, cancel) if cancel else run()
        except psycopg.Error as raised:
            error = raised
        return [describe(error) if isinstance(error, Exception) else ('none',)]

    def fail(self, sql):
        return self._error(lambda: self._rows(sql))

    def cancel(self, sql):
        return self._error(lambda: self._rows(sql), self.connection.cancel)

    def timeout(self, seconds, sql):
        with psycopg.connect(options='-c statement_timeout=%ss' % seconds) as connection:
            return self._error(lambda: connection.execute(sql))


if __name__ == '__main__':
    commands.serve(Client(), describe)
