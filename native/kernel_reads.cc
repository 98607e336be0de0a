// SPDX-License-Identifier: Apache-2.0
// Records out of a loaded object: the event ring, and passes of iterator programs.
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "kernel_object.h"

namespace nettracer {

// libbpf has already consumed the record when this returns, so a negative return must come after
// the copy: it says "stop here", never "not this one".
int KernelObject::OnRecord(void* ring, void* data, size_t size) {
  auto& target = *static_cast<Ring*>(ring);
  if (size > target.room) return -EMSGSIZE;
  std::memcpy(target.at, data, size);
  target.at += size;
  target.room -= size;
  return target.room < target.largest ? -ENOBUFS : 0;
}

void KernelObject::OpenRing(Ring& ring, const char* map) {
  ring.kernel = ring_buffer__new(bpf_map__fd(FindMap(map)), OnRecord, &ring, nullptr);
  if (!ring.kernel)
    throw Failure{"NETTRACER_ERR_OBJECT_LOAD", "no ring buffer: " + ErrnoText(errno)};
}

size_t KernelObject::DrainRing(Ring& ring, uint8_t* into, size_t room) {
  if (room < ring.largest)
    throw Failure{"NETTRACER_ERR_RING_READ", "the buffer is smaller than a record"};
  ring.at = into;
  ring.room = room;
  const int result = ring_buffer__consume(ring.kernel);
  if (result < 0 && result != -ENOBUFS) {
    throw Failure{"NETTRACER_ERR_RING_READ", "cannot read the event ring: " + ErrnoText(result)};
  }
  return room - ring.room;
}

size_t KernelObject::ReadPass(const std::string& program, uint8_t* into, size_t room) {
  const auto found = passes_.find(program);
  if (found == passes_.end() || !found->second.link) {
    throw Failure{"NETTRACER_ERR_PASS_READ", program + " is not an iterator that is attached"};
  }
  Pass& pass = found->second;
  if (pass.fd < 0) pass.fd = bpf_iter_create(bpf_link__fd(pass.link));
  if (pass.fd < 0)
    throw Failure{"NETTRACER_ERR_PASS_READ", "cannot begin " + program + ": " + ErrnoText(pass.fd)};

  size_t used = 0;
  // The kernel hands out a few pages a call, and part of a record where the buffer ends.
  while (used < room) {
    const ssize_t got = read(pass.fd, into + used, room - used);
    if (got > 0) {
      used += static_cast<size_t>(got);
      continue;
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    const int error = errno;
    if (got == 0 && used > 0) break;  // the end is told by the next call, with 0
    close(pass.fd);
    pass.fd = -1;
    if (got < 0) throw Failure{"NETTRACER_ERR_PASS_READ", program + " failed: " + ErrnoText(error)};
    break;
  }
  return used;
}

}  // namespace nettracer
