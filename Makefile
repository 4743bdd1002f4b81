# pc_analytics_fdw: what is built, floor by floor.  `make help` says the rest.

EXTENSION  = pc_analytics_fdw
MODULE_big = pc_analytics_fdw
EXTVERSION := $(shell sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" $(EXTENSION).control)
DATA       = sql/$(EXTENSION)--$(EXTVERSION).sql
PGFILEDESC = "pc_analytics_fdw - foreign-data wrapper for the Partner Center analytics API"

# The ask wing turns a query into a request plan, and never waits.
ASK_WING = \
	src/resource.o \
	src/url.o \
	src/value.o \
	src/param.o \
	src/setting.o \
	src/endpoint.o \
	src/option.o \
	src/term.o \
	src/snapshot.o \
	src/request.o \
	src/clause.o \
	src/textual.o \
	src/temporal.o \
	src/imply.o \
	src/filter.o \
	src/measure.o \
	src/grouping.o \
	src/limit.o \
	src/ordering.o \
	src/planning.o \
	src/workers.o \
	src/joinvalues.o \
	src/joinpath.o \
	src/upper.o \
	src/planner.o \
	src/import.o

# The wire wing turns a request into rows, and knows no planner.
WIRE_WING = \
	src/event.o \
	src/crew.o \
	src/address.o \
	src/blot.o \
	src/body.o \
	src/framing.o \
	src/sockets.o \
	src/wipe.o \
	src/inflate.o \
	src/receive.o \
	src/header.o \
	src/failure.o \
	src/transfer.o \
	src/journal.o \
	src/progress.o \
	src/http.o \
	src/contact.o \
	src/cut.o \
	src/json.o \
	src/member.o \
	src/page.o \
	src/datum.o \
	src/seek.o \
	src/intern.o \
	src/row.o \
	src/fault.o \
	src/claims.o \
	src/signin.o \
	src/credential.o \
	src/grant.o \
	src/auth.o \
	src/pace.o \
	src/retry.o \
	src/exchange.o \
	src/paging.o \
	src/ask.o \
	src/pathform.o \
	src/link.o \
	src/pull.o \
	src/fetch.o \
	src/groupset.o \
	src/whole.o \
	src/roster.o

# The wings meet in scan; the roof looks down on it all.
SCAN = \
	src/own.o \
	src/parallel.o \
	src/scan.o \
	src/sample.o
ROOF = \
	src/explain.o \
	src/inspect.o \
	src/attempt.o \
	src/question.o \
	src/trial.o \
	src/survey.o \
	src/probe.o \
	src/doctor.o \
	src/drift.o \
	src/describe.o \
	src/diagnose.o \
	src/rotate.o
FRONT_DOOR = pc_analytics_fdw.o

OBJS = $(ASK_WING) $(WIRE_WING) $(SCAN) $(ROOF) $(FRONT_DOOR)

# The pg_regress chapters, none of which needs a network, in reading order.
REGRESS = import options filter grouping limit join resources history customers

PG_CONFIG  ?= pg_config
PKG_CONFIG ?= pkg-config

GOALS    := $(or $(MAKECMDGOALS),all)
COMPILES := $(filter-out clean distclean maintainer-clean uninstall installcheck lint help,$(GOALS))
PG_MAJOR := $(shell $(PG_CONFIG) --version 2>/dev/null | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
PGXS     := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
HAVE_PGXS := $(if $(PGXS),$(shell test -r '$(PGXS)' && echo yes))

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
override PG_CPPFLAGS += -DPCA_VERSION='"$(EXTVERSION)"' \
	$(shell $(PKG_CONFIG) --cflags libcurl libcjson zlib)
override PG_CFLAGS   += -MMD -MP
override SHLIB_LINK  += $(shell $(PKG_CONFIG) --libs libcurl libcjson zlib)
endif

EXTRA_CLEAN = $(OBJS:.o=.d) results regression.diffs regression.out

ifeq ($(HAVE_PGXS),yes)

# A server built with LLVM wants bitcode too; without its clang, do without.
PG_GLOBAL := $(dir $(PGXS))../Makefile.global
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

else ifneq ($(filter-out clean help lint,$(GOALS)),)

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

.PHONY: help lint
lint:
	python3 test/lint/run

help:
	@echo 'make               build $(EXTENSION) $(EXTVERSION) for $(PG_CONFIG)'
	@echo 'make install       install it there'
	@echo 'make installcheck  run the pg_regress chapters on a running server'
	@echo 'make lint          check the rules of the house'
	@echo 'make clean         remove what was built'
	@echo
	@echo 'PG_CONFIG=...      build for another PostgreSQL'
	@echo 'bash test/run      every test, on a private PostgreSQL'
	@echo 'bash test/demo     a first look, on a private PostgreSQL'
