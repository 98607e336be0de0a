// SPDX-License-Identifier: Apache-2.0
#include "diag_sockets.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <system_error>
#include <thread>

#include "conntrack.h"
#include "kernel_object.h"

namespace nettracer {
namespace {

constexpr char kOwnNamespace[] = "/proc/thread-self/ns/net";
// The kernel makes the parts of a dump no larger than this, less when it is short of memory.
constexpr size_t kMaxDatagram = 32 << 10;
// Events and single answers have one message of some hundred bytes.
constexpr size_t kMaxMessage = 8 << 10;
// A dump answers at once. A thread must not wait forever if the kernel does not.
constexpr timeval kPatience = {.tv_sec = 5, .tv_usec = 0};
// Datagrams that are not the kernel's, or answers that nobody waits for, before a read gives up.
constexpr int kMostForeign = 256;

Failure OpenFailure(const std::string& what, const std::string& path) {
  return {"NETTRACER_ERR_NETLINK_OPEN",
          what + (path.empty() ? "" : " in " + path) + ": " + ErrnoText(errno)};
}

Failure ReadFailure(const std::string& what) {
  return {"NETTRACER_ERR_NETLINK_READ", what + ": " + ErrnoText(errno)};
}

int OpenNetlink(int protocol) {
  const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (fd < 0) return fd;
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

uint32_t GrowReceiveBuffer(int fd, uint32_t bytes) {
  const int wanted = static_cast<int>(bytes);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof(wanted)) != 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof(wanted));
  int granted = 0;
  socklen_t size = sizeof(granted);
  getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &size);
  return static_cast<uint32_t>(granted) / 2;  // the kernel says twice what it was asked for
}

// Whether the datagram holds the end of an answer: the last message, or an error.
bool IsEnd(const uint8_t* at, size_t length) {
  while (length >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, at, sizeof(header));
    if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) return true;
    const size_t step = NLMSG_ALIGN(header.nlmsg_len);
    if (header.nlmsg_len < sizeof(nlmsghdr) || step >= length) return false;
    at += step;
    length -= step;
  }
  return false;
}

void Send(int fd, const uint8_t* bytes, size_t length) {
  sockaddr_nl kernel = {};
  kernel.nl_family = AF_NETLINK;
  const ssize_t sent =
      sendto(fd, bytes, length, 0, reinterpret_cast<sockaddr*>(&kernel), sizeof(kernel));
  if (sent < 0) throw ReadFailure("a request was refused");
}

// -1 with errno, as recv; a datagram that did not fit is an error too. Whoever administers a
// namespace may send to any netlink socket in it: only what the kernel sent, as port 0, is taken.
ssize_t Receive(int fd, uint8_t* into, size_t room, int flags) {
  for (int foreign = 0; foreign < kMostForeign;) {
    sockaddr_nl sender = {};
    socklen_t size = sizeof(sender);
    const ssize_t got =
        recvfrom(fd, into, room, flags | MSG_TRUNC, reinterpret_cast<sockaddr*>(&sender), &size);
    if (got < 0 && errno == EINTR) continue;
    if (got >= 0 && sender.nl_pid != 0) {
      foreign++;
      continue;
    }
    if (got >= 0 && static_cast<size_t>(got) > room) {
      errno = EMSGSIZE;
      return -1;
    }
    return got;
  }
  errno = EPROTO;
  return -1;
}

// Answers that are left from requests that failed half-way.
void DropWaiting(int fd) {
  uint8_t byte;
  for (int dropped = 0; dropped < kMostForeign; dropped++)
    if (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) < 0 && errno != ENOBUFS) return;
}

}  // namespace

DiagSockets::DiagSockets(const Options& options) {
  try {
    if (options.path.empty()) {
      OpenHere(options);
    } else {
      OpenIn(options);
    }
  } catch (...) {
    Close();
    throw;
  }
}

DiagSockets::~DiagSockets() { Close(); }

void DiagSockets::Close() {
  for (int* fd : {&dump_, &ask_, &events_}) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
}

// A thread that ends with it: node's own threads stay in the namespace that they are in.
void DiagSockets::OpenIn(const Options& options) {
  std::exception_ptr thrown;
  const auto visit = [&] {
    try {
      const int there = open(options.path.c_str(), O_RDONLY | O_CLOEXEC);
      if (there < 0) throw OpenFailure("cannot open the network namespace", options.path);
      const int result = setns(there, CLONE_NEWNET);
      const int error = errno;
      close(there);
      errno = error;
      if (result != 0) throw OpenFailure("cannot enter the network namespace", options.path);
      OpenHere(options);
    } catch (...) {
      thrown = std::current_exception();
    }
  };
  try {
    std::thread(visit).join();
  } catch (const std::system_error& error) {
    // A limit of threads, a container's for example.
    errno = error.code().value();
    throw OpenFailure("cannot start a thread", options.path);
  }
  if (thrown) std::rethrow_exception(thrown);
}

void DiagSockets::OpenHere(const Options& options) {
  struct stat here;
  if (stat(kOwnNamespace, &here) != 0)
    throw OpenFailure("cannot tell the network namespace", options.path);
  netns_ = here.st_ino;
  if (options.is_conntrack && !HasConntrack())
    throw Failure{"NETTRACER_ERR_CONNTRACK_ABSENT",
                  "the kernel tracks no connections: nf_conntrack is not loaded"};
  for (int* fd : {&dump_, &ask_, &events_}) {
    *fd = OpenNetlink(options.is_conntrack ? NETLINK_NETFILTER : NETLINK_SOCK_DIAG);
    if (*fd < 0) throw OpenFailure("cannot open a netlink socket", options.path);
  }
  receive_bytes_ = GrowReceiveBuffer(events_, options.receive_bytes);
  if (options.is_conntrack) {
    conntrack_events_ = ConntrackEvents();
    if (!AttachNatFilter(events_)) throw OpenFailure("cannot filter events", options.path);
  }
  for (const uint32_t group : options.groups) {
    if (setsockopt(events_, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) != 0)
      throw OpenFailure("cannot join group " + std::to_string(group), options.path);
  }
}

size_t DiagSockets::Dump(const std::vector<uint8_t>& request, uint8_t* into, size_t room) {
  if (!request.empty()) Send(dump_, request.data(), request.size());
  size_t used = 0;
  while (room - used >= kMaxDatagram) {
    const ssize_t got = Receive(dump_, into + used, room - used, 0);
    if (got < 0) throw ReadFailure("a dump of sockets failed");
    const bool is_end = IsEnd(into + used, static_cast<size_t>(got));
    used += static_cast<size_t>(got);
    if (is_end || got == 0) break;
  }
  return used;
}

size_t DiagSockets::Ask(const uint8_t* requests, size_t length, uint32_t count, uint8_t* into,
                        size_t room) {
  DropWaiting(ask_);
  Send(ask_, requests, length);
  size_t used = 0;
  for (uint32_t answers = 0; answers < count; answers++) {
    if (room - used < kMaxMessage) throw Failure{"NETTRACER_ERR_NETLINK_READ", "no room"};
    // The kernel answers while it takes the request, so nothing is waited for.
    const ssize_t got = Receive(ask_, into + used, room - used, MSG_DONTWAIT);
    if (got < 0) throw ReadFailure("sockets could not be looked up");
    used += static_cast<size_t>(got);
  }
  return used;
}

size_t DiagSockets::Drain(uint8_t* into, size_t room) {
  size_t used = 0;
  while (room - used >= kMaxMessage) {
    const ssize_t got = Receive(events_, into + used, room - used, MSG_DONTWAIT);
    if (got >= 0) {
      used += static_cast<size_t>(got);
    } else if (errno == ENOBUFS || errno == EMSGSIZE) {
      overruns_++;
    } else if (errno == EAGAIN) {
      break;
    } else {
      throw ReadFailure("events of sockets could not be read");
    }
  }
  return used;
}

}  // namespace nettracer
