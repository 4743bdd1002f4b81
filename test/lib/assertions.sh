# shellcheck shell=bash
# The targets with assertions and sanitizers, of test/assert and of test/run's
# target assert.  What they run is what the other targets run (targets.sh), on another
# PostgreSQL and built otherwise.

# What armed.pl must find, and where the sanitizers write.
PCA_ARMED='' PCA_SANITIZED=''

# What test/run takes of test/t, by the files' names without their numbers.
ASSERT_TAP=(cached_pages grouping json_conversion statements whole_item_column history customers rotation client_assertion federated_credentials sign_in_responses parallel parallel_waits)
SANITIZE_TAP=(unit json_conversion errors client_assertion federated_credentials whole_item_column malicious_server)

# What "test/assert --sanitize" leaves out: programs that replace malloc
# themselves, measure memory, or compare times.
# shellcheck disable=SC2034 # for test/assert
NOT_SANITIZED=(bench bench_library syscall_failures flight_wakeup memory soak)

# Makes PostgreSQL with assertions the one that everything runs on; where there
# is none, the extension's own assertions run on the PostgreSQL that is here.
target_server() {
    BUILT=no PCA_COPT=-g PCA_ARMED='extension server'
    if pca_cassert_postgres; then
        PCA_BINDIR=$PCA_WORKDIR/cassert/bin
        counts 1 0
        return
    fi
    echo "skipped: $PCA_CASSERT_MISSING; the extension's own run on the PostgreSQL that is here"
    PCA_COPT='-g -DUSE_ASSERT_CHECKING' PCA_ARMED='extension' PCA_MIRROR=mirror
    pca_mirror_postgres
    counts 0 0 1
}

# From now on, what is built has AddressSanitizer and UBSan, and PostgreSQL
# starts with their libraries.
target_sanitizers() {
    local asan ubsan log=$PCA_WORKDIR/logs/sanitizers
    asan=$(readlink -f "$(gcc -print-file-name=libasan.so)")
    ubsan=$(readlink -f "$(gcc -print-file-name=libubsan.so)")
    [ -r "$asan" ] && [ -r "$ubsan" ] ||
        { echo 'skipped: gcc has no AddressSanitizer and UBSan here'; counts 0 0 1; return; }
    mkdir -p "$log" && pca_hand_over "$PCA_WORKDIR/logs"
    limited 60 gcc -shared -fPIC -O1 -o "$log/ubsan_log.so" test/lib/ubsan_log.c &&
        mv "$PCA_BINDIR/postgres" "$PCA_BINDIR/postgres.real" &&
        sanitized_postgres "$asan" "$ubsan" "$log" >"$PCA_BINDIR/postgres" &&
        chmod 755 "$PCA_BINDIR/postgres" || { counts 0 1; return; }
    BUILT=no PCA_ARMED="$PCA_ARMED sanitizers" PCA_SANITIZED=$log
    PCA_COPT="$PCA_COPT -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -Wno-error"
    counts 1 0
}

# A program in front of postgres.  AddressSanitizer must come before all other
# libraries, and fails now and then where a kernel makes addresses very random.
# A bounded quarantine keeps many backends small.
sanitized_postgres() {
    cat <<END
#!/bin/bash
[ -n "\${PCA_NOT_RANDOM:-}" ] || PCA_NOT_RANDOM=1 exec setarch -R "\$0" "\$@"
log=\${PCA_SANITIZERS_LOG:-$3}
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:quarantine_size_mb=16:log_path=\$log/asan
export UBSAN_OPTIONS=print_stacktrace=1:log_path=\$log/asan
export UBSAN_LIBRARY=$2 UBSAN_LOG=\$log/ubsan
export LD_PRELOAD=$1:$3/ubsan_log.so\${LD_PRELOAD:+:\$LD_PRELOAD}
exec -a "\$0" "\$0.real" "\$@"
END
}

# Do the assertions and sanitizers notice what they are there for?
target_armed() {
    target_tap test/lib/armed.pl
}

# A slice of the fixed list, in its first round, and of random queries; each is
# one check, and says why it failed.
target_equivalence() {
    local passed=0 failed=0 program
    [ $BUILT = yes ] || { echo 'not built'; counts 0 1; return; }
    for program in "fixed.py --stop-after 5 --planner ^default$ --mode ^default$" \
        "generated.py --stop-after 3 --count 500 --seed ${PCA_EQUIVALENCE_SEED:-slice}"; do
        # shellcheck disable=SC2086 # a list
        if limited 1500 python3 -B test/equivalence/$program; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
        fi
    done
    counts $passed $failed
}

# What the sanitizers wrote, each process a failure.
target_reports() {
    local file failed=0
    [ -n "$PCA_SANITIZED" ] || { counts 0 0 1; return; }
    for file in "$PCA_SANITIZED"/*san.*; do
        [ -s "$file" ] || continue
        failed=$((failed + 1))
        echo "${file##*/}:"
        head -n 60 "$file"
    done
    counts $((failed == 0)) $failed
}

# tap_named NAME...: the files of test/t with these names, whatever their number.
tap_named() {
    local name files
    for name in "$@"; do
        files=("$PCA_WORKDIR"/tree/test/t/*_"$name".pl)
        [ -e "${files[0]}" ] || { echo "no file of test/t has the name $name" >&2; return 1; }
        printf '%s\n' "${files[@]}"
    done
}

# tap_but NAME...: all others.
tap_but() {
    local file
    tap_named "$@" >"$PCA_WORKDIR/logs/but" || return
    for file in "$PCA_WORKDIR"/tree/test/t/*.pl; do
        grep -qxF "$file" "$PCA_WORKDIR/logs/but" || echo "$file"
    done
}

# A slice of everything, for test/run.
target_assert() {
    local all_passed=0 all_failed=0 all_skipped=0 files
    # set for what follows here, and not for later targets
    local BUILT=$BUILT PCA_BINDIR=$PCA_BINDIR PCA_COPT=$PCA_COPT PCA_MIRROR=$PCA_MIRROR
    local PCA_ARMED='' PCA_SANITIZED=''
    add_part server
    add_part build
    add_part armed
    add_part regress
    add_part unit
    add_part equivalence
    files=$(tap_named "${ASSERT_TAP[@]}") || all_failed=$((all_failed + 1))
    # shellcheck disable=SC2086 # a list
    add_part tap $files
    add_part sanitizers
    if [ -n "$PCA_SANITIZED" ]; then
        add_part build
        add_part armed
        add_part regress
        add_part unit
        files=$(tap_named "${SANITIZE_TAP[@]}") || all_failed=$((all_failed + 1))
        # shellcheck disable=SC2086 # a list
        add_part tap $files
        add_part reports
    fi
    counts $all_passed $all_failed $all_skipped
}
