#!/usr/bin/env bash
# Validates folders of FHIR R4 resources; see README.md. Builds the harness when it is missing or older than its source.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
jar="$here/target/granule-conformance.jar"

if [ ! -f "$jar" ] || [ -n "$(find "$here/pom.xml" "$here/src" -newer "$jar" -print -quit)" ]; then
  # Without network first: after one build everything lies in Maven's local repository.
  mvn -q -B -o -f "$here/pom.xml" package >/dev/null 2>&1 ||
    mvn -q -B -f "$here/pom.xml" package >&2
fi

arguments=()
us_core=
uk_core=
for argument in "$@"; do
  case "$argument" in
    --us-core) us_core=given; arguments+=("$argument") ;;
    --no-us-core) us_core=given ;;
    --uk-core) uk_core=given; arguments+=("$argument") ;;
    --no-uk-core) uk_core=given ;;
    --self-test) arguments+=(--self-test "$here/fixtures") ;;
    *) arguments+=("$argument") ;;
  esac
done
default="${GRANULE_SHARED:-}/definitions/fhir/us_core_610.tgz"
if [ -z "$us_core" ] && [ -n "${GRANULE_SHARED:-}" ] && [ -f "$default" ]; then
  arguments+=(--us-core "$default")
fi
default="${GRANULE_SHARED:-}/definitions/fhir/uk_core_2025.6.20.tgz"
if [ -z "$uk_core" ] && [ -n "${GRANULE_SHARED:-}" ] && [ -f "$default" ]; then
  arguments+=(--uk-core "$default")
fi

# GRANULE_CONFORMANCE_JAVA_OPTS: a larger heap, for instance.
# shellcheck disable=SC2086
exec java -Xmx3g -XX:+UseParallelGC ${GRANULE_CONFORMANCE_JAVA_OPTS:-} -jar "$jar" "${arguments[@]}"
