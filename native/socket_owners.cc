// SPDX-License-Identifier: Apache-2.0
#include "socket_owners.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>

namespace nettracer {
namespace {

struct DirCloser {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, DirCloser>;

bool ParseNumber(const char* text, char end, uint32_t& number) {
  char* rest = nullptr;
  if (*text < '0' || *text > '9') return false;
  const unsigned long long parsed = std::strtoull(text, &rest, 10);
  if (*rest != end || parsed > UINT32_MAX) return false;
  number = static_cast<uint32_t>(parsed);
  return true;
}

std::vector<uint32_t> Processes(const std::string& proc_root) {
  std::vector<uint32_t> pids;
  const Directory directory(opendir(proc_root.c_str()));
  if (!directory) return pids;
  while (const dirent* entry = readdir(directory.get())) {
    uint32_t pid = 0;
    if (ParseNumber(entry->d_name, '\0', pid)) pids.push_back(pid);
  }
  std::sort(pids.begin(), pids.end(), std::greater<>());
  return pids;
}

// Of a link as `socket:[12345]`.
bool ReadSocketLink(int directory, const char* name, uint32_t& inode) {
  constexpr char kPrefix[] = "socket:[";
  constexpr size_t kPrefixLength = sizeof(kPrefix) - 1;
  char target[32];
  const ssize_t length = readlinkat(directory, name, target, sizeof(target) - 1);
  if (length <= static_cast<ssize_t>(kPrefixLength)) return false;
  target[length] = '\0';
  return std::strncmp(target, kPrefix, kPrefixLength) == 0 &&
         ParseNumber(target + kPrefixLength, ']', inode);
}

class Finder {
 public:
  explicit Finder(const OwnerSearch& search) : search_(search), links_left_(search.max_links) {}

  bool IsOver() const { return links_left_ == 0 || found_.size() == search_.inodes.size(); }

  void LookAt(uint32_t pid) {
    if (!seen_.insert(pid).second) return;
    const std::string path = search_.proc_root + "/" + std::to_string(pid) + "/fd";
    const Directory directory(opendir(path.c_str()));
    if (!directory) return;  // ended since, or another user's
    while (!IsOver()) {
      const dirent* entry = readdir(directory.get());
      if (!entry) return;
      uint32_t inode = 0;
      links_left_--;
      if (!ReadSocketLink(dirfd(directory.get()), entry->d_name, inode)) continue;
      if (!std::binary_search(search_.inodes.begin(), search_.inodes.end(), inode)) continue;
      if (found_.insert(inode).second) findings_.owners.emplace_back(inode, pid);
    }
  }

  OwnerFindings Take() {
    findings_.is_cut = links_left_ == 0;
    return std::move(findings_);
  }

 private:
  const OwnerSearch& search_;
  uint32_t links_left_;
  std::set<uint32_t> seen_;
  std::set<uint32_t> found_;
  OwnerFindings findings_;
};

}  // namespace

OwnerFindings FindOwners(const OwnerSearch& search) {
  Finder finder(search);
  for (const uint32_t pid : search.likely) {
    if (finder.IsOver()) break;
    finder.LookAt(pid);
  }
  if (!finder.IsOver()) {
    for (const uint32_t pid : Processes(search.proc_root)) {
      if (finder.IsOver()) break;
      finder.LookAt(pid);
    }
  }
  return finder.Take();
}

}  // namespace nettracer
