#!/bin/sh
# Builds the Collector of the tests to build/otelcol-test, unless it is there and newer than its sources.
# May be called by several at once: the second waits for the first. About 5 minutes of CPU the first time.
# Exit 0: it is there; 3: no Go on this machine; else Go's own failure, its output on stderr.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out="$root/build/otelcol-test"

is_current() {
  [ -x "$out" ] || return 1
  for source in go.mod go.sum main.go main_others.go components.go; do
    [ "$here/$source" -nt "$out" ] && return 1
  done
  return 0
}

is_current && exit 0
go=$(command -v go || true)
[ -n "$go" ] || [ ! -x /usr/local/go/bin/go ] || go=/usr/local/go/bin/go
if [ -z "$go" ]; then
  echo "test/otelcol: no Go on this machine, so the Collector of the tests cannot be built" >&2
  exit 3
fi

mkdir -p "$root/build"
exec 9>"$root/build/otelcol-test.lock"
flock 9
is_current && exit 0

cd "$here"
build() { CGO_ENABLED=0 GOFLAGS=-mod=readonly "$go" build -trimpath -ldflags='-s -w' -p "${BUILD_JOBS:-1}" -o "$out.new" . ; }
# Module downloads fail now and then: once more before giving up.
build 1>&2 || build 1>&2
touch "$out.new"
mv "$out.new" "$out"
