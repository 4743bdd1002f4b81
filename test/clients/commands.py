"""The loop of a client program in Python: README.md describes the commands.

A program gives serve() an object with a method for each command that it can do.
"""
import datetime
import decimal
import sys
import threading
import uuid

READ = {'t': '\t', 'n': '\n', 'r': '\r', '\\': '\\'}
WRITTEN = {'\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\'}

# How a driver gets a value of each type: as a person's program has it.
CONVERT = {
    'text': str,
    'boolean': lambda value: value == 'true',
    'integer': int,
    'bigint': int,
    'numeric': decimal.Decimal,
    'double precision': float,
    'date': datetime.date.fromisoformat,
    'timestamp': datetime.datetime.fromisoformat,
    'timestamptz': datetime.datetime.fromisoformat,
    'uuid': uuid.UUID,
}


def read_field(field):
    if field == '\\N':
        return None
    parts = iter(field)
    return ''.join(READ[next(parts)] if c == '\\' else c for c in parts)


def write_field(value):
    if value is None:
        return '\\N'
    if isinstance(value, bool):
        value = 't' if value else 'f'
    return ''.join(WRITTEN.get(c, c) for c in str(value))


def convert(type_name, value):
    """A parameter's text as a value of Python; arrays are lists."""
    if value is None:
        return None
    if type_name.endswith('[]'):
        return [CONVERT[type_name[:-2]](item) for item in value.split(',')]
    return CONVERT[type_name](value)


def read_line():
    line = sys.stdin.readline()
    return [read_field(f) for f in line.rstrip('\n').split('\t')] if line else None


def cancelled(run, cancel):
    """What run() raises after cancel(), which is called when a line has been read."""
    raised = []

    def catch():
        try:
            run()
        except Exception as error:  # whatever the driver raises
            raised.append(error)

    thread = threading.Thread(target=catch)
    thread.start()
    read_line()
    cancel()
    thread.join()
    return raised[0] if raised else None


def serve(client, describe):
    """Run commands until the input ends; describe(error) gives SQLSTATE, message, detail, hint."""
    sys.stdin.reconfigure(encoding='utf-8', newline='\n')
    sys.stdout.reconfigure(encoding='utf-8', newline='\n')
    while True:
        fields = read_line()
        if fields is None:
            return
        method = getattr(client, fields[0], None)
        try:
            rows = method(*fields[1:]) if method else [('unsupported',)]
        except Exception as error:  # whatever the driver raises
            rows = [('error', *describe(error)[:2])]
        for row in rows or []:
            print('\t'.join(write_field(v) for v in row))
        print('.', flush=True)
