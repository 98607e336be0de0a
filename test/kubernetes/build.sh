#!/bin/sh
# Builds the kube-apiserver and the etcd of the tests to build/kubernetes-test/, unless they were built from these very
# sources. May be called by several at once: the second waits for the first. 10 to 20 minutes of CPU the first time.
# Exit 0: they are there; 3: no Go on this machine; else Go's own failure, its output on stderr.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out="$root/build/kubernetes-test"

digest=$(cd "$here" && cat go.mod go.sum build.sh | sha256sum | cut -d ' ' -f 1)
is_current() { [ -x "$out/kube-apiserver" ] && [ -x "$out/etcd" ] && [ "$(cat "$out/digest" 2>/dev/null)" = "$digest" ]; }

is_current && exit 0
go=$(command -v go || true)
[ -n "$go" ] || [ ! -x /usr/local/go/bin/go ] || go=/usr/local/go/bin/go
if [ -z "$go" ]; then
  echo "test/kubernetes: no Go on this machine, so the Kubernetes of the tests cannot be built" >&2
  exit 3
fi

mkdir -p "$out"
exec 9>"$out/lock"
flock 9
is_current && exit 0

echo "test/kubernetes: building kube-apiserver and etcd, which takes 10 to 20 minutes" >&2
cd "$here"
# The server must know its version, else it takes itself for one that is too old for its own data.
version=$(sed -n 's|.*k8s.io/kubernetes v||p' go.mod | head -n 1)
base=k8s.io/component-base/version
flags="-s -w -X $base.gitVersion=v$version -X $base.gitMajor=1 -X $base.gitMinor=$(echo "$version" | cut -d . -f 2)"
build() {
  CGO_ENABLED=0 GOFLAGS=-mod=readonly nice -n 15 "$go" build -trimpath -ldflags="$flags" -p "${BUILD_JOBS:-2}" -o "$out/$1.new" "$2"
}
# Module downloads fail now and then: once more before giving up.
for each in 'etcd go.etcd.io/etcd/server/v3' 'kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver'; do
  # shellcheck disable=SC2086 # two words on purpose
  build $each 1>&2 || build $each 1>&2
done
mv "$out/etcd.new" "$out/etcd"
mv "$out/kube-apiserver.new" "$out/kube-apiserver"
echo "$digest" >"$out/digest"
