# shellcheck shell=bash
# Directories with a small Debian of a release, made by mmdebstrap from the package
# mirror that this machine uses, and commands in them.  The caller has read deps.sh.
#
#   PCA_CACHE                           where they are kept
#   pca_suites_of MAJOR                 prints the releases that have a PostgreSQL
#   pca_mirror                          prints the mirror
#   pca_make_debian ROOT PACKAGES SUITE [MORE_SUITES]   makes one, unless it is there;
#                                       packages are separated by blanks
#   pca_enter_debian ROOT COMMAND...    runs a command in it, in place of this shell
#   pca_in_debian ROOT COMMAND...       the same in a subshell

# shellcheck disable=SC2034 # for the caller
PCA_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/pc_analytics_fdw

# Which releases of Debian have that major; the first is the one that is made,
# the others only add packages.
pca_suites_of() {
    case $1 in
        15) echo bookworm ;;
        17) echo trixie ;;
        18) echo forky ;;
        19) echo sid experimental ;;
        *) pca_fail "no release of Debian is known to have PostgreSQL $1" ;;
    esac
}

# The mirror that this machine's own packages come from.
pca_mirror() {
    local found
    found=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb *\(\[.*\]\)\{0,1\} *\([^ ]*\) .*/\2/p' \
        /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
        grep -E '/debian/?$' | head -1)
    [ -n "$found" ] || pca_fail "this machine's apt sources name no mirror of Debian"
    echo "$found"
}

# The first suite is the one that is made; the others only add packages.  The file
# named by PCA_PREFERENCES, if any, becomes apt's.
pca_make_debian() {
    # a mirror may be a snapshot, past its date; its signatures are still checked
    local root=$1 packages=$2 suite sources=() log hooks=()
    local options=(--aptopt='Acquire::Check-Valid-Until "false"'
                   --aptopt='APT::Install-Recommends "false"')
    # another list of packages needs another Debian
    [ "$(cat "$root/made" 2>/dev/null)" != "$packages" ] || return 0
    shift 2
    log=$PCA_WORKDIR/logs/debian-$(basename "$root").log
    for suite in "$@"; do
        sources+=("deb $(pca_mirror) $suite main")
    done
    [ -z "${PCA_PREFERENCES:-}" ] || hooks=(--setup-hook="copy-in $PCA_PREFERENCES /etc/apt")
    echo "making Debian $* in $root"
    pca_as_root rm -rf "$root"
    mkdir -p "$(dirname "$root")"
    pca_as_root mmdebstrap --mode=root --variant=minbase --include="${packages// /,}" \
        "${options[@]}" "${hooks[@]}" "$1" "$root" "${sources[@]}" >"$log" 2>&1 </dev/null || {
        tail -n 20 "$log"
        pca_as_root rm -rf "$root"
        return 1
    }
    echo "$packages" | pca_as_root tee "$root/made" >/dev/null
}

# In a mount namespace that takes its mounts along when it ends; in place of this
# shell, so that it takes signals.  npm trusts the authorities that this machine trusts,
# whose network may have one of its own.
pca_enter_debian() {
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo --)
    # shellcheck disable=SC2016 # for the inner shell
    exec "${as_root[@]}" unshare --mount --propagation private sh -c '
        root=$1
        shift
        mount -t proc proc "$root/proc" &&
        mount --rbind /dev "$root/dev" || exit
        cp /etc/ssl/certs/ca-certificates.crt "$root/tmp/authorities.pem"
        exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp TERM=dumb \
            DEBIAN_FRONTEND=noninteractive npm_config_cafile=/tmp/authorities.pem "$@"
    ' sh "$@"
}

pca_in_debian() (
    pca_enter_debian "$@"
)
