# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Cargo for the scripts here, which source this file with $root set: nothing of
# it may fail a test for lack of a network, of time or of a new enough compiler.

# What is downloaded goes to .cache, unless the user has settings of his own
# (a mirror, say) where cargo looks for them.
if [ -z "${CARGO_HOME-}" ] && ! [ -e "${HOME-}/.cargo/config.toml" ] &&
    ! [ -e "${HOME-}/.cargo/config" ]; then
    # shellcheck disable=SC2154  # the caller sets root
    export CARGO_HOME="$root/.cache/cargo"
fi
export CARGO_NET_RETRY=2 CARGO_HTTP_TIMEOUT=20
rustc_least=1.89 # what hyperlight-host needs

# why there is no cargo to be used here, or nothing
cargo_missing() {
    if ! command -v cargo >/dev/null; then
        echo "cargo is not installed"
        return
    fi
    have=$(cargo --version 2>/dev/null | sed -n 's/^cargo \([0-9.]*\).*/\1/p')
    if [ -z "$have" ]; then
        echo "cargo does not run"
    elif [ "$(printf '%s\n' "$have" "$rustc_least" | sort -V | head -n 1)" != \
        "$rustc_least" ]; then
        echo "cargo $have is too old: hyperlight-host needs $rustc_least"
    fi
}

# cargo_fetch CRATE: its crates, from the registry or as they are here already
cargo_fetch() {
    timeout "${FETCH_SECONDS:-600}" cargo fetch -q --locked \
        --manifest-path "$1/Cargo.toml" 2>/dev/null ||
        cargo fetch -q --locked --offline --manifest-path "$1/Cargo.toml" \
            2>/dev/null
}

# cargo_build CRATE ARGUMENT...: status 124 says that it took too long
cargo_build() {
    package=$1
    shift
    timeout "${BUILD_SECONDS:-3600}" cargo build -q --release --locked \
        --offline -j 2 --manifest-path "$package/Cargo.toml" "$@"
}
