#!/usr/bin/env bash
# Starts a HAPI JPA server and judges bundles by it; see README.md. Builds the judge when it is missing or older than its source.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
jar="$here/target/granule-hapi-server.jar"

if [ ! -f "$jar" ] || [ -n "$(find "$here/pom.xml" "$here/src" -newer "$jar" -print -quit)" ]; then
  # Without network first: after one build everything lies in Maven's local repository.
  mvn -q -B -o -f "$here/pom.xml" package >/dev/null 2>&1 ||
    mvn -q -B -f "$here/pom.xml" package >&2
fi

# The server lives for minutes: code that starts fast beats code that is optimised well.
# Large transactions nest HAPI's own calls deeply, hence the stack.
# GRANULE_HAPI_JAVA_OPTS: a larger heap, for instance.
# shellcheck disable=SC2086
exec java -Xmx6g -Xss16m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.jboss.logging.provider=slf4j \
  ${GRANULE_HAPI_JAVA_OPTS:-} -jar "$jar" "$@"
