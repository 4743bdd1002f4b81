#!/usr/bin/python3
"""psqlODBC through unixODBC and pyodbc, with its catalog functions."""
import os
import re

import pyodbc

import commands

# UseDeclareFetch is for the command fetch: it reads every result through a cursor.
OPTIONS = {'Driver': '{PostgreSQL Unicode}', 'Servername': os.environ['PGHOST'],
           'Port': os.environ['PGPORT'], 'Database': os.environ['PGDATABASE'],
           'Username': os.environ['PGUSER'], 'UseServerSidePrepare': '1', 'BoolsAsChar': '0'}


def connect(**more):
    text = ';'.join('%s=%s' % item for item in {**OPTIONS, **more}.items())
    return pyodbc.connect(text, autocommit=True)


def describe(error):
    """ODBC gives SQLSTATE and one text: the message, then the detail and the hint."""
    state, text = (list(error.args) + ['', ''])[:2]
    text = re.sub(r'^\[\w+\] ', '', str(text)).split(';\n', 1)[0]
    text = re.sub(r'^(ERROR|FATAL): +', '', text)
    text = re.sub(r' \(\d+\) \(SQL\w+\)$', '', text)
    message, _, detail = text.partition('\n')
    return (state, message, detail, None)


class Client:
    def __init__(self):
        self.connection = connect()

    def version(self):
        info = self.connection.getinfo
        return [('psqlODBC', info(pyodbc.SQL_DRIVER_VER)), ('ODBC', info(pyodbc.SQL_ODBC_VER)),
                ('pyodbc', pyodbc.version)]

    def _rows(self, sql, *parameters):
        cursor = self.connection.execute(sql, *parameters)
        return cursor.fetchall() if cursor.description else []

    def tables(self, schema):
        return [(row.table_name, row.remarks)
                for row in self.connection.cursor().tables(schema=schema)]

    def columns(self, schema, table):
        return [(row.column_name, row.type_name, row.nullable == pyodbc.SQL_NULLABLE, row.remarks)
                for row in self.connection.cursor().columns(schema=schema, table=table)]

    def run(self, sql):
        return self._rows(sql)

    def begin(self, mode):
        self._rows("SELECT set_config('plan_cache_mode', ?, false)", mode)

    def prepare(self, type_name, sql):
        self.type_name = type_name
        self.sql = re.sub(r'\$1', '?', sql)
        self.cursor = self.connection.cursor()

    def execute(self, value):
        """One cursor, so that pyodbc prepares the statement once; ODBC has no arrays."""
        if value is not None and self.type_name.endswith('[]'):
            value = '{%s}' % value
        else:
            value = commands.convert(self.type_name, value)
        self.cursor.execute(self.sql, value)
        return self.cursor.fetchall()

    def plans(self):
        return self._rows('SELECT sum(generic_plans), sum(custom_plans) FROM pg_prepared_statements')

    def fetch(self, size, number, sql):
        connection = connect(UseDeclareFetch='1', Fetch=size)
        try:
            cursor = connection.execute(sql)
            return [cursor.fetchone() for _ in range(int(number))]
        finally:
            connection.close()

    def _error(self, run, cancel=None):
        try:
            error = commands.cancelled(run, cancel) if cancel else run()
        except pyodbc.Error as raised:
            error = raised
        return [describe(error) if isinstance(error, Exception) else ('none',)]

    def fail(self, sql):
        return self._error(lambda: self._rows(sql))

    def cancel(self, sql):
        cursor = self.connection.cursor()
        return self._error(lambda: cursor.execute(sql), cursor.cancel)

    def timeout(self, seconds, sql):
        """The driver has no limit for pyodbc's timeout; it can send a SET first."""
        connection = connect(ConnSettings='SET statement_timeout=%d' % (int(seconds) * 1000))
        try:
            return self._error(lambda: connection.execute(sql))
        finally:
            connection.close()


if __name__ == '__main__':
    commands.serve(Client(), describe)
