#!/usr/bin/python3
"""SQLAlchemy on psycopg 2: reflection, and statements that it writes itself."""
import sqlalchemy
from sqlalchemy import cast, func, select
from sqlalchemy.dialects import postgresql

import commands
from psycopg2_client import describe as describe_driver

TYPES = {'text': sqlalchemy.Text, 'boolean': sqlalchemy.Boolean, 'integer': sqlalchemy.Integer,
         'bigint': sqlalchemy.BigInteger, 'numeric': sqlalchemy.Numeric,
         'double precision': sqlalchemy.Float, 'date': sqlalchemy.Date,
         'timestamp': sqlalchemy.DateTime, 'timestamptz': sqlalchemy.DateTime(timezone=True),
         'uuid': postgresql.UUID(as_uuid=True)}


def describe(error):
    return describe_driver(getattr(error, 'orig', error))


class Client:
    def __init__(self):
        self.engine = sqlalchemy.create_engine('postgresql+psycopg2://', isolation_level='AUTOCOMMIT')
        self.connection = self.engine.connect()
        self.inspector = sqlalchemy.inspect(self.engine)

    def version(self):
        return [('SQLAlchemy', sqlalchemy.__version__)]

    def tables(self, schema):
        names = self.inspector.get_foreign_table_names(schema=schema)
        return [(name, self.inspector.get_table_comment(name, schema=schema)['text'])
                for name in sorted(names)]

    def columns(self, schema, table):
        return [(c['name'], str(c['type'].compile(dialect=self.engine.dialect)).lower(),
                 c['nullable'], c['comment'])
                for c in self.inspector.get_columns(table, schema=schema)]

    def names(self, schema):
        """What a list of tables and a list of views have."""
        return [(kind, ','.join(sorted(list_names(schema=schema))))
                for kind, list_names in (('tables', self.inspector.get_table_names),
                                         ('views', self.inspector.get_view_names))]

    def reflect(self, schema, table):
        """The table as SQLAlchemy sees it: filtered, grouped and ordered by its own statement."""
        metadata = sqlalchemy.MetaData()
        t = sqlalchemy.Table(table, metadata, schema=schema, autoload_with=self.engine)
        query = (select(t.c.service_name, cast(func.sum(t.c.licenses_sold), sqlalchemy.BigInteger))
                 .where(t.c.channel == 'reseller', t.c.service_code.in_(['o365', 'crm']))
                 .group_by(t.c.service_name).order_by(t.c.service_name))
        return self.connection.execute(query).all()

    def run(self, sql):
        result = self.connection.exec_driver_sql(sql.replace('%', '%%'))
        return result.all() if result.returns_rows else []

    def prepare(self, type_name, sql):
        self.type_name = type_name
        base = type_name[:-2] if type_name.endswith('[]') else type_name
        kind = TYPES[base]
        if type_name.endswith('[]'):
            kind = postgresql.ARRAY(kind)
        value = cast(sqlalchemy.bindparam('value', type_=kind), kind) \
            if type_name.endswith('[]') else sqlalchemy.bindparam('value', type_=kind)
        text = str(value.compile(dialect=self.engine.dialect)).replace('%(value)s', ':value')
        text = text.replace('::', '\\:\\:')
        self.sql = sqlalchemy.text(sql.replace('$1', text)).bindparams(
            sqlalchemy.bindparam('value', type_=kind))

    def execute(self, value):
        return self.connection.execute(
            self.sql, {'value': commands.convert(self.type_name, value)}).all()

    def fetch(self, size, number, sql):
        with self.engine.connect() as connection:
            connection = connection.execution_options(
                isolation_level='READ COMMITTED', stream_results=True, max_row_buffer=int(size))
            result = connection.execute(sqlalchemy.text(sql))
            return result.fetchmany(int(number))

    def fail(self, sql):
        try:
            self.run(sql)
        except sqlalchemy.exc.DBAPIError as error:
            return [describe(error)]
        return [('none',)]


if __name__ == '__main__':
    commands.serve(Client(), describe)
