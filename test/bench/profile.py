#!/usr/bin/env python3
"""Prints the instructions of a scan by stage and by function, as Markdown.

    profile.py FEW MANY ROWS

FEW and MANY are what callgrind_annotate says of scans of which the second has
so many rows more.
"""

import re
import sys

LINE = re.compile(r"^\s*([\d,]+)(?: \([^)]*\))?\s+(.*?):(\S+?)(?:'\d+)? \[([^\]]*)\]$")
# The stages of a row, and the functions or libraries that are of one.
STAGES = (
    ("transfer: libcurl, and its bytes kept", re.compile(r"libcurl|libcrypto|libssl|on_body|pca_transfer|pca_http|pca_event")),
    ("splitting pages into items and members", re.compile(r"pca_member_read|pca_cut|pca_page|walk_|skip_|check_size|release\b|advance")),
    ("digests of items, pages and retries", re.compile(r"pca_paging|hash_item|pca_pull|pca_fetch|count_item|next_item|take_item|look_around|pca_exchange|pca_whole|find_service|hash_bytes")),
    ("cJSON", re.compile(r"libcjson|pca_json|hook_|arena|strtod|strtol|localeconv|round_and_return|mpn_|str_to_mpn|strncmp|sscanf|sprintf|vfprintf")),
    ("keys, and values met before", re.compile(r"pca_row|pca_seek|find_key|collect|pca_intern|memcmp|bcmp|take_interned|open_item|parse_fresh|read_fresh|learn_key|appendBinary|appendStringInfoChar")),
    ("conversion into datums", re.compile(r"pca_datum|as_[a-z]+|read_guid|read_moment|read_field|read_column|text_of|cstring_to_text|date2j")),
    ("copying bytes", re.compile(r"memcpy|memmove|memset")),
    ("tuples and the executor", re.compile(r"")),
)


def read(name):
    """Instructions by (function, library)."""
    found = {}
    with open(name, encoding="utf-8") as lines:
        for line in lines:
            match = LINE.match(line.rstrip())
            if match:
                count, _, function, library = match.groups()
                key = (function, library.rpartition("/")[2])
                found[key] = found.get(key, 0) + int(count.replace(",", ""))
    return found


def main(few, many, rows):
    few, many, rows = read(few), read(many), int(rows)
    grown = {key: (count - few.get(key, 0)) / rows for key, count in many.items()}
    total = sum(grown.values())
    stages = dict.fromkeys((name for name, _ in STAGES), 0)
    for (function, library), count in grown.items():
        name = next(name for name, which in STAGES if which.search(function + " " + library))
        stages[name] += count
    print("%d instructions a row\n" % total)
    print("| stage | share |\n| --- | ---: |")
    for name, count in stages.items():
        print("| %s | %.1f %% |" % (name, 100 * count / total))
    print("\n| function | share |\n| --- | ---: |")
    for (function, library), count in sorted(grown.items(), key=lambda one: -one[1])[:25]:
        print("| %s (%s) | %.1f %% |" % (function, library, 100 * count / total))


if __name__ == "__main__":
    main(*sys.argv[1:])
