# shellcheck shell=bash
# What the tests and the demo need from Debian, and which PostgreSQL they use.
#
#   pca_choose_postgres   sets PCA_PG_CONFIG, or PCA_PG_MAJOR to be installed
#   pca_install PACKAGE.. installs what is missing, with sudo when not root
#   pca_ensure            both, for building and testing

PCA_PACKAGES=(gcc make pkg-config libcurl4-openssl-dev libcjson-dev zlib1g-dev libssl-dev libzstd-dev
              ca-certificates openssl curl python3 perl libipc-run-perl iproute2)
PCA_CREATECLUSTER_DIR=/etc/postgresql-common/createcluster.d
PCA_APT_LOG=${PCA_APT_LOG:-/dev/null}

pca_fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

pca_as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -- "$@"
    else
        return 126
    fi
}

pca_is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = 'ii ' ]
}

pca_apt_get() {
    pca_as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" >>"$PCA_APT_LOG" 2>&1
}

# A newly installed postgresql-common makes a cluster for each server that is
# installed; the tests must not leave one behind.
pca_withhold_main_cluster() {
    [ -e "$PCA_CREATECLUSTER_DIR/pc_analytics_fdw.conf" ] && return
    pca_as_root mkdir -p "$PCA_CREATECLUSTER_DIR" &&
        echo "create_main_cluster = false" |
            pca_as_root tee "$PCA_CREATECLUSTER_DIR/pc_analytics_fdw.conf" >/dev/null
}

# Nor do the tests start a service such as PgBouncer, which runs as soon as it is installed.
PCA_POLICY=/usr/sbin/policy-rc.d

pca_withhold_services() {
    [ ! -e "$PCA_POLICY" ] || return 0
    printf '#!/bin/sh\n# pc_analytics_fdw\nexit 101\n' | pca_as_root tee "$PCA_POLICY" >/dev/null &&
        pca_as_root chmod +x "$PCA_POLICY"
}

pca_allow_services() {
    ! grep -q '^# pc_analytics_fdw$' "$PCA_POLICY" 2>/dev/null || pca_as_root rm -f "$PCA_POLICY"
}

pca_allow_main_cluster() {
    pca_as_root rm -f "$PCA_CREATECLUSTER_DIR/pc_analytics_fdw.conf"
    if ! pca_is_installed postgresql-common; then
        pca_as_root rmdir -p --ignore-fail-on-non-empty "$PCA_CREATECLUSTER_DIR" 2>/dev/null
    fi
}

pca_install() {
    local missing=() package
    command -v dpkg-query >/dev/null ||
        pca_fail "this is no Debian; please install what these packages hold: $*"
    for package in "$@"; do
        pca_is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null ||
        pca_fail "there is no apt-get; please install: ${missing[*]}"
    echo "installing ${missing[*]}"
    if ! pca_install_now "${missing[@]}"; then
        tail -n 20 "$PCA_APT_LOG" >&2 2>/dev/null
        pca_fail "could not install these packages, as root or by sudo: ${missing[*]}"
    fi
}

# Packages that a release of Debian may lack: the tests that need them skip then.
pca_install_if_any() {
    local package
    for package in "$@"; do
        pca_is_installed "$package" && continue
        echo "installing $package, if it is to be had"
        pca_install_now "$package" || echo "there is no $package"
    done
}

# In a subshell, so that its trap is its own.
pca_install_now() (
    trap 'pca_allow_main_cluster; pca_allow_services' EXIT
    pca_withhold_main_cluster && pca_withhold_services || exit 1
    pca_apt_get install --no-install-recommends "$@" ||
        { pca_apt_get update && pca_apt_get install --no-install-recommends "$@"; }
)

# The newest major that is installed with its headers, else the distribution's.
pca_newest_major() {
    local directory
    for directory in /usr/lib/postgresql/*/; do
        if [ -x "${directory}bin/postgres" ] &&
            [ -r "${directory}lib/pgxs/src/makefiles/pgxs.mk" ]; then
            basename "$directory"
        fi
    done | sort -n | tail -1
}

pca_distribution_major() {
    apt-cache depends postgresql 2>/dev/null |
        sed -n 's/^ *Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | tail -1
}

# PG_CONFIG, or PG_MAJOR, or what is there, or what the distribution has.
pca_choose_postgres() {
    PCA_PG_MAJOR=
    PCA_PG_CONFIG=${PG_CONFIG:-}
    [ -n "$PCA_PG_CONFIG" ] && return
    PCA_PG_MAJOR=${PG_MAJOR:-$(pca_newest_major)}
    [ -n "$PCA_PG_MAJOR" ] || PCA_PG_MAJOR=$(pca_distribution_major)
    if [ -z "$PCA_PG_MAJOR" ]; then
        echo 'fetching the list of packages'
        pca_apt_get update
        PCA_PG_MAJOR=$(pca_distribution_major)
    fi
    [ -n "$PCA_PG_MAJOR" ] ||
        pca_fail 'no PostgreSQL here, and apt knows of none; name one with PG_CONFIG or PG_MAJOR'
    PCA_PG_CONFIG=/usr/lib/postgresql/$PCA_PG_MAJOR/bin/pg_config
}

pca_ensure() {
    pca_choose_postgres
    if [ -n "$PCA_PG_MAJOR" ]; then
        pca_install "${PCA_PACKAGES[@]}" \
            "postgresql-$PCA_PG_MAJOR" "postgresql-server-dev-$PCA_PG_MAJOR"
        pca_install_if_any "postgresql-$PCA_PG_MAJOR-cron" "postgresql-$PCA_PG_MAJOR-pgaudit" pgbouncer
    else
        pca_install "${PCA_PACKAGES[@]}"
    fi
    # for the lint
    pca_install_if_any perltidy
    PCA_PG_CONFIG=$(command -v "$PCA_PG_CONFIG") || pca_fail "${PG_CONFIG:-} is not to be found"
    [ -r "$("$PCA_PG_CONFIG" --pgxs)" ] ||
        pca_fail "$PCA_PG_CONFIG has no PGXS; its headers and makefiles are another package"
}

# pca_npm_install DIRECTORY WHAT: what a package-lock.json in a copy of the tree names; the
# test that needs it skips when node or the registry is not to be had.
pca_npm_install() {
    local program
    [ ! -d "$1/node_modules" ] || return 0
    for program in node npm; do
        command -v $program >/dev/null || pca_install_if_any "${program/%node/nodejs}"
        command -v $program >/dev/null || return 0
    done
    timeout 180 npm --prefix "$1" ci --ignore-scripts --no-audit --no-fund >>"$PCA_APT_LOG" 2>&1 || {
        echo "npm could not install $2"
        rm -rf "$1/node_modules"
    }
}

# pca_install_for TREE FILE...: what some TAP files need beside PCA_PACKAGES.
pca_install_for() {
    local tree=$1 file
    shift
    for file in "$@"; do
        case ${file##*/} in
            *_third_party_*) pca_npm_install "$tree/test/third_party_oauth" 'the OAuth servers' ;;
            700_*)
                pca_install_if_any libpostgresql-jdbc-java
                command -v javac >/dev/null || pca_install_if_any default-jdk-headless ;;
            710_*) pca_install_if_any python3-psycopg2 ;;
            720_*) pca_install_if_any python3-psycopg ;;
            730_*) pca_install_if_any odbc-postgresql unixodbc python3-pyodbc ;;
            740_*) pca_npm_install "$tree/test/clients/node" pg ;;
            750_*) pca_install_if_any python3-sqlalchemy python3-psycopg2 ;;
            760_*) pca_install_if_any r-cran-rpostgresql ;;
            770_*)
                pca_npm_install "$tree/examples/dashboard" 'Observable Framework'
                pca_install_if_any chromium ;;
            790_*) pca_npm_install "$tree/test/clients/cube" Cube ;;
        esac
    done
}
