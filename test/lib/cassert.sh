# shellcheck shell=bash
# PostgreSQL with its own assertions, built once from Debian's source package
# and kept below ${XDG_CACHE_HOME:-~/.cache}/pc_analytics_fdw, by version and
# by how it is built.  The caller has made a place.
#
#   pca_cassert_postgres   installs it in $PCA_WORKDIR/cassert; without it, returns
#                          1 with the reason in PCA_CASSERT_MISSING
#
# A caller that changes PCA_CASSERT_CONFIGURE, PCA_CASSERT_COPT and
# PCA_CASSERT_DIRECTORIES builds it in another way, and names that in PCA_CASSERT_KIND.

PCA_CASSERT_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/pc_analytics_fdw
PCA_CASSERT_KIND=cassert
PCA_CASSERT_PACKAGES=(bison flex bzip2 gcc make perl libicu-dev libssl-dev libipc-run-perl)

# libpq is found beside the programs, wherever they are copied to.
# shellcheck disable=SC2016 # $ORIGIN is the dynamic linker's
PCA_CASSERT_CONFIGURE=(--enable-cassert --enable-tap-tests --with-icu --with-openssl
                       --without-readline --without-zlib --disable-rpath CFLAGS=-O1
                       LDFLAGS="-Wl,-rpath,'"'$$ORIGIN/../lib'"'")

# The backend tells AddressSanitizer of its memory contexts: valgrind/memcheck.h.
PCA_CASSERT_COPT='-DUSE_VALGRIND -Ivalgrind-headers'

# What the tests use, and nothing else.
PCA_CASSERT_DIRECTORIES=(config src/include src/common src/port src/timezone src/backend
                         src/backend/utils/mb/conversion_procs src/backend/snowball
                         src/interfaces/libpq src/pl/plpgsql/src src/makefiles
                         src/bin/initdb src/bin/pg_config src/bin/pg_ctl src/bin/pg_dump
                         src/bin/pgbench src/bin/psql src/test/regress src/test/perl
                         contrib/auto_explain contrib/citext contrib/pg_stat_statements
                         contrib/pgcrypto contrib/postgres_fdw)

pca_cassert_postgres() {
    local major cached
    PCA_CASSERT_MISSING=
    [ ! -x "$PCA_WORKDIR/cassert/bin/postgres" ] || return 0
    major=$("$PCA_PG_CONFIG" --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
    cached=$(pca_cassert_cached "$major")
    if [ -n "$cached" ]; then
        cp -a "$cached" "$PCA_WORKDIR/cassert" && pca_hand_over "$PCA_WORKDIR/cassert"
        return
    fi
    pca_cassert_packages && pca_cassert_sources "$major" && pca_cassert_download "$major" &&
        pca_cassert_build && pca_cassert_keep "$major"
}

pca_cassert_missing() {
    # shellcheck disable=SC2034 # for assertions.sh
    PCA_CASSERT_MISSING="no PostgreSQL is built ($PCA_CASSERT_KIND): $*"
    return 1
}

# Names what the cached directories have in common: how they are built.
pca_cassert_key() {
    {
        cat "$(dirname "${BASH_SOURCE[0]}")/valgrind/memcheck.h"
        echo "${PCA_CASSERT_CONFIGURE[*]} $PCA_CASSERT_COPT ${PCA_CASSERT_DIRECTORIES[*]}"
        declare -f pca_cassert_make
    } | cksum | cut -d ' ' -f 1
}

# The newest of that major that was built before.
pca_cassert_cached() {
    local found
    for found in "$PCA_CASSERT_CACHE/$PCA_CASSERT_KIND-$1"*"-$(pca_cassert_key)"; do
        [ ! -x "$found/bin/postgres" ] || echo "$found"
    done | sort -V | tail -1
}

pca_cassert_packages() {
    local package
    command -v apt-get >/dev/null || { pca_cassert_missing 'there is no apt-get'; return; }
    for package in "${PCA_CASSERT_PACKAGES[@]}"; do
        pca_is_installed "$package" || pca_install_now "$package" ||
            { pca_cassert_missing "$package cannot be installed"; return; }
    done
}

# apt with the sources of this machine's packages, and lists of its own.
pca_cassert_apt() {
    local tool=$1 directory=$PCA_WORKDIR/apt
    shift
    timeout 300 "$tool" -qq -o Dir::Etc::sourcelist="$directory/sources.list" \
        -o Dir::Etc::sourceparts="$directory/sources.list.d" -o Dir::State::lists="$directory/lists" \
        -o Dir::Cache="$directory/cache" -o APT::Sandbox::User="$(id -un)" \
        -o Acquire::Check-Valid-Until=false -o Acquire::http::Timeout=20 -o Acquire::Retries=1 "$@"
}

# Read which versions of the source package there are into PCA_CASSERT_VERSIONS.
pca_cassert_sources() {
    local directory=$PCA_WORKDIR/apt file
    mkdir -p "$directory/sources.list.d" "$directory/lists/partial" "$directory/cache"
    : >"$directory/sources.list"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
        case $file in
            *.sources) sed 's/^Types:.*/Types: deb-src/' "$file" ;;
            *.list) sed -n 's/^deb[[:space:]]/deb-src /p' "$file" ;;
        esac >"$directory/sources.list.d/${file##*/}" 2>/dev/null
    done
    # a repository that has no sources is no reason to stop
    pca_cassert_apt apt-get update >>"$PCA_APT_LOG" 2>&1
    PCA_CASSERT_VERSIONS=$(pca_cassert_apt apt-cache showsrc --only-source "postgresql-$1" 2>/dev/null |
        sed -n 's/^Version: *//p' | sort -rV | uniq)
    [ -n "$PCA_CASSERT_VERSIONS" ] || pca_cassert_missing "apt finds no source package postgresql-$1"
}

# The newest that can be fetched; a mirror may lack some.
pca_cassert_download() {
    local version
    mkdir -p "$PCA_WORKDIR/cassert-source"
    for version in $PCA_CASSERT_VERSIONS; do
        (cd "$PCA_WORKDIR/cassert-source" &&
            pca_cassert_apt apt-get source --download-only --only-source "postgresql-$1=$version") \
            >>"$PCA_APT_LOG" 2>&1 && return
        rm -f "$PCA_WORKDIR/cassert-source"/*
    done
    pca_cassert_missing "no source of postgresql-$1 can be fetched"
}

pca_cassert_build() {
    local source=$PCA_WORKDIR/cassert-source log=$PCA_WORKDIR/logs/cassert.log status
    find "$source" -name 'postgresql-*.orig.tar.*' ! -name '*.asc' \
        -exec tar -C "$source" --strip-components=1 -xf {} \; &&
        [ -x "$source/configure" ] &&
        mkdir -p "$source/src/backend/valgrind-headers" &&
        cp -R "$(dirname "${BASH_SOURCE[0]}")/valgrind" "$source/src/backend/valgrind-headers/" ||
        { pca_cassert_missing 'its source cannot be unpacked'; return; }
    pca_hand_over "$source"
    pca_start 1500 bash -c "$(declare -f pca_cassert_make); pca_cassert_make \"\$@\"" bash \
        "$PCA_WORKDIR" "$PCA_CASSERT_COPT" "${PCA_CASSERT_DIRECTORIES[*]}" \
        "${PCA_CASSERT_CONFIGURE[@]}" >"$log" 2>&1
    wait "$PCA_JOB"
    status=$?
    PCA_JOB=
    rm -rf "$source" "$PCA_WORKDIR/apt"
    [ $status -eq 0 ] || { tail -n 20 "$log"; pca_cassert_missing 'its source does not build'; }
}

# pca_cassert_make PLACE COPT DIRECTORIES CONFIGURE-ARGUMENT...: unprivileged.
pca_cassert_make() {
    local place=$1 copt=$2 directories=$3 directory
    shift 3
    cd "$place/cassert-source" && ./configure --silent --prefix="$place/cassert" "$@" || return
    # alone, since two that run at once would make the same links
    make -s -C src/backend generated-headers || return
    MAKEFLAGS="-s -j$(nproc)" make -C src/backend COPT="${copt/-I/-I$PWD/src/backend/}" || return
    for directory in $directories; do
        MAKEFLAGS="-s -j$(nproc)" make -C "$directory" install || return
    done
    make -s -C src install-local
}

# A cache that cannot be written costs the next run a build.
pca_cassert_keep() {
    local version cached
    version=$("$PCA_WORKDIR/cassert/bin/pg_config" --version | sed 's/^[^0-9]*\([0-9.]*\).*/\1/')
    cached=$PCA_CASSERT_CACHE/$PCA_CASSERT_KIND-$version-$(pca_cassert_key)
    mkdir -p "$PCA_CASSERT_CACHE" 2>/dev/null &&
        cp -a "$PCA_WORKDIR/cassert" "$cached.$$" 2>/dev/null &&
        mv -T "$cached.$$" "$cached" 2>/dev/null || rm -rf "$cached.$$"
}
