#!/usr/bin/env python3
"""Starts and ends the mock API.

    server.py [--data-set seeds] [--rows N] [--set SWITCH=VALUE] …

prints "listening on ADDRESS PORT" when it is ready, and ends on SIGTERM, on
SIGINT, or (with --exit-with-stdin) when its standard input ends.
"""

import argparse
import json
import os
import signal
import sys
import threading

sys.dont_write_bytecode = True

import tokens       # noqa: E402
import wire         # noqa: E402
from api import Api  # noqa: E402
from control import ControlOnly  # noqa: E402
from switches import Refused  # noqa: E402

# Options that are short for --set of a data switch.
DATA_OPTIONS = (("--seed", int), ("--rows", int), ("--snapshots", int), ("--customers", int),
                ("--latest-day", str), ("--guid-case", str), ("--data-set", str))
DATA_FLAGS = ("--service-dates", "--big-numbers")
CREDENTIALS = ("tenant", "client-id", "client-secret", "refresh-token", "access-token")


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description="Partner Center analytics API on loopback")
    parser.add_argument("--host", choices=("127.0.0.1", "::1"), default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--port-file", help="file that the port is written to")
    parser.add_argument("--control-port-file",
                        help="also serve control requests, without TLS, on a port written there")
    parser.add_argument("--tls-cert")
    parser.add_argument("--tls-key")
    parser.add_argument("--exit-with-stdin", action="store_true")
    parser.add_argument("--cache-mb", type=int, default=1024, help="printed pages that are kept")
    for name, kind in DATA_OPTIONS:
        parser.add_argument(name, type=kind)
    for name in DATA_FLAGS:
        parser.add_argument(name, action="store_true", default=None)
    for name in CREDENTIALS:
        known = getattr(tokens.Credentials, name.replace("-", "_"))
        parser.add_argument("--" + name, default=known)
    parser.add_argument("--set", action="append", default=[], metavar="SWITCH=VALUE")
    parser.add_argument("--fault", action="append", default=[], metavar="JSON")
    parser.add_argument("--warm", action="append", default=[], metavar="RESOURCE",
                        help="print and keep this resource's pages before listening")
    return parser, parser.parse_args()


def start_values(options):
    """The switches that the command line sets."""
    names = [name[2:].replace("-", "_") for name, _ in DATA_OPTIONS]
    names += [name[2:].replace("-", "_") for name in DATA_FLAGS]
    values = {name: getattr(options, name) for name in names
              if getattr(options, name) is not None}
    for pair in options.set:
        name, _, text = pair.partition("=")
        try:
            values[name] = json.loads(text)
        except ValueError:
            values[name] = text
    return values


def build(parser, options):
    """The API with its start values, faults and warm pages."""
    credentials = tokens.Credentials(**{
        name.replace("-", "_"): getattr(options, name.replace("-", "_")) for name in CREDENTIALS})
    api = Api(credentials, options.cache_mb << 20)
    try:
        api.switches.start_with(start_values(options))
        for text in options.fault:
            api.faults.add(json.loads(text))
    except (Refused, ValueError) as why:
        parser.error(str(why))
    return api


def write_port(path, port):
    """Write a port to a file that readers never see half written."""
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write("%d\n" % port)
    os.replace(path + ".new", path)


def main():
    parser, options = arguments()
    if bool(options.tls_cert) != bool(options.tls_key):
        parser.error("--tls-cert and --tls-key go together")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    api = build(parser, options)
    tls = wire.server_context(options.tls_cert, options.tls_key) if options.tls_cert else None
    server = api.server = wire.Server(api, options.host, options.port, tls)
    try:
        for name in options.warm:
            api.control.warm(name)
    except ValueError as why:
        parser.error(str(why))
    if options.control_port_file:
        control = wire.Server(ControlOnly(api.control, api.released), options.host)
        control.start()
        write_port(options.control_port_file, control.port)
    server.start()
    if options.exit_with_stdin:
        threading.Thread(target=lambda: (sys.stdin.buffer.read(), stop.set()),
                         daemon=True).start()
    if options.port_file:
        write_port(options.port_file, server.port)
    print("listening on %s %d" % (options.host, server.port), flush=True)
    stop.wait()
    sys.stdout.flush()
    os._exit(0)     # threads may be busy with clients that never leave


if __name__ == "__main__":
    main()
