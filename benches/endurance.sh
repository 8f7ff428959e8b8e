#!/bin/sh
# Memory and descriptors of a watch over 10,000 cycles of a changing fleet, a
# cycle a second, in a time that passes 20 times as fast. Linux only; needs a
# C compiler.
#
# usage: endurance.sh [CYCLES]
set -eu
cd "$(dirname "$0")/.."
room=$(mktemp -d)
trap 'rm -r "$room"' EXIT
cargo build --release --locked
cc -O2 -shared -fPIC -o "$room/hurry.so" benches/hurry.c -ldl
tests=$(cargo test --locked --test it --no-run --message-format json |
    jq -r 'select(.executable != null and .target.name == "it") | .executable')
now=$(date +%s)
HURRY=20 HURRY_FROM=$now LD_PRELOAD="$room/hurry.so" \
    ENDURANCE="${1:-10000}" BINARY=target/release/runner-desync \
    "$tests" endurance:: --nocapture
