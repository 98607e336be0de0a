// SPDX-License-Identifier: Apache-2.0
// Netlink sockets in one network namespace: of NETLINK_SOCK_DIAG, or of connection tracking. Knows
// no message beyond its header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nettracer {

// While it lives, the namespace does too: the kernel counts each of its sockets as a user.
class DiagSockets {
 public:
  struct Options {
    std::string path;  // of the namespace's file; empty for the one of this thread
    uint32_t receive_bytes = 0;
    std::vector<uint32_t> groups;  // of enum sknetlink_groups or nfnetlink_groups
    bool is_conntrack = false;     // of NETLINK_NETFILTER, only what was translated
  };

  // Throws Failure.
  explicit DiagSockets(const Options& options);
  ~DiagSockets();
  DiagSockets(const DiagSockets&) = delete;
  DiagSockets& operator=(const DiagSockets&) = delete;

  uint64_t netns() const { return netns_; }
  // What the kernel granted, which may be less than asked for.
  uint32_t receive_bytes() const { return receive_bytes_; }
  // Of connection tracking: net.netfilter.nf_conntrack_events, -1 if it is not told.
  int conntrack_events() const { return conntrack_events_; }
  // How often events were lost because nobody read them in time.
  uint64_t overruns() const { return overruns_; }

  // Sends a request, if there is one, and reads whole datagrams of its answer until the buffer may
  // be too small for the next or the answer ends. Blocks: for a thread of its own, one at a time.
  size_t Dump(const std::vector<uint8_t>& request, uint8_t* into, size_t room);

  // Sends requests with one answer each and reads the answers. For the main thread.
  size_t Ask(const uint8_t* requests, size_t length, uint32_t count, uint8_t* into, size_t room);

  // Reads events that wait, whole datagrams; less than 8 KiB short of the buffer: more may wait.
  size_t Drain(uint8_t* into, size_t room);

 private:
  void OpenIn(const Options& options);
  void OpenHere(const Options& options);
  void Close();

  int dump_ = -1;
  int ask_ = -1;
  int events_ = -1;
  uint64_t netns_ = 0;
  uint32_t receive_bytes_ = 0;
  int conntrack_events_ = -1;
  uint64_t overruns_ = 0;
};

}  // namespace nettracer
