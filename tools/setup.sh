#!/bin/bash
# SPDX-License-Identifier: MIT
# Makes a Debian 12 machine ready to build and run Torc: `make setup`. Safe to repeat; when nothing is missing it
# takes a fraction of a second and says nothing.
#
#   1. Debian packages, installed with apt (as root or through sudo): compiler, QEMU 10 from backports, test tools
#   2. files from Debian packages that are only downloaded and unpacked, under build/third_party:
#      libfdt, lz4, zlib (source packages); busybox-static, linux-image-arm64, and for tests fzf, restic (programs in Go) and
#      musl-dev (arm64)
#
# tools/setup.sh sim: matplotlib as well, for `make sim`.
# The user's apt sources and lists are neither used nor changed: each step has its own below
# ${TORC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/torc}, where downloads are kept as well.
# TORC_DEBIAN_MIRROR chooses another mirror than deb.debian.org.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=(
    clang-19 lld-19 llvm-19 libclang-rt-19-dev                      # compiler, linker, sanitizers
    libc++-19-dev libc++abi-19-dev picolibc-aarch64-linux-gnu       # C++ library headers, C headers
    libboost1.74-dev                                                # Boost.Intrusive
    clang-format-19 clang-tidy-19 ccache
    gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev-arm64-cross                  # static Linux test programs
    googletest device-tree-compiler gdb-multiarch lz4 python3
    spin                                                            # model checks
)
[ "${1:-}" != sim ] || packages+=(python3-matplotlib) # only the simulation's plot needs it
qemu_packages=(qemu-system-arm qemu-system-common qemu-system-data qemu-user)
qemu_version=1:10 # raspi4b; Debian 12 itself has 7.2

mirror=${TORC_DEBIAN_MIRROR:-http://deb.debian.org}
cache=${TORC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/torc}
third_party=build/third_party
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf '  setup   %s\n' "$*"; }
die() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

# ---- private apt state -----------------------------------------------------------------------------
# apt_state NAME ARCHITECTURE|host "SOURCES LINE"... : writes the state's configuration, sets APT_CONFIG, gets the
# lists once per run.
apt_state() {
    local dir=$cache/apt/$1 architecture=$2
    shift 2
    mkdir -p "$dir/lists/partial"
    : >"$dir/empty-status"
    printf '%s\n' "$@" >"$dir/sources.list"
    {
        echo "Dir::Etc::sourcelist \"$dir/sources.list\"; Dir::Etc::sourceparts \"-\";"
        echo "Dir::State::lists \"$dir/lists\"; Dir::Cache::pkgcache \"\"; Dir::Cache::srcpkgcache \"\";"
        echo 'Acquire::Languages "none"; Acquire::Retries "3"; APT::Sandbox::User "root";'
        if [ "$architecture" != host ]; then
            echo "APT::Architecture \"$architecture\"; APT::Architectures { \"$architecture\"; };"
            echo "Dir::State::status \"$dir/empty-status\";"
        fi
    } >"$dir/apt.conf"
    export APT_CONFIG=$dir/apt.conf
    apt-get -qq update >"$dir/update.log" 2>&1 ||
        die "the package lists cannot be had from $mirror: $(grep -m1 '^[EW]:' "$dir/update.log" || tail -n1 "$dir/update.log")"
}

line() { echo "$1 [signed-by=$keyring] $2 $3 main"; } # line deb|deb-src URI SUITE

# ---- 1. installed packages -------------------------------------------------------------------------
# Prints those of our packages that are absent; QEMU counts as absent when it is too old.
absent() {
    { dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' "${packages[@]}" "${qemu_packages[@]}" 2>/dev/null || true; } |
        while read -r status name version; do
            [ "$status" = installed ] || continue
            case $name in
            qemu-*) dpkg --compare-versions "$version" ge "$qemu_version" || continue ;;
            esac
            echo "$name"
        done | sort -u | comm -13 - <(printf '%s\n' "${packages[@]}" "${qemu_packages[@]}" | sort -u)
}

install_packages() {
    local missing=("$@") wanted=() name codename
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
    [ "$codename" = bookworm ] || die "this is not Debian 12 (bookworm) but '$codename'; please install yourself: ${missing[*]}"

    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "run 'make setup' as root, or install sudo; needed are the packages: ${missing[*]}"
        as_root=(sudo)
    fi
    say "installing with apt: ${missing[*]}"
    apt_state host host "$(line deb "$mirror/debian" bookworm)" "$(line deb "$mirror/debian" bookworm-updates)" \
        "$(line deb "$mirror/debian-security" bookworm-security)" "$(line deb "$mirror/debian" bookworm-backports)"
    for name in "${missing[@]}"; do
        case $name in
        qemu-*) wanted=("${qemu_packages[@]/%//bookworm-backports}" qemu-user-binfmt- "${wanted[@]}") ;;
        *) wanted+=("$name") ;;
        esac
    done
    # qemu-user-binfmt- : this machine's way of running foreign programs is not ours to change.
    "${as_root[@]}" env APT_CONFIG="$APT_CONFIG" DEBIAN_FRONTEND=noninteractive \
        apt-get -y -q -o DPkg::Lock::Timeout=600 install --no-install-recommends \
        $(printf '%s\n' "${wanted[@]}" | sort -u) >"$cache/install.log" 2>&1 || {
        grep -E '^(E:|dpkg: error)' "$cache/install.log" >&2 || tail -n 15 "$cache/install.log" >&2
        die "apt could not install ${missing[*]} (everything it said: $cache/install.log)"
    }
    missing=($(absent))
    [ ${#missing[@]} = 0 ] || die "apt was content, yet these are still absent: ${missing[*]} (see $cache/install.log)"
}

# ---- 2. unpacked packages --------------------------------------------------------------------------
# find_download PATTERN: the newest matching file in the download cache, or nothing.
find_download() { find "$cache/downloads" -maxdepth 1 -name "$1" -print 2>/dev/null | sort -V | tail -n 1; }

sources_ready= arm64_ready=
download_source() { # SOURCE-PACKAGE
    [ -n "$sources_ready" ] || apt_state source host "$(line deb-src "$mirror/debian" bookworm)"
    sources_ready=yes
    say "downloading the Debian source of $1"
    (cd "$cache/downloads" && APT_CONFIG=$cache/apt/source/apt.conf apt-get -qq source --download-only "$1" >/dev/null) ||
        die "Debian's source package $1 cannot be had from $mirror"
}
download_arm64() { # PACKAGE
    [ -n "$arm64_ready" ] || apt_state arm64 arm64 "$(line deb "$mirror/debian" bookworm)"
    arm64_ready=yes
    local package=$1
    export APT_CONFIG=$cache/apt/arm64/apt.conf
    if [ "$1" = linux-image-arm64 ]; then # names the package of the current version
        package=$(apt-cache depends "$1" | awk '/Depends:/ { print $2; exit }')
    fi
    say "downloading $package for arm64"
    (cd "$cache/downloads" && apt-get -qq download "$package" >/dev/null) ||
        die "Debian's package $package:arm64 cannot be had from $mirror"
}

# unpack NAME ARCHIVE-PATTERN download-function package 'FROM-GLOB=TO-FOLDER'...
unpack() {
    local name=$1 pattern=$2 download=$3 package=$4 archive recipe
    recipe=$(echo "$*" | cat - tools/unpack.py)
    [ "$recipe" != "$(cat "$third_party/$1/.recipe" 2>/dev/null)" ] || return 0
    shift 4
    archive=$(find_download "$pattern")
    if [ -z "$archive" ]; then
        "$download" "$package"
        archive=$(find_download "$pattern")
        [ -n "$archive" ] || die "$package was downloaded, but has no file $pattern"
    fi
    python3 tools/unpack.py "$archive" "$third_party/$name" "$@" || die "$archive cannot be unpacked: delete it and try again"
    echo "$recipe" >"$third_party/$name/.recipe"
}

unpack_all() {
    mkdir -p "$cache/downloads" "$third_party"
    unpack libfdt 'arm-trusted-firmware_*.orig.tar.*' download_source arm-trusted-firmware \
        '*/lib/libfdt/*.[ch]='
    unpack lz4 'lz4_*.orig.tar.*' download_source lz4 '*/lib/lz4.[ch]=' '*/lib/LICENSE='
    unpack zlib 'zlib_*.orig.tar.*' download_source zlib '*/inf*.[ch]=' '*/adler32.c=' '*/crc32.[ch]=' '*/zutil.[ch]=' \
        '*/zlib.h=' '*/zconf.h=' '*/LICENSE='
    unpack busybox 'busybox-static_*_arm64.deb' download_arm64 busybox-static './bin/busybox=' './usr/share/doc/*/copyright='
    unpack fzf 'fzf_*_arm64.deb' download_arm64 fzf './usr/bin/fzf=' './usr/share/doc/*/copyright='
    unpack restic 'restic_*_arm64.deb' download_arm64 restic './usr/bin/restic=' './usr/share/doc/*/copyright='
    unpack musl 'musl-dev_*_arm64.deb' download_arm64 musl-dev './usr/include/aarch64-linux-musl/*=include/**' \
        './usr/lib/aarch64-linux-musl/*=lib/' './usr/share/doc/*/copyright='
    unpack linux 'linux-image-6.1*_arm64.deb' download_arm64 linux-image-arm64 \
        './boot/vmlinuz-*=Image' './boot/config-*=config' './usr/lib/linux-image-*/*/*.dtb=dtb/'
}

mkdir -p "$cache" build
missing=($(absent))
if [ ${#missing[@]} != 0 ]; then
    exec 9>"$cache/lock"
    flock 9 # several builds on one machine
    missing=($(absent))
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
fi
stamp=$third_party/.done
recipe=$(cat tools/setup.sh tools/unpack.py | sha256sum)
if [ "$recipe" != "$(cat $stamp 2>/dev/null)" ]; then
    exec 9>"$cache/lock"
    flock 9
    unpack_all
    printf '%s\n' "$recipe" >$stamp
    say "ready"
fi
[ build/.setup-done -nt tools/setup.sh ] && [ build/.setup-done -nt tools/unpack.py ] && [ build/.setup-done -nt $stamp ] || touch build/.setup-done
