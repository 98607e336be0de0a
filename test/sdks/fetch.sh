#!/bin/sh
# Installs OpenTelemetry's SDKs for Python and Go into build/sdks, at fixed versions, through the package clients.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sdks=$here/../../build/sdks
mkdir -p "$sdks/go"
if [ ! -x "$sdks/python/bin/python" ]; then
	python3 -m venv "$sdks/python"
	"$sdks/python/bin/pip" install --quiet --disable-pip-version-check opentelemetry-sdk==1.45.2
fi
cp "$here/app.go" "$here/go.mod" "$sdks/go/"
cd "$sdks/go"
[ -x app ] || { go mod tidy && go build -o app . ; }
