#!/bin/sh
# Brings Apache Kafka, its jars only, to build/kafka/lib, unless they are there and newer than pom.xml: some 60 MB from
# Maven Central, a minute or two the first time. May be called by several at once: the second waits for the first.
# Exit 0: they are there; 3: no Java or no Maven on this machine; 4: they are not there and NETTRACER_TEST_KAFKA, which
# allows the download, is not set; else Maven's own failure, its output on stderr.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out="$root/build/kafka"

is_current() { [ -d "$out/lib" ] && [ ! "$here/pom.xml" -nt "$out/lib" ]; }

command -v java >/dev/null || exit 3
is_current && exit 0
command -v mvn >/dev/null || exit 3
[ -n "${NETTRACER_TEST_KAFKA:-}" ] || exit 4

mkdir -p "$out"
exec 9>"$out/lock"
flock 9
is_current && exit 0

rm -rf "$out/lib" "$out/lib.new"
mvn -q -B -f "$here/pom.xml" -Dmaven.repo.local="$out/repository" \
  dependency:copy-dependencies -DoutputDirectory="$out/lib.new" 1>&2
rm -rf "$out/repository"
touch "$out/lib.new"
mv "$out/lib.new" "$out/lib"
