# pc_analytics_fdw: what is built, folder by folder.  `make help` says the rest.

EXTENSION  = pc_analytics_fdw
MODULE_big = pc_analytics_fdw
EXTVERSION := $(shell sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" $(EXTENSION).control)
DATA       = $(SQL_FILES:%=sql/$(EXTENSION)--%.sql)
# The install scripts, and the upgrade scripts between them.
SQL_FILES  = 0.1 0.1--0.2 0.2
PGFILEDESC = "pc_analytics_fdw - foreign-data wrapper for the Partner Center analytics API"

# Lowest folder first: a folder includes only those above it in this list.

# GUID text.
GUID_OBJS = src/guid.o

# What the API offers (resources, fields) and what the user declared (options).
CONFIG_OBJS = \
	src/config/resource.o \
	src/config/url.o \
	src/config/url_query.o \
	src/config/nearest_name.o \
	src/config/placeholder_text.o \
	src/config/option_defs.o \
	src/config/custom_resource.o \
	src/config/constant_column.o \
	src/config/option.o \
	src/config/guid_spelling.o \
	src/config/partition_bound.o \
	src/config/import.o

# The value that crosses from planner to scan: filter expression, request, URL text.
REQUEST_OBJS = \
	src/request/value_text.o \
	src/request/param.o \
	src/request/date_bounds.o \
	src/request/date_comparison.o \
	src/request/filter_expr.o \
	src/request/snapshot_dates.o \
	src/request/date_list.o \
	src/request/request_key.o \
	src/request/request_nodes.o \
	src/request/request.o

# Bytes to items, items to datums.
JSON_OBJS = \
	src/json/scanner.o \
	src/json/json_copy.o \
	src/json/json.o \
	src/json/flat_object.o \
	src/json/page_parser.o \
	src/json/json_datum.o \
	src/json/key_match.o \
	src/json/datum_cache.o \
	src/json/row_reader.o

# What all sessions of the server share.
SHARED_OBJS = \
	src/shared/shared_memory.o \
	src/shared/lease.o \
	src/shared/statistics.o \
	src/shared/rate_limit.o \
	src/shared/response_record.o \
	src/shared/response_memory.o \
	src/shared/response_cache.o \
	src/shared/flight.o

# What of a query the API can do: filter, grouping, limits, paths, the plan.
PLANNER_OBJS = \
	src/planner/declaration.o \
	src/planner/constant_qual.o \
	src/planner/shippable.o \
	src/planner/filter_pattern.o \
	src/planner/filter_date.o \
	src/planner/filter_implied.o \
	src/planner/filter.o \
	src/planner/measure.o \
	src/planner/query_level.o \
	src/planner/grouping.o \
	src/planner/limit.o \
	src/planner/rescan.o \
	src/planner/ordering.o \
	src/planner/path_private.o \
	src/planner/partition_clause.o \
	src/planner/relinfo.o \
	src/planner/parallel_path.o \
	src/planner/join_filter_node.o \
	src/planner/join_filter_path.o \
	src/planner/upper_paths.o \
	src/planner/planner.o

# Transport: libcurl, waiting, retries, HTTP errors, request log.
HTTP_OBJS = \
	src/http/pollset.o \
	src/http/public_address.o \
	src/http/redact.o \
	src/http/recv_buffer.o \
	src/http/framing.o \
	src/http/sockets.o \
	src/http/secure_alloc.o \
	src/http/inflate.o \
	src/http/response_body.o \
	src/http/response_header.o \
	src/http/transfer_failure.o \
	src/http/transfer_options.o \
	src/http/transfer.o \
	src/http/request_log.o \
	src/http/http.o \
	src/http/curl_url.o \
	src/http/error_body.o \
	src/http/http_error.o \
	src/http/retry.o

# Credentials and tokens; the only folder that holds secrets.
AUTH_OBJS = \
	src/auth/secret.o \
	src/auth/base64url.o \
	src/auth/form.o \
	src/auth/jwt.o \
	src/auth/entra_errors.o \
	src/auth/user_mapping.o \
	src/auth/certificate.o \
	src/auth/client_assertion.o \
	src/auth/placeholder.o \
	src/auth/token_request.o \
	src/auth/pkce.o \
	src/auth/device_flow.o \
	src/auth/pending_sign_in.o \
	src/auth/fingerprint.o \
	src/auth/shared_tokens.o \
	src/auth/token_sharing.o \
	src/auth/token_cache.o

# The executor: which pages, in parallel, complete, as rows; ANALYZE; EXPLAIN.
SCAN_OBJS = \
	src/scan/participants.o \
	src/scan/progress.o \
	src/scan/throttle.o \
	src/scan/request_counters.o \
	src/scan/send_slot.o \
	src/scan/page_replay.o \
	src/scan/response_recorder.o \
	src/scan/page_source.o \
	src/scan/query_responses.o \
	src/scan/response_key.o \
	src/scan/cached_response.o \
	src/scan/exchange.o \
	src/scan/total_count.o \
	src/scan/exchange_token.o \
	src/scan/paging.o \
	src/scan/page_queue.o \
	src/scan/response_size.o \
	src/scan/path_variant.o \
	src/scan/next_link.o \
	src/scan/page_fetch.o \
	src/scan/fetch_slot.o \
	src/scan/fetch.o \
	src/scan/group_repeat.o \
	src/scan/group_set.o \
	src/scan/consistency.o \
	src/scan/customer_list.o \
	src/scan/recheck.o \
	src/scan/rescan_cache.o \
	src/scan/list_requests.o \
	src/scan/count_scan.o \
	src/scan/row_limit.o \
	src/scan/scan_params.o \
	src/scan/snapshot_requests.o \
	src/scan/parallel_scan.o \
	src/scan/loop_count.o \
	src/scan/whole_table.o \
	src/scan/scan_rows.o \
	src/scan/scan.o \
	src/scan/analyze.o \
	src/scan/explain.o

# SQL functions for people: check, probe, drift, comments, monitoring, rotation.
ADMIN_OBJS = \
	src/admin/null_argument.o \
	src/admin/monitoring.o \
	src/admin/shared_views.o \
	src/admin/probe_query.o \
	src/admin/probe_compare.o \
	src/admin/probe_filter.o \
	src/admin/probe_paging.o \
	src/admin/probe.o \
	src/admin/check_credentials.o \
	src/admin/check.o \
	src/admin/drift.o \
	src/admin/comments.o \
	src/admin/create_views.o \
	src/admin/store_token.o \
	src/admin/rotate_token.o \
	src/admin/sign_in_request.o \
	src/admin/sign_in.o

OBJS = $(GUID_OBJS) $(CONFIG_OBJS) $(REQUEST_OBJS) $(JSON_OBJS) $(SHARED_OBJS) \
	$(PLANNER_OBJS) $(HTTP_OBJS) $(AUTH_OBJS) $(SCAN_OBJS) $(ADMIN_OBJS) pc_analytics_fdw.o

# The pg_regress chapters, none of which needs a network, in reading order.
REGRESS = import options filter grouping limit join resources history customers depth

# The database of the chapters, whatever the encoding of the server's others is.
REGRESS_OPTS = --encoding=UTF8 --no-locale

# The TAP files: make prove_installcheck, or with the chapters: make installcheck TAP_TESTS=1
PROVE_TESTS ?= test/t/*.pl

PG_CONFIG  ?= pg_config
PKG_CONFIG ?= pkg-config

GOALS    := $(or $(MAKECMDGOALS),all)
COMPILES := $(filter-out clean distclean maintainer-clean uninstall installcheck prove_installcheck dist lint help,$(GOALS))
PG_MAJOR := $(shell $(PG_CONFIG) --version 2>/dev/null | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
PGXS     := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
HAVE_PGXS := $(if $(PGXS),$(shell test -r '$(PGXS)' && echo yes))
PG_GLOBAL := $(dir $(PGXS))../Makefile.global

ifneq ($(COMPILES),)
define PCA_NO_PKG_CONFIG
$(PKG_CONFIG) is not to be found; it finds libcurl, cJSON and zlib. \
On Debian and Ubuntu: apt-get install pkg-config
endef
define PCA_NO_LIBCURL
libcurl 7.87 or newer is needed, with its headers (found: $(or $(shell $(PKG_CONFIG) --modversion libcurl 2>/dev/null),none)). \
On Debian and Ubuntu: apt-get install libcurl4-openssl-dev
endef
define PCA_NO_CJSON
cJSON is needed, with its headers. \
On Debian and Ubuntu: apt-get install libcjson-dev
endef
define PCA_NO_ZLIB
zlib is needed, with its headers. \
On Debian and Ubuntu: apt-get install zlib1g-dev
endef
define PCA_NO_OPENSSL
OpenSSL 1.1.1 or newer is needed, with its headers, since PostgreSQL was built with it. \
On Debian and Ubuntu: apt-get install libssl-dev
endef
define PCA_NO_ZSTD
zstd is needed, with its headers, since PostgreSQL was built with it. \
On Debian and Ubuntu: apt-get install libzstd-dev
endef
ifeq ($(shell command -v $(PKG_CONFIG) 2>/dev/null),)
$(error $(PCA_NO_PKG_CONFIG))
endif
ifneq ($(shell $(PKG_CONFIG) --exists 'libcurl >= 7.87' && echo yes),yes)
$(error $(PCA_NO_LIBCURL))
endif
ifneq ($(shell $(PKG_CONFIG) --exists libcjson && echo yes),yes)
$(error $(PCA_NO_CJSON))
endif
ifneq ($(shell $(PKG_CONFIG) --exists zlib && echo yes),yes)
$(error $(PCA_NO_ZLIB))
endif
# client_certificate_file signs with the OpenSSL of PostgreSQL.
WITH_SSL := $(if $(HAVE_PGXS),$(shell sed -n 's/^with_ssl[ \t]*=[ \t]*//p' '$(PG_GLOBAL)'))
ifeq ($(WITH_SSL),openssl)
LIBCRYPTO := libcrypto
ifneq ($(shell $(PKG_CONFIG) --exists 'libcrypto >= 1.1.1' && echo yes),yes)
$(error $(PCA_NO_OPENSSL))
endif
endif
# Responses are compressed with the zstd of PostgreSQL.
WITH_ZSTD := $(if $(HAVE_PGXS),$(shell grep -s '^.define USE_ZSTD 1' "$$($(PG_CONFIG) --includedir-server)/pg_config.h"))
ifneq ($(WITH_ZSTD),)
LIBZSTD := libzstd
ifneq ($(shell $(PKG_CONFIG) --exists libzstd && echo yes),yes)
$(error $(PCA_NO_ZSTD))
endif
endif
override PG_CPPFLAGS += -I$(srcdir)/src -DPCA_VERSION='"$(EXTVERSION)"' \
	$(shell $(PKG_CONFIG) --cflags libcurl libcjson zlib $(LIBCRYPTO) $(LIBZSTD))
override PG_CFLAGS   += -MMD -MP
override SHLIB_LINK  += $(shell $(PKG_CONFIG) --libs libcurl libcjson zlib $(LIBCRYPTO) $(LIBZSTD))
endif

EXTRA_CLEAN = $(OBJS:.o=.d) results regression.diffs regression.out tmp_check

ifeq ($(HAVE_PGXS),yes)

# A server built with LLVM wants bitcode too; without its clang, do without.
PG_CLANG  := $(shell sed -n 's/^CLANG *= *//p' '$(PG_GLOBAL)')
PG_LLVM   := $(shell sed -n 's/^LLVM_BINPATH *= *//p' '$(PG_GLOBAL)')
ifneq ($(shell command -v "$(PG_CLANG)" && test -x "$(PG_LLVM)/llvm-lto" && echo yes),$(PG_CLANG) yes)
override with_llvm = no
endif

include $(PGXS)

# What a compile depended on; bitcode follows its object.
$(OBJS): $(EXTENSION).control
$(OBJS:.o=.bc): %.bc: %.o
-include $(OBJS:.o=.d)

# A server that computes query identifiers would show them in the plans.
installcheck: export PGOPTIONS := $(PGOPTIONS) -c compute_query_id=regress

# The modules of the TAP files.
PG_PROVE_FLAGS += -I test/lib

.PHONY: prove_installcheck
prove_installcheck:
	$(prove_installcheck)

else ifneq ($(filter-out clean dist help lint,$(GOALS)),)

define PCA_NO_PGXS
PostgreSQL's build files are not to be found by $(PG_CONFIG). \
On Debian and Ubuntu: apt-get install postgresql-server-dev-$(or $(PG_MAJOR),15) \
(or name another installation: make PG_CONFIG=/path/to/pg_config)
endef
$(error $(PCA_NO_PGXS))

else

clean:
	rm -rf $(OBJS) $(OBJS:.o=.bc) $(MODULE_big).so $(EXTRA_CLEAN)

endif

# A distribution for PGXN: what is committed, under the version of META.json.
DISTVERSION := $(shell sed -n 's/^  "version": *"\([^"]*\)".*/\1/p' META.json)
DISTNAME    := $(EXTENSION)-$(DISTVERSION)

.PHONY: dist help lint
dist:
	git archive --format=zip --prefix=$(DISTNAME)/ --output=$(DISTNAME).zip HEAD

lint:
	python3 test/lint/run

help:
	@echo 'make               build $(EXTENSION) $(EXTVERSION) for $(PG_CONFIG)'
	@echo 'make install       install it there'
	@echo 'make installcheck  run the pg_regress chapters on a running server'
	@echo 'make prove_installcheck   run the TAP files on the installed $(EXTENSION)'
	@echo 'make lint          check the rules of test/lint'
	@echo 'make dist          make $(DISTNAME).zip for PGXN'
	@echo 'make clean         remove what was built'
	@echo
	@echo 'PG_CONFIG=...      build for another PostgreSQL'
	@echo 'bash test/run      every test, on a private PostgreSQL'
	@echo 'bash test/demo     a first look, on a private PostgreSQL'
