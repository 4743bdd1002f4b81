# shellcheck shell=bash
# A command that is made of targets, as test/run and test/assert are.  The caller
# has read deps.sh, place.sh, strict.sh and targets.sh, and set
#
#   TARGETS            the names of its targets, in their order
#   NEED_BUILD       those that need target build before them
#   BEFORE, AFTER    targets that always run first and last, unasked
#   list_targets       a function that prints what they are
#
#   command_arguments [TARGET...] [FILE...]   reads the command line
#   command_place NAME                      makes the place, the tree, the PostgreSQL
#   command_run                             runs the targets; the status is the command's

PASSED=0 FAILED=0 SKIPPED=0

# Sets CHOSEN and FILES; what needs a build brings it along.
command_arguments() {
    local target
    CHOSEN=() FILES=()
    while [ $# -gt 0 ]; do
        case $1 in
            --list) list_targets; exit ;;
            -*) pca_fail "no option $1; see its head" ;;
        esac
        if [[ " ${TARGETS[*]} " == *" $1 "* ]]; then
            CHOSEN+=("$1")
        elif [ ${#CHOSEN[@]} -gt 0 ]; then
            FILES+=("$1")
        else
            pca_fail "no target $1; there are: ${TARGETS[*]}"
        fi
        shift
    done
    [ ${#CHOSEN[@]} -gt 0 ] || CHOSEN=("${TARGETS[@]}")
    [[ " ${CHOSEN[*]} " != *' build '* ]] || return 0
    for target in "${NEED_BUILD[@]}"; do
        [[ " ${CHOSEN[*]} " != *" $target "* ]] || { CHOSEN=(build "${CHOSEN[@]}"); return; }
    done
}

command_place() {
    pca_make_workdir "$1"
    trap leave EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # shellcheck disable=SC2034 # for deps.sh
    PCA_APT_LOG=$PCA_WORKDIR/logs/apt.log
    pca_ensure
    pca_copy_tree "$ROOT"
    pca_mirror_postgres
}

command_run() {
    local target
    for target in "${BEFORE[@]}" "${CHOSEN[@]::${#CHOSEN[@]}-1}"; do
        run_target "$target"
    done
    run_target "${CHOSEN[-1]}" "${FILES[@]}"
    for target in "${AFTER[@]}"; do
        run_target "$target"
    done
    echo
    echo "$PASSED passed, $FAILED failed$([ $SKIPPED -eq 0 ] || echo ", $SKIPPED skipped")"
    [ $FAILED -eq 0 ] && [ $PASSED -gt 0 ]
}

# Run one target into its log, count, and show all of it but what passed.
run_target() {
    local target=$1 log=$PCA_WORKDIR/logs/$1.log began=$SECONDS said passed failed skipped
    shift
    "target_$target" "$@" >"$log" 2>&1
    read_counts "$log"
    PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + skipped))
    [ "$failed" -eq 0 ] || grep -vE '^ok  | \.\.\. ok$' "$log" | sed 's/^/    /'
    printf '%s %-8s %s (%d s)\n' "$([ "$failed" -eq 0 ] && echo 'ok  ' || echo 'FAIL')" \
        "$target" "$said" $((SECONDS - began))
    grep '^skipped: ' "$log"
}

leave() {
    local status=$?
    trap - EXIT
    # timeout and a terminal may send a signal twice
    trap '' HUP INT TERM
    pca_end_job
    [ $status -eq 0 ] || keep_logs
    pca_remove_workdir
    exit $status
}

keep_logs() {
    local kept
    [ -n "$(ls -A "$PCA_WORKDIR/logs")" ] || return
    kept=$(mktemp -d "$(dirname "$PCA_WORKDIR")/pca-logs.XXXXXX") || return
    tar -C "$PCA_WORKDIR/logs" --exclude='*data' -cf - . | tar -C "$kept" -xf -
    echo "the logs are in $kept" >&2
}
