# shellcheck shell=bash
# A private working directory: a temporary directory with a copy of the work tree
# and an installation of PostgreSQL of its own, so that neither the system's
# installation nor any existing cluster is touched.
#
#   pca_make_workdir NAME      makes $PCA_WORKDIR, owned by $PCA_USER
#   pca_copy_tree ROOT         copies the work tree to $PCA_WORKDIR/tree
#   pca_mirror_postgres        mirrors the installation of PCA_PG_CONFIG; sets
#                              PCA_BINDIR
#   pca_run COMMAND..          runs a command there, unprivileged, with a clean
#                              environment
#   pca_start SECONDS CMD..    the same in the background, with a time limit
#   pca_remove_workdir         ends every server started there, removes the
#                              directory
#
# PostgreSQL finds its files relative to its program, so that copied programs
# in a mirrored directory tree use the files of that tree.

# The mirror's directory in the working directory.
PCA_MIRROR=prefix

pca_make_workdir() {
    local parent=${TMPDIR:-/tmp}
    case $parent in *[[:space:]]*) parent=/tmp ;; esac
    PCA_WORKDIR=$(mktemp -d "$parent/pca-$1.XXXXXX") || exit 1
    PCA_USER=$(id -un)
    # postgres refuses to run as root; the user nobody has no access to other clusters
    [ "$(id -u)" -ne 0 ] || PCA_USER=nobody
    mkdir "$PCA_WORKDIR/tmp" "$PCA_WORKDIR/home" "$PCA_WORKDIR/logs" "$PCA_WORKDIR/tree"
    pca_hand_over "$PCA_WORKDIR"
}

# Make files the unprivileged user's own.
pca_hand_over() {
    [ "$(id -u)" -ne 0 ] || chown -R -h "$PCA_USER:$(id -gn "$PCA_USER")" "$@"
}

# The files that git knows or would add; without git, all but what is built.
pca_tree_files() {
    if git -c safe.directory='*' -C "$1" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git -c safe.directory='*' -C "$1" ls-files -z --cached --others --exclude-standard
    else
        (cd "$1" && find . -type d \( -name .git -o -name __pycache__ -o -name tmp_check \) -prune \
            -o -type f ! -name '*.o' ! -name '*.bc' ! -name '*.d' ! -name '*.so' -print0)
    fi
}

# Pack the files named on standard input that exist in a directory.
pca_pack() (
    cd "$1" || exit
    while IFS= read -r -d '' name; do
        [ ! -e "$name" ] || printf '%s\0' "$name"
    done | tar --null -T - -cf -
)

pca_copy_tree() {
    pca_tree_files "$1" | pca_pack "$1" | tar -C "$PCA_WORKDIR/tree" -xf - || exit 1
    pca_hand_over "$PCA_WORKDIR/tree"
}

# A directory of the mirror whose entries point to the original's.
pca_mirror_links() {
    local entry
    mkdir -p "$PCA_WORKDIR/$PCA_MIRROR$1"
    for entry in "$1"/*; do
        case $entry in */pc_analytics* | */pca_*) continue ;; esac
        [ -e "$PCA_WORKDIR/$PCA_MIRROR$entry" ] || ln -s "$entry" "$PCA_WORKDIR/$PCA_MIRROR$entry"
    done
}

pca_mirror_postgres() {
    local bindir pkglibdir sharedir directory
    bindir=$("$PCA_PG_CONFIG" --bindir)
    pkglibdir=$("$PCA_PG_CONFIG" --pkglibdir)
    sharedir=$("$PCA_PG_CONFIG" --sharedir)
    PCA_BINDIR=$PCA_WORKDIR/$PCA_MIRROR$bindir
    mkdir -p "$PCA_BINDIR"
    cp -L "$bindir"/* "$PCA_BINDIR/"
    # where an extension installs there are real directories
    [ ! -d "$pkglibdir/bitcode" ] || pca_mirror_links "$pkglibdir/bitcode"
    pca_mirror_links "$pkglibdir"
    pca_mirror_links "$sharedir/extension"
    pca_mirror_links "$sharedir"
    # nothing is installed into the others
    for directory in libdir includedir pkgincludedir includedir-server; do
        directory=$("$PCA_PG_CONFIG" --$directory)
        if [ ! -e "$PCA_WORKDIR/$PCA_MIRROR$directory" ]; then
            mkdir -p "$PCA_WORKDIR/$PCA_MIRROR$(dirname "$directory")"
            ln -s "$directory" "$PCA_WORKDIR/$PCA_MIRROR$directory"
        fi
    done
    pca_hand_over "$PCA_WORKDIR/$PCA_MIRROR"
    pca_check_mirror pkglibdir "$pkglibdir"
    pca_check_mirror sharedir "$sharedir"
}

# Nothing may ever be installed outside of the working directory.
pca_check_mirror() {
    local found
    found=$("$PCA_BINDIR/pg_config" "--$1")
    [ "$found" = "$PCA_WORKDIR/$PCA_MIRROR$2" ] ||
        pca_fail "a copied pg_config says $1 is $found: this PostgreSQL cannot be relocated"
}

# In the tree, unprivileged, knowing nothing of the caller's environment.
pca_run() (
    pca_exec "$@"
)

# The same in place of this shell, for a background job that takes signals.
pca_exec() {
    local drop=()
    [ "$(id -u)" -ne 0 ] ||
        drop=(setpriv --reuid "$PCA_USER" --regid "$(id -gn "$PCA_USER")" --clear-groups)
    cd "$PCA_WORKDIR/tree" || exit
    exec "${drop[@]}" env -i \
        PATH="$PCA_BINDIR:/usr/local/bin:/usr/bin:/bin" HOME="$PCA_WORKDIR/home" \
        USER="$PCA_USER" LOGNAME="$PCA_USER" TMPDIR="$PCA_WORKDIR/tmp" LC_ALL=C.UTF-8 \
        TERM="${TERM:-dumb}" PG_CONFIG="$PCA_BINDIR/pg_config" PYTHONDONTWRITEBYTECODE=1 \
        "$@"
}

# A background job of a limited time, in a process group of its own; the
# caller waits for $PCA_JOB, or ends it with pca_end_job.
pca_start() {
    local seconds=$1
    shift
    pca_exec timeout --kill-after=10 "$seconds" "$@" &
    PCA_JOB=$!
}

pca_end_job() {
    [ -n "${PCA_JOB:-}" ] || return 0
    kill -TERM "$PCA_JOB" 2>/dev/null
    wait "$PCA_JOB" 2>/dev/null
    PCA_JOB=
}

# Servers started in the working directory, found by the process ids that they wrote there.
pca_stop_servers() {
    local file pid
    find "$PCA_WORKDIR" -name postmaster.pid -print 2>/dev/null | while IFS= read -r file; do
        pid=$(head -1 "$file" 2>/dev/null)
        case $pid in '' | *[!0-9]*) continue ;; esac
        case $(readlink "/proc/$pid/exe" 2>/dev/null) in
            "$PCA_WORKDIR"/*/postgres | "$PCA_WORKDIR"/*/postgres.real) ;;
            *) continue ;;
        esac
        kill -QUIT "$pid" 2>/dev/null
        pca_wait_gone "$pid"
    done
}

# Wait up to ten seconds for a process to end.
pca_wait_gone() {
    local turn
    for turn in $(seq 100); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.1
    done
    echo "process $1 did not end in ${turn} turns" >&2
}

pca_remove_workdir() {
    [ -n "${PCA_WORKDIR:-}" ] && [ -d "$PCA_WORKDIR" ] || return 0
    pca_stop_servers
    rm -rf "$PCA_WORKDIR"
}
