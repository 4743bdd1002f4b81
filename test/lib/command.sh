# shellcheck shell=bash
# A command that is made of parts, as test/run and test/assert are.  The caller
# has read deps.sh, place.sh, strict.sh and parts.sh, and set
#
#   PARTS            the names of its parts, in their order
#   NEED_BUILD       those that need part build before them
#   BEFORE, AFTER    parts that always run first and last, unasked
#   list_parts       a function that prints what they are
#
#   command_arguments [PART...] [FILE...]   reads the command line
#   command_place NAME                      makes the place, the tree, the PostgreSQL
#   command_run                             runs the parts; the status is the command's

PASSED=0 FAILED=0 SKIPPED=0

# Sets CHOSEN and FILES; what needs a build brings it along.
command_arguments() {
    local part
    CHOSEN=() FILES=()
    while [ $# -gt 0 ]; do
        case $1 in
            --list) list_parts; exit ;;
            -*) pca_fail "no option $1; see its head" ;;
        esac
        if [[ " ${PARTS[*]} " == *" $1 "* ]]; then
            CHOSEN+=("$1")
        elif [ ${#CHOSEN[@]} -gt 0 ]; then
            FILES+=("$1")
        else
            pca_fail "no part $1; there are: ${PARTS[*]}"
        fi
        shift
    done
    [ ${#CHOSEN[@]} -gt 0 ] || CHOSEN=("${PARTS[@]}")
    [[ " ${CHOSEN[*]} " != *' build '* ]] || return 0
    for part in "${NEED_BUILD[@]}"; do
        [[ " ${CHOSEN[*]} " != *" $part "* ]] || { CHOSEN=(build "${CHOSEN[@]}"); return; }
    done
}

command_place() {
    pca_place "$1"
    trap leave EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # shellcheck disable=SC2034 # for deps.sh
    PCA_APT_LOG=$PCA_PLACE/logs/apt.log
    pca_ensure
    pca_place_tree "$ROOT"
    pca_place_postgres
}

command_run() {
    local part
    for part in "${BEFORE[@]}" "${CHOSEN[@]::${#CHOSEN[@]}-1}"; do
        run_part "$part"
    done
    run_part "${CHOSEN[-1]}" "${FILES[@]}"
    for part in "${AFTER[@]}"; do
        run_part "$part"
    done
    echo
    echo "$PASSED passed, $FAILED failed$([ $SKIPPED -eq 0 ] || echo ", $SKIPPED skipped")"
    [ $FAILED -eq 0 ] && [ $PASSED -gt 0 ]
}

# Run one part into its log, count, and show all of it but what passed.
run_part() {
    local part=$1 log=$PCA_PLACE/logs/$1.log began=$SECONDS said passed failed skipped
    shift
    "part_$part" "$@" >"$log" 2>&1
    read_counts "$log"
    PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + skipped))
    [ "$failed" -eq 0 ] || grep -vE '^ok  | \.\.\. ok$' "$log" | sed 's/^/    /'
    printf '%s %-8s %s (%d s)\n' "$([ "$failed" -eq 0 ] && echo 'ok  ' || echo 'FAIL')" \
        "$part" "$said" $((SECONDS - began))
    grep '^skipped: ' "$log"
}

leave() {
    local status=$?
    trap - EXIT
    # timeout and a terminal may send a signal twice
    trap '' HUP INT TERM
    pca_end_job
    [ $status -eq 0 ] || keep_logs
    pca_leave
    exit $status
}

keep_logs() {
    local kept
    [ -n "$(ls -A "$PCA_PLACE/logs")" ] || return
    kept=$(mktemp -d "$(dirname "$PCA_PLACE")/pca-logs.XXXXXX") || return
    tar -C "$PCA_PLACE/logs" --exclude='*data' -cf - . | tar -C "$kept" -xf -
    echo "the logs are in $kept" >&2
}
