// SPDX-License-Identifier: Apache-2.0
#include "conntrack.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

namespace nettracer {
namespace {

// The kernel resolves these by the namespace of the thread that opens them.
constexpr char kMax[] = "/proc/sys/net/netfilter/nf_conntrack_max";
constexpr char kEvents[] = "/proc/sys/net/netfilter/nf_conntrack_events";
constexpr uint32_t kTranslated = IPS_SRC_NAT | IPS_DST_NAT;
constexpr uint32_t kFirstAttribute = sizeof(nlmsghdr) + sizeof(nfgenmsg);
constexpr uint32_t kFindAttribute = static_cast<uint32_t>(SKF_AD_OFF) + SKF_AD_NLATTR;

}  // namespace

bool HasConntrack() { return access(kMax, F_OK) == 0; }

int ConntrackEvents() {
  const int fd = open(kEvents, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  char digit = 0;
  const ssize_t got = read(fd, &digit, 1);
  close(fd);
  return got == 1 && digit >= '0' && digit <= '9' ? digit - '0' : -1;
}

bool AttachNatFilter(int fd) {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_IMM, kFirstAttribute),
      BPF_STMT(BPF_LDX | BPF_IMM, CTA_STATUS),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFindAttribute),
      // Not found: whoever reads it decides.
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 3, 0),
      BPF_STMT(BPF_MISC | BPF_TAX, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_IND, sizeof(nlattr)),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kTranslated, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

}  // namespace nettracer
