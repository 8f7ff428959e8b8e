#!/bin/sh
# What a watch costs and finds beside the loop that everybody writes first
# (benches/naive.sh): 250 runners, 5 repositories, 60 runs and 240 jobs at
# once, 3 runners that lie, 120 ms to each answer, on the tests' fake GitHub.
# Needs curl and jq. The README quotes what this prints.
set -eu
cd "$(dirname "$0")/.."
cargo build --release --locked
COST=1 BINARY=target/release/runner-desync \
    cargo test --locked --test it -- cost:: --nocapture
