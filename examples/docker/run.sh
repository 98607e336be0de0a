#!/bin/sh
# Runs the agent in a container, with no right that it does not need. ENGINE=podman for Podman, as root.
#   examples/docker/run.sh /etc/nettracer/config.yaml
# A Docker that does not know the capability BPF (20.10 of Debian 12): CAPS='SYS_ADMIN NET_ADMIN SYS_PTRACE DAC_READ_SEARCH'
# docs/installation.md tells what each option is for.
set -eu
config=$(realpath "${1:?the configuration file}")
profile=$(realpath "$(dirname "$0")/../seccomp.json")

set -- --cap-drop ALL
for cap in ${CAPS:-BPF PERFMON NET_ADMIN SYS_PTRACE DAC_READ_SEARCH}; do
  set -- "$@" --cap-add "$cap"
done
exec "${ENGINE:-docker}" run --detach --name "${NAME:-otel-nettracer}" --restart unless-stopped \
  --pid host --network host --cgroupns host "$@" \
  --security-opt no-new-privileges --security-opt "seccomp=$profile" --security-opt apparmor=unconfined \
  --read-only --memory 256m \
  --volume "$config:/etc/nettracer/config.yaml:ro" \
  --volume /etc/machine-id:/etc/machine-id:ro \
  --volume /etc/passwd:/etc/passwd:ro \
  --volume "${QUEUE:-/var/lib/nettracer}:/var/lib/nettracer" \
  "${IMAGE:-otel-nettracer:0.1.0}" --config /etc/nettracer/config.yaml
