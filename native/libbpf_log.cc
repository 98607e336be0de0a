// SPDX-License-Identifier: Apache-2.0
#include "libbpf_log.h"

#include <bpf/libbpf.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <vector>

namespace nettracer {
namespace {

constexpr size_t kMaxLog = 16 << 10;
constexpr size_t kShownLines = 6;

thread_local std::string kept;
thread_local bool is_keeping = false;

int Print(libbpf_print_level level, const char* format, va_list arguments) {
  if (!is_keeping || level == LIBBPF_DEBUG) return 0;
  std::array<char, 4096> line;
  const int size = std::vsnprintf(line.data(), line.size(), format, arguments);
  if (size > 0) kept += line.data();
  if (kept.size() > kMaxLog) kept.erase(0, kept.size() - kMaxLog);
  return size;
}

}  // namespace

LibbpfLog::LibbpfLog() {
  static std::once_flag installed;
  std::call_once(installed, [] { libbpf_set_print(Print); });
  kept.clear();
  is_keeping = true;
}

LibbpfLog::~LibbpfLog() { is_keeping = false; }

std::string LibbpfLog::RefusedProgram() const {
  const std::string before = "prog '";
  const std::string after = "': failed to ";
  const size_t end = kept.rfind(after);
  if (end == std::string::npos) return "";
  const size_t begin = kept.rfind(before, end);
  if (begin == std::string::npos) return "";
  return kept.substr(begin + before.size(), end - begin - before.size());
}

std::string LastLibbpfLines() {
  std::vector<std::string> lines;
  size_t begin = 0;
  while (begin < kept.size()) {
    size_t end = kept.find('\n', begin);
    if (end == std::string::npos) end = kept.size();
    // The verifier's log of instructions says nothing to a user.
    const std::string line = kept.substr(begin, end - begin);
    if (line.starts_with("libbpf: ")) lines.push_back(line.substr(8));
    begin = end + 1;
  }
  std::string shown;
  const size_t first = lines.size() > kShownLines ? lines.size() - kShownLines : 0;
  for (size_t at = first; at < lines.size(); at++) shown += "\n" + lines[at];
  return shown;
}

}  // namespace nettracer
