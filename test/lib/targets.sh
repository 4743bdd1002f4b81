# shellcheck shell=bash
# The targets of test/run.  Each runs in the place, prints what happened, and
# ends in the line "N passed, N failed[, N skipped]".

BUILT=no

# What the compiler is told beside strict.sh's warnings.
PCA_COPT=

# How long the TAP files may take together.
PCA_TAP_SECONDS=1500

# limited SECONDS COMMAND...: in the place; a trap acts at once meanwhile.
limited() {
    local status
    pca_start "$@"
    wait "$PCA_JOB"
    status=$?
    PCA_JOB=
    [ $status -ne 124 ] || echo "ended, it took more than $1 seconds"
    return $status
}

counts() {
    echo "$1 passed, $2 failed$([ "${3:-0}" -eq 0 ] || echo ", $3 skipped")"
}

# Read the last line of counts in a log into the caller's said, passed, failed, skipped.
read_counts() {
    said=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$1" | tail -1)
    [ -n "$said" ] || said='0 passed, 1 failed'
    read -r passed _ failed _ skipped _ <<<"$said"
    skipped=${skipped:-0}
}

# Add a target's counts to the caller's all_passed, all_failed and all_skipped.
add_part() {
    local log=$PCA_WORKDIR/logs/one.log began=$SECONDS said passed failed skipped
    echo "== ${*##*/}"
    "target_$1" "${@:2}" >"$log" 2>&1
    cat "$log"
    read_counts "$log"
    echo "== $((SECONDS - began)) s"
    all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed))
    all_skipped=$((all_skipped + skipped))
}

# Ask the Makefile in a directory of the tree for a variable.
make_variable() {
    pca_run make -s -C "$1" --eval "pca-show: ; @echo \$($2)" pca-show
}

target_lint() {
    local script passed=0 failed=0 one two
    for script in run selftest; do
        limited 900 python3 "test/lint/$script" "$@" >"$PCA_WORKDIR/logs/lint-$script.log" 2>&1
        cat "$PCA_WORKDIR/logs/lint-$script.log"
        read -r one _ two _ < <(tail -1 "$PCA_WORKDIR/logs/lint-$script.log")
        [[ $one$two =~ ^[0-9]+$ ]] || one=0 two=1
        passed=$((passed + one)) failed=$((failed + two))
    done
    counts $passed $failed
}

compile() {
    limited 300 make -s clean &&
        limited 1500 make -s -k -j"$(nproc)" CC="$1" COPT="$(pca_strict "$1") $PCA_COPT"
}

target_clang() {
    local clang
    clang=$(pca_clang) || { echo 'there is no clang'; counts 0 0 1; return; }
    compile "$clang" && counts 1 0 || counts 0 1
}

target_build() {
    compile gcc && limited 300 make -s install && build_unit && BUILT=yes && counts 1 0 ||
        counts 0 1
}

build_unit() {
    [ ! -e "$PCA_WORKDIR/tree/test/unit/Makefile" ] ||
        { limited 60 make -s -C test/unit clean && limited 300 make -s -C test/unit COPT="$(pca_strict gcc) $PCA_COPT" install; }
}

# With AddressSanitizer, frames are large and deep recursion is slow: the chapter
# about the depth of the stack is for other builds.
target_regress() {
    if [ -n "${PCA_SANITIZED:-}" ] && [ $# -eq 0 ]; then
        # shellcheck disable=SC2046 # a list
        set -- $(make_variable . REGRESS | tr ' ' '\n' | grep -vx depth)
    fi
    chapters . "$@"
}

target_unit() {
    chapters test/unit "$@"
}

# chapters DIRECTORY [NAME...]: pg_regress on a server of its own.
chapters() {
    local directory=$1 names options out=$PCA_WORKDIR/logs/chapters.out
    shift
    [ $BUILT = yes ] || { echo 'not built'; counts 0 1; return; }
    names=${*:-$(make_variable "$directory" REGRESS)}
    options=$(make_variable "$directory" REGRESS_OPTS)
    mkdir -p "$PCA_WORKDIR/regress" && pca_hand_over "$PCA_WORKDIR/regress"
    # shellcheck disable=SC2086 # both are lists
    limited 900 "$(pg_regress)" --temp-instance="$PCA_WORKDIR/regress/server" \
        --bindir="$PCA_BINDIR" --encoding=UTF8 --no-locale --inputdir="$directory" \
        --outputdir="$PCA_WORKDIR/regress" $options $names >"$out" 2>&1
    cat "$out"
    [ ! -s "$PCA_WORKDIR/regress/regression.diffs" ] || cat "$PCA_WORKDIR/regress/regression.diffs"
    count_chapters "$out"
    rm -rf "$PCA_WORKDIR/regress"
}

pg_regress() {
    echo "$("$PCA_BINDIR/pg_config" --pkglibdir)/pgxs/src/test/regress/pg_regress"
}

# 15 writes "test name ... ok 5 ms", later ones "ok 1 - name 5 ms".
count_chapters() {
    local passed failed
    passed=$(grep -cE '^(ok [0-9]+ |(test| ) .*\.\.\. ok )' "$1")
    failed=$(grep -cE '^(not ok [0-9]+ |(test| ) .*\.\.\. FAILED)' "$1")
    [ $((passed + failed)) -gt 0 ] || failed=1
    counts "$passed" "$failed"
}

target_mock_api() {
    local out=$PCA_WORKDIR/logs/unittest.out file ran failed=0 skipped=0 broken=0 more
    local patterns=("${@##*/}") total=0
    [ $# -gt 0 ] || patterns=('test*.py')
    for file in "${patterns[@]}"; do
        limited 600 python3 -m unittest discover -v -s test/mock_api -p "$file" >"$out" 2>&1 ||
            broken=1
        cat "$out"
        ran=$(sed -n 's/^Ran \([0-9]*\) tests\{0,1\} in .*/\1/p' "$out" | tail -1)
        more=$(grep -E '^(OK|FAILED)( |$)' "$out" | tail -1)
        total=$((total + ${ran:-0}))
        failed=$((failed + $(counted failures "$more") + $(counted errors "$more") +
                  $(counted 'unexpected successes' "$more")))
        skipped=$((skipped + $(counted skipped "$more")))
    done
    [ $broken -eq 0 ] || [ $failed -gt 0 ] || failed=1
    counts $((total > failed + skipped ? total - failed - skipped : 0)) $failed $skipped
}

# The number after "NAME=" in unittest's last line, or 0.
counted() {
    local number
    number=$(sed -n "s/.*[(, ]$1=\([0-9]*\).*/\1/p" <<<"$2")
    echo "${number:-0}"
}

target_tap() {
    local perl pkglibdir
    [ $BUILT = yes ] || { echo 'not built'; counts 0 1; return; }
    [ $# -gt 0 ] || set -- "$PCA_WORKDIR"/tree/test/t/[!7]*.pl
    pca_install_for "$PCA_WORKDIR/tree" "$@"
    pca_hand_over "$PCA_WORKDIR/tree/test"
    pkglibdir=$("$PCA_BINDIR/pg_config" --pkglibdir)
    perl=$pkglibdir/pgxs/src/test/perl
    mkdir -p "$PCA_WORKDIR/logs/tmp_check" && pca_hand_over "$PCA_WORKDIR/logs"
    limited "$PCA_TAP_SECONDS" env PERL5LIB="$perl" PG_REGRESS="$(pg_regress)" \
        TESTDIR="$PCA_WORKDIR/logs" TESTDATADIR="$PCA_WORKDIR/logs/tmp_check" \
        TESTLOGDIR="$PCA_WORKDIR/logs/tmp_check/log" PG_TEST_TIMEOUT_DEFAULT=120 \
        PCA_ARMED="${PCA_ARMED:-}" \
        perl test/lib/tap "${@#"$PCA_WORKDIR/tree/"}"
}

# The TAP files of the drivers and BI tools; a line for each that is skipped.
target_clients() {
    local out=$PCA_WORKDIR/logs/clients.out
    [ $# -gt 0 ] || set -- "$PCA_WORKDIR"/tree/test/t/7*.pl
    target_tap "$@" >"$out" 2>&1
    sed 's/^ *\(test[^ ]*\) *skipped: \(.*\)/skipped: \1: \2/' "$out"
}
