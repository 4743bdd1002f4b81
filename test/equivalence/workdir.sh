# shellcheck shell=bash
# A working directory for test/equivalence and test/mutation; the caller has set ROOT.
#
#   equivalence_workdir NAME           makes $PCA_WORKDIR with a built tree and PostgreSQL
#   equivalence_run PROGRAM ARG...     runs a program of test/equivalence there

# shellcheck source=test/lib/deps.sh
. "$ROOT/test/lib/deps.sh"
# shellcheck source=test/lib/workdir.sh
. "$ROOT/test/lib/workdir.sh"

equivalence_workdir() {
    pca_make_workdir "$1"
    trap equivalence_leave EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    pca_ensure
    pca_copy_tree "$ROOT"
    pca_mirror_postgres
    equivalence_build || pca_fail 'the extension does not build'
}

# Bitcode is of no use here.
equivalence_build() {
    pca_run make -s with_llvm=no install >"$PCA_WORKDIR/logs/build.log" 2>&1 && return
    cat "$PCA_WORKDIR/logs/build.log" >&2
    return 1
}

equivalence_leave() {
    local status=$?
    trap - EXIT HUP INT TERM
    pca_end_job
    pca_remove_workdir
    exit $status
}

equivalence_run() {
    if [ -n "${PCA_EQUIVALENCE_SERVER:-}" ]; then
        exec python3 -B "$ROOT/test/equivalence/$1" "${@:2}"
    fi
    equivalence_workdir equivalence
    pca_start 100000 python3 -B "test/equivalence/$1" "${@:2}"
    wait "$PCA_JOB"
}
