"""The planner settings, and the kinds of API, under which results must not change.

A mode says what kind of API answers, what the server's options declare of it,
and how GUIDs are spelled.  Each is one that the declared options (or their
defaults) promise to be right for.
"""

SEVERAL_PAGES = {"cap_top": 90}

MODES = {
    # nothing declared
    "default": {},
    "strings with case": {"api": {"string_comparison": "sensitive"}},
    "strings without trailing blanks": {"api": {"string_comparison": "insensitive_trailing"}},
    "strings without accents": {"api": {"string_comparison": "insensitive_accents"}},
    "GUIDs upper, with case": {"api": {"guid_comparison": "sensitive"}},
    "GUIDs lower": {"case": "lower"},
    "GUIDs lower, with case": {"api": {"guid_comparison": "sensitive"}, "case": "lower"},
    "ne drops nulls": {"api": {"ne_keeps_nulls": False, "string_comparison": "sensitive"}},
    "TotalCount unfiltered": {"api": {"total_count": "unfiltered"}},
    "TotalCount of the page": {"api": {"total_count": "page", **SEVERAL_PAGES}},
    "TotalCount of the only page": {"api": {"total_count": "page"}},
    "TotalCount absent": {"api": {"total_count": "absent", **SEVERAL_PAGES}},
    "TotalCount null": {"api": {"total_count": "null"}},
    "TotalCount as text": {"api": {"total_count": "string", **SEVERAL_PAGES}},
    "pages capped": {"api": SEVERAL_PAGES},
    "next link absolute": {"api": {"next_link": "absolute", **SEVERAL_PAGES}},
    "next link unencoded": {"api": {"next_link": "relative_unencoded", **SEVERAL_PAGES}},
    "next link never": {"api": {"next_link": "always_null", **SEVERAL_PAGES}},
    "next link absent": {"api": {"next_link": "absent", **SEVERAL_PAGES}},
    "next link empty": {"api": {"next_link": "empty", **SEVERAL_PAGES}},
    "rows of a page in any order": {"api": {"shuffle": "page"}},
    "numbers as text": {"api": {"numbers_as_strings": True}},
    "empty strings for nulls": {"api": {"empty_for_null": True}},
    "other keys": {"api": {"row_keys": "table", "key_case": "lower", "envelope": "items"}},
    "snapshots since a day": {"api": {"snapshot": "since"}},
    "nearest snapshots": {"api": {"snapshot": "nearest", **SEVERAL_PAGES}},
    # options that say nothing of the API
    "small pages": {"server": {"page_size": 60}},
    "short URLs": {"server": {"max_url_length": 512}},
    "declared: no filter": {"server": {"filter_pushdown": "false"}},
    "cheap requests": {"server": {"fdw_startup_cost": 0.01}},
    "one request at a time": {"server": {"max_parallel_requests": 1, "page_size": 70}},
    # declared
    "declared: few comparisons": {
        "api": {"max_clauses": 6}, "server": {"max_filter_clauses": 6}},
    "declared: quoted dates with a zone": {
        "api": {"filter_date_literal": "quoted", "filter_date_format": "datetime_utc"},
        "server": {"date_literal": "quoted", "date_format": "datetime_utc"}},
    "declared: bare days": {
        "api": {"filter_date_literal": "bare", "filter_date_format": "date"},
        "server": {"date_literal": "bare", "date_format": "date"}},
    "declared: with case": {
        "api": {"string_comparison": "sensitive"},
        "server": {"string_comparison": "case_sensitive"}},
    "declared: with case, ne drops nulls": {
        "api": {"string_comparison": "sensitive", "ne_keeps_nulls": False},
        "server": {"string_comparison": "case_sensitive"}},
    "declared: with case, TotalCount unfiltered": {
        "api": {"string_comparison": "sensitive", "total_count": "unfiltered"},
        "server": {"string_comparison": "case_sensitive"}},
    "declared: with case, TotalCount of the page": {
        "api": {"string_comparison": "sensitive", "total_count": "page", **SEVERAL_PAGES},
        "server": {"string_comparison": "case_sensitive"}},
    "declared: with case, TotalCount absent": {
        "api": {"string_comparison": "sensitive", "total_count": "absent"},
        "server": {"string_comparison": "case_sensitive"}},
    "declared: without case": {"server": {"string_comparison": "case_insensitive"}},
    "declared: without case, nor trailing blanks": {
        "api": {"string_comparison": "insensitive_trailing"},
        "server": {"string_comparison": "case_insensitive"}},
    "declared: without case, nor accents": {
        "api": {"string_comparison": "insensitive_accents"},
        "server": {"string_comparison": "case_insensitive"}},
    "declared: GUIDs upper": {
        "api": {"guid_comparison": "sensitive"}, "server": {"guid_spelling": "upper"}},
    "declared: GUIDs lower": {
        "api": {"guid_comparison": "sensitive"}, "server": {"guid_spelling": "lower"},
        "case": "lower"},
    "declared: GUIDs any": {"server": {"guid_spelling": "any"}, "case": "lower"},
    "declared: TotalCount filtered": {"server": {"total_count": "filtered"}},
    "declared: TotalCount unfiltered": {
        "api": {"total_count": "unfiltered"}, "server": {"total_count": "unfiltered"}},
    "declared: TotalCount of the page": {
        "api": {"total_count": "page", **SEVERAL_PAGES}, "server": {"total_count": "page"}},
    "declared: all of it": {
        "api": {"string_comparison": "sensitive", "guid_comparison": "sensitive", **SEVERAL_PAGES},
        "server": {"string_comparison": "case_sensitive", "guid_spelling": "upper",
                   "total_count": "filtered"}},
    "declared: all of it, short URLs": {
        "api": {"string_comparison": "sensitive", "guid_comparison": "sensitive"},
        "server": {"string_comparison": "case_sensitive", "guid_spelling": "upper",
                   "total_count": "filtered", "max_url_length": 512}},
    "declared: snapshots exact": {"server": {"snapshot_parameter": "exact"}},
    "declared: snapshots exact, and all else": {
        "api": {"string_comparison": "sensitive", "guid_comparison": "sensitive", **SEVERAL_PAGES},
        "server": {"snapshot_parameter": "exact", "string_comparison": "case_sensitive",
                   "guid_spelling": "upper", "total_count": "filtered"}},
    "declared: snapshots since": {
        "api": {"snapshot": "since"}, "server": {"snapshot_parameter": "since"}},
    "declared: groups unknown": {
        "api": {"group_comparison": "insensitive"}, "server": {"group_comparison": "unknown"}},
    "declared: groups without case": {
        "api": {"group_comparison": "insensitive"},
        "server": {"group_comparison": "case_insensitive"}},
}


# Workers share whatever they may.
PARALLEL = {"parallel_setup_cost": "0", "parallel_tuple_cost": "0",
            "min_parallel_table_scan_size": "0", "min_parallel_index_scan_size": "0",
            "max_parallel_workers_per_gather": "2"}

PLANNERS = {
    "default": {},
    "no nested loops": {"enable_nestloop": "off"},
    "no hash joins": {"enable_hashjoin": "off"},
    "nested loops": {"enable_hashjoin": "off", "enable_mergejoin": "off"},
    "nested loops, nothing kept": {"enable_hashjoin": "off", "enable_mergejoin": "off",
                                   "enable_material": "off", "enable_memoize": "off"},
    "merge joins": {"enable_hashjoin": "off", "enable_nestloop": "off"},
    "no hash aggregates": {"enable_hashagg": "off"},
    "no sorts": {"enable_sort": "off"},
    "nothing materialised": {"enable_material": "off"},
    "no memoize": {"enable_memoize": "off"},
    "partitionwise": {"enable_partitionwise_aggregate": "on", "enable_partitionwise_join": "on"},
    "partitionwise, sorted": {"enable_partitionwise_aggregate": "on",
                              "enable_partitionwise_join": "on", "enable_hashagg": "off"},
    "generic plans": {"plan_cache_mode": "force_generic_plan"},
    "custom plans": {"plan_cache_mode": "force_custom_plan"},
    "genetic": {"geqo_threshold": "2"},
    "nothing collapsed": {"from_collapse_limit": "1"},
    "no async append": {"enable_async_append": "off"},
    "compiled": {"jit": "on", "jit_above_cost": "0"},
    "parallel": PARALLEL,
    "parallel, the leader gathers": {**PARALLEL, "parallel_leader_participation": "off"},
}
