// SPDX-License-Identifier: Apache-2.0
// Which process has a socket open: the links of /proc/PID/fd.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace nettracer {

struct OwnerSearch {
  std::string proc_root;
  std::vector<uint32_t> inodes;  // sorted
  std::vector<uint32_t> likely;  // pids to look at first
  uint32_t max_links = 0;
};

struct OwnerFindings {
  std::vector<std::pair<uint32_t, uint32_t>> owners;  // inode, pid
  bool is_cut = false;                                // ended by max_links
};

// Stops as soon as every socket is found. Of several processes that share one the first is told:
// likely ones, then the youngest pid, process 1 last, since it opens sockets for others.
OwnerFindings FindOwners(const OwnerSearch& search);

}  // namespace nettracer
