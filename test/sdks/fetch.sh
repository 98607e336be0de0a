#!/bin/sh
# Installs OpenTelemetry's SDKs for Python, Go, Node.js and Java into build/sdks, at fixed versions, through the package
# clients. An SDK whose language is not on this machine is left out, and said so.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sdks=$here/../../build/sdks
python_sdk=opentelemetry-sdk==1.45.2
node_sdk=@opentelemetry/auto-instrumentations-node@0.82.0
java_agent=opentelemetry-javaagent
java_version=2.33.1
java_digest=e43a270df53c6f423e0ab157be9c27ccc01d5dc3232e162fe54777573db2f149

# has NAME COMMAND...: whether all commands are there
has() {
	language=$1
	shift
	for each; do
		command -v "$each" >/dev/null && continue
		echo "SKIPPED: no $each, so the SDK for $language is not compared" >&2
		return 1
	done
}

# is_made NAME FILE...: whether it was made of these very files
is_made() {
	name=$1
	shift
	digest=$(cat "$here/fetch.sh" "$@" | sha256sum)
	[ "$digest" = "$(cat "$sdks/$name/digest" 2>/dev/null)" ] && return
	rm -rf "${sdks:?}/$name"
	mkdir -p "$sdks/$name"
	return 1
}

made() { echo "$digest" >"$sdks/$name/digest"; }

if has Python python3 && ! is_made python; then
	python3 -m venv "$sdks/python"
	"$sdks/python/bin/pip" install --quiet --disable-pip-version-check "$python_sdk"
	made
fi

PATH=$PATH:/usr/local/go/bin
if has Go go && ! is_made go "$here/app.go" "$here/go.mod"; then
	cp "$here/app.go" "$here/go.mod" "$sdks/go/"
	(cd "$sdks/go" && go mod tidy && go build -o app .)
	made
fi

if has Node.js node npm && ! is_made node "$here/app.mjs"; then
	cp "$here/app.mjs" "$sdks/node/"
	echo '{"private":true}' >"$sdks/node/package.json"
	(cd "$sdks/node" && npm install --silent --no-audit --no-fund --ignore-scripts "$node_sdk")
	made
fi

if has Java java javac mvn && ! is_made java "$here/App.java"; then
	(
		cd "$sdks/java"
		mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
			-Dartifact="io.opentelemetry.javaagent:$java_agent:$java_version" -DoutputDirectory=. -Dmdep.stripVersion=true
		echo "$java_digest  $java_agent.jar" | sha256sum --check --quiet
		javac -d . "$here/App.java"
	)
	made
fi
