// SPDX-License-Identifier: Apache-2.0
// What the kernel's connection tracking allows in the network namespace of the calling thread.
#pragma once

namespace nettracer {

// Whether nf_conntrack is there. Asked first: opening a socket for it would load the module.
bool HasConntrack();

// net.netfilter.nf_conntrack_events: 0 never, 1 always, 2 for those who listen. -1 if not told.
int ConntrackEvents();

// Lets only connections with a translated address through, before they wait to be read.
bool AttachNatFilter(int fd);

}  // namespace nettracer
