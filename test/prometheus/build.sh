#!/bin/sh
# Builds the Prometheus of the tests to build/prometheus-test, unless it was built from these very sources.
# May be called by several at once: the second waits for the first. Some 10 minutes of CPU the first time.
# Exit 0: it is there; 3: no Go on this machine; else Go's own failure, its output on stderr.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out="$root/build/prometheus-test"

digest=$(cd "$here" && cat go.mod go.sum build.sh | sha256sum | cut -d ' ' -f 1)
is_current() { [ -x "$out" ] && [ "$(cat "$out.digest" 2>/dev/null)" = "$digest" ]; }

is_current && exit 0
go=$(command -v go || true)
[ -n "$go" ] || [ ! -x /usr/local/go/bin/go ] || go=/usr/local/go/bin/go
if [ -z "$go" ]; then
  echo "test/prometheus: no Go on this machine, so the Prometheus of the tests cannot be built" >&2
  exit 3
fi

mkdir -p "$root/build"
exec 9>"$root/build/prometheus-test.lock"
flock 9
is_current && exit 0

echo "test/prometheus: building Prometheus, which takes some minutes" >&2
cd "$here"
# Without the discovery of clouds, which is half of it.
build() {
  CGO_ENABLED=0 GOFLAGS=-mod=readonly nice "$go" build -trimpath -ldflags='-s -w' -tags=netgo,remove_all_sd \
    -p "${BUILD_JOBS:-2}" -o "$out.new" github.com/prometheus/prometheus/cmd/prometheus
}
# Module downloads fail now and then: once more before giving up.
build 1>&2 || build 1>&2
mv "$out.new" "$out"
echo "$digest" >"$out.digest"
