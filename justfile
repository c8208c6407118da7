# The commands of this project. `just` lists them; each line can also be typed by hand.

# all commands
default:
    @just --list

# format
fmt:
    cargo fmt

# formatting and lints, as CI wants them
lint:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings

# all tests; those that need the reference folder say so when GRANULE_SHARED is not set
test:
    cargo test --profile fast

# benches
bench:
    cargo bench

# granule and the converters of npm and PyPI on the same documents (npm, Python); benches/peers/README.md
peers *ARGS:
    benches/peers/peers.py {{ARGS}}

# are the mapping tables right?
check-tables *ARGS:
    cargo run --profile fast -- check {{ARGS}}

# what do two packs make of the documents of a folder? `built-in` is the built-in tables alone
regress FOLDER PACK_A PACK_B *ARGS:
    cargo run --profile fast -- regress {{FOLDER}} --between {{PACK_A}} {{PACK_B}} {{ARGS}}

# validate the bundles of the samples with HAPI (Java 17, Maven)
conformance:
    .ci/conformance

# bundles to a HAPI JPA server, in all write modes (Java 17, Maven)
server:
    .ci/server

# convert the US documents of the corpus, judge them (GRANULE_SHARED, Python)
corpus:
    .ci/corpus

# licences, advisories, bans (cargo-deny)
deny:
    cargo deny check

# a while of fuzzing, of each target or of those that are named (nightly, cargo-fuzz); docs/fuzzing.md
fuzz *ARGS:
    .ci/fuzz {{ARGS}}

# ten defects in turn: does a judge notice each? (Python; slow) docs/testing.md
defects *ARGS:
    .ci/defects {{ARGS}}

# everything that CI runs
ci:
    .ci/run
