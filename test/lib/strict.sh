# shellcheck shell=bash
# The warnings that the code must be free of, and the compilers that say so.
# The Makefile knows nothing of these: who builds a release wants no -Werror.

# The compiler of PostgreSQL's own bitcode is there wherever its headers are.
pca_clang() {
    local clang
    clang=$(sed -n 's/^CLANG *= *//p' "$(dirname "$("$PCA_PG_CONFIG" --pgxs)")/../Makefile.global")
    command -v clang || command -v "${clang:-clang}"
}

# What is left out, and why:
#   unused-parameter        the callbacks' signatures are PostgreSQL's, and its
#                           headers have inline functions that ignore one
#   cast-function-type-strict
#                           PostgreSQL's walkers take typed contexts by a cast
#   ignored-attributes, unknown-warning-option, ignored-optimization-argument
#                           PostgreSQL's flags and headers are made for gcc
pca_strict() {
    local flags='-Wall -Wextra -Werror -Wno-unused-parameter'
    case $1 in
        *clang*) echo "$flags -Wno-ignored-attributes -Wno-unknown-warning-option" \
                      '-Wno-ignored-optimization-argument -Wno-cast-function-type-strict' ;;
        *) echo "$flags -Wshadow=local -Wimplicit-fallthrough=5" ;;
    esac
}
