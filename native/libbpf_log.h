// SPDX-License-Identifier: Apache-2.0
// What libbpf prints is the only place where it names the program that the kernel refused.
#pragma once

#include <string>

namespace nettracer {

// While it lives, libbpf's messages of this thread are kept (the last 16 KiB) instead of printed.
class LibbpfLog {
 public:
  LibbpfLog();
  ~LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;

  // From a line as `libbpf: prog 'NAME': failed to load: -22`; empty if there is none.
  std::string RefusedProgram() const;
};

// The last lines of the newest log of this thread, each after a newline; empty if libbpf said
// nothing.
std::string LastLibbpfLines();

}  // namespace nettracer
