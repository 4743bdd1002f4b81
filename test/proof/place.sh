# shellcheck shell=bash
# A place to compare in: the caller has set ROOT.
#
#   proof_place NAME           makes $PCA_PLACE with a built tree and PostgreSQL
#   proof_run PROGRAM ARG...   runs a program of test/proof there

# shellcheck source=test/lib/deps.sh
. "$ROOT/test/lib/deps.sh"
# shellcheck source=test/lib/place.sh
. "$ROOT/test/lib/place.sh"

proof_place() {
    pca_place "$1"
    trap proof_leave EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    pca_ensure
    pca_place_tree "$ROOT"
    pca_place_postgres
    proof_build || pca_fail 'the extension does not build'
}

# Bitcode is of no use here.
proof_build() {
    pca_run make -s with_llvm=no install >"$PCA_PLACE/logs/build.log" 2>&1 && return
    cat "$PCA_PLACE/logs/build.log" >&2
    return 1
}

proof_leave() {
    local status=$?
    trap - EXIT HUP INT TERM
    pca_end_job
    pca_leave
    exit $status
}

proof_run() {
    if [ -n "${PCA_PROOF_SERVER:-}" ]; then
        exec python3 -B "$ROOT/test/proof/$1" "${@:2}"
    fi
    proof_place proof
    pca_start 100000 python3 -B "test/proof/$1" "${@:2}"
    wait "$PCA_JOB"
}
