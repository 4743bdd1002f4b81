# shellcheck shell=bash
# How scripts that measure are run: the extension built as a release is built,
# and a PostgreSQL and a mock API of their own; nothing is left afterwards.
#
#   pca_measure DIRECTORY "SCRIPT..." [SCRIPT] [OPTION...]
#
# Runs the one that is named with its options, or all without options.

pca_measure() {
    local directory=$1 scripts
    read -ra scripts <<<"$2"
    if [[ " $2 " == *" ${3:-none} "* ]]; then
        scripts=("$3")
        shift
    elif [ $# -gt 2 ]; then
        pca_fail "no script $3; there are: $2"
    fi
    shift 2
    pca_make_workdir "$(basename "$directory")"
    trap pca_measure_leave EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # shellcheck disable=SC2034 # for deps.sh
    PCA_APT_LOG=$PCA_WORKDIR/logs/apt.log
    pca_ensure >&2
    pca_install curl >&2
    pca_copy_tree "$ROOT"
    pca_mirror_postgres
    { pca_run make -s install && pca_run make -s -C test/unit install; } >"$PCA_WORKDIR/logs/build.log" 2>&1 ||
        { cat "$PCA_WORKDIR/logs/build.log" >&2; pca_fail 'it does not build'; }
    local script
    for script in "${scripts[@]}"; do
        pca_measure_one "$directory/$script.pl" "$@"
    done
}

pca_measure_one() {
    local perl script=$1 place
    place=$PCA_WORKDIR/logs/$(basename "$script" .pl)
    shift
    perl=$("$PCA_BINDIR/pg_config" --pkglibdir)/pgxs/src/test
    mkdir -p "$place/tmp_check" && pca_hand_over "$PCA_WORKDIR/logs"
    pca_start 14400 env PERL5LIB="$perl/perl:test/lib" PG_REGRESS="$perl/regress/pg_regress" \
        TESTDIR="$place" TESTDATADIR="$place/tmp_check" \
        TESTLOGDIR="$place/tmp_check/log" perl "$script" "$@"
    wait "$PCA_JOB" || { PCA_JOB=; tail -n 20 "$place"/tmp_check/log/regress_log_* >&2; exit 1; }
    PCA_JOB=
}

pca_measure_leave() {
    local status=$?
    trap - EXIT HUP INT TERM
    pca_end_job
    pca_remove_workdir
    exit $status
}
