#!/bin/sh
# Runs the agent in a container, with no right that it does not need. ENGINE=podman for Podman, as root.
#   examples/docker/run.sh /etc/nettracer/config.yaml
# docs/installation.md tells what each option is for.
set -eu
config=$(realpath "${1:?the configuration file}")
engine=${ENGINE:-docker}
image=${IMAGE:-otel-nettracer:0.1.0}
profile=$(dirname "$(realpath "$0")")/../seccomp.json

exec "$engine" run --detach --name "${NAME:-otel-nettracer}" --restart unless-stopped \
  --pid host --network host --cgroupns host \
  --cap-drop ALL \
  --cap-add BPF --cap-add PERFMON --cap-add NET_ADMIN --cap-add SYS_PTRACE --cap-add DAC_READ_SEARCH \
  --security-opt no-new-privileges --security-opt "seccomp=$(realpath "$profile")" \
  --security-opt apparmor=unconfined \
  --read-only --memory 256m \
  --volume "$config:/etc/nettracer/config.yaml:ro" \
  --volume /etc/machine-id:/etc/machine-id:ro \
  --volume /etc/passwd:/etc/passwd:ro \
  --volume "${QUEUE:-/var/lib/nettracer}:/var/lib/nettracer" \
  "$image" --config /etc/nettracer/config.yaml
