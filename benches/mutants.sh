#!/bin/bash
# Changes the detector in one place after the other, as cargo-mutants does, and
# tells which changes no test of `src/detect` notices. The detector rests on the
# model alone, so both are built as a crate of their own: seconds for each change
# instead of minutes. Hours for all of it; arguments go to cargo-mutants:
#
#   benches/mutants.sh -f src/detect/judge.rs
#
# Needs cargo-mutants and cargo-nextest. What was found stays in target/mutants.
set -euo pipefail
cd "$(dirname "$0")/.."
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

mkdir "$room/src"
cp -r src/detect src/model "$room/src"
version() { sed -n "s/^$1 = .*\"\([0-9.]*\)\".*/\1/p" Cargo.toml | head -n 1; }
cat >"$room/src/lib.rs" <<EOF
//! The detector alone.
#![allow(dead_code, unused_imports, unreachable_pub)]
mod detect;
mod model;
EOF
cat >"$room/Cargo.toml" <<EOF
[package]
name = "detector"
version = "0.0.0"
edition = "2024"

[dependencies]
chrono = { version = "$(version chrono)", default-features = false, features = ["std"] }

[dev-dependencies]
proptest = { version = "$(version proptest)", default-features = false, features = ["std"] }

[profile.test]
opt-level = 1
debug = false
EOF
cp Cargo.lock "$room"
export PROPTEST_CASES=${PROPTEST_CASES:-64}
cargo mutants --dir "$room" --in-place --output target/mutants --test-tool nextest --timeout 60 "$@"
