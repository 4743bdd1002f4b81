#!/usr/bin/env python3
"""Loads rows without the extension, as users do: requests, and COPY by psql.

    user_scripts.py BASE_URL TOKEN ROWS CONNECTION TABLE

Page after page is parsed, written as CSV and sent on.
"""

import csv
import io
import subprocess
import sys

import requests

KEYS = ("serviceCode", "serviceName", "channel", "customerTenantId", "customerName",
        "productId", "productName", "licensesDeployed", "licensesSold", "processedDateTime")
PAGE = 10000


def main(base, token, rows, connection, table):
    session = requests.Session()
    session.trust_env = False
    copy = subprocess.Popen(
        ["psql", "-Xqd", connection, "-c", "COPY %s FROM STDIN (FORMAT csv)" % table],
        stdin=subprocess.PIPE)
    for skip in range(0, int(rows), PAGE):
        answer = session.get("%s/v1/analytics/commercial/deployment/license/" % base,
                             params={"top": PAGE, "skip": skip},
                             headers={"Authorization": "Bearer " + token})
        answer.raise_for_status()
        text = io.StringIO()
        csv.writer(text).writerows([row[key] for key in KEYS] for row in answer.json()["Value"])
        copy.stdin.write(text.getvalue().encode())
    copy.stdin.close()
    sys.exit(copy.wait())


if __name__ == "__main__":
    main(*sys.argv[1:])
