# Sourced by the scripts beside it: where things are. Nothing here depends on the machine.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"

# the reference folder, if there is one (the README of the folder says what lies in it)
if [ -z "${GRANULE_SHARED:-}" ] && [ -f "$root/../shared/corpus/CATALOG.csv" ]; then
  GRANULE_SHARED="$(cd "$root/../shared" && pwd)"
fi
[ -z "${GRANULE_SHARED:-}" ] || export GRANULE_SHARED

target="${CARGO_TARGET_DIR:-$root/target}"
granule="$target/fast/granule"
out="$target/ci"
mkdir -p "$out"

build() { cargo build --profile fast --locked; }
