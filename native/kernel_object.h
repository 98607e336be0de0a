// SPDX-License-Identifier: Apache-2.0
// The BPF object in the kernel: load it, attach what it holds, read what it emits. Knows libbpf,
// not JS.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nettracer {

// What went wrong, with the error code that JS sees (src/shared/errors.ts).
struct Failure {
  std::string code;
  std::string message;
};

// The text of an errno, or of libbpf's negative one.
inline std::string ErrnoText(int error) { return std::strerror(error < 0 ? -error : error); }

struct ProgramState {
  std::string name;
  bool attached = false;
  std::string error;
};

struct ProgramStatistics {
  std::string name;
  uint64_t run_count = 0;
  uint64_t run_time_ns = 0;  // 0 unless kernel.bpf_stats_enabled=1
  uint64_t missed = 0;       // not run because it was interrupted on the same CPU
};

struct OpenOptions {
  std::string path;
  uint32_t ring_bytes = 0;    // a power of two and a multiple of the page size; 0: as in the object
  uint32_t answer_bytes = 0;  // of the ring of DNS answers, likewise; 0: as small as can be
  std::vector<std::string> leave_out;  // programs not to load
  std::string cgroup_path;  // the root of cgroup v2, for programs of a cgroup; empty: there is none
};

// Closes everything it holds when destroyed. Not thread-safe, but for ReadPass, which one thread at
// a time may call while others call anything but it.
class KernelObject {
 public:
  // Loads and attaches. A program that the kernel refuses is left out and said so in `programs`.
  // Throws Failure when nothing can be loaded.
  explicit KernelObject(const OpenOptions& options);
  ~KernelObject();
  KernelObject(const KernelObject&) = delete;
  KernelObject& operator=(const KernelObject&) = delete;

  const std::vector<ProgramState>& programs() const { return programs_; }

  // One line for each struct and each of its fields, nested ones flattened: `name offset size`, in
  // bytes.
  std::string DescribeLayout(const std::vector<std::string>& structs) const;

  // Copies whole records of the ring, oldest first, until `room` is nearly used up. Returns the
  // bytes.
  size_t DrainRecords(uint8_t* into, size_t room) { return DrainRing(records_, into, room); }
  size_t DrainAnswers(uint8_t* into, size_t room) { return DrainRing(answers_, into, room); }

  // Reads on in a pass of an iterator program, beginning one if none is under way. Returns the
  // bytes, 0 at the end.
  size_t ReadPass(const std::string& program, uint8_t* into, size_t room);

  // Moves entries out of a hash map: key bytes, then value bytes. Returns the bytes; what does not
  // fit stays.
  size_t TakeMap(const std::string& map, uint8_t* into, size_t room);
  void LookUp(const std::string& map, const uint8_t* key, size_t key_size, uint8_t* value,
              size_t value_size);
  void Update(const std::string& map, const uint8_t* key, size_t key_size, const uint8_t* value,
              size_t value_size);

  std::vector<ProgramStatistics> Statistics() const;

 private:
  struct Pass {
    bpf_link* link = nullptr;
    int fd = -1;
  };

  struct Ring {
    ring_buffer* kernel = nullptr;
    size_t largest;  // no record of it is larger
    uint8_t* at = nullptr;
    size_t room = 0;
  };

  std::string TryLoad(const OpenOptions& options,
                      const std::map<std::string, std::string>& refused);
  void Attach(const OpenOptions& options, const std::map<std::string, std::string>& refused);
  bpf_link* AttachEvent(bpf_program* program, const std::string& cgroup_path);
  void AttachIterator(bpf_program* program);
  void OpenRing(Ring& ring, const char* map);
  size_t DrainRing(Ring& ring, uint8_t* into, size_t room);
  bpf_map* FindMap(const std::string& name) const;
  void Close();

  bpf_object* object_ = nullptr;
  Ring records_ = {.largest = 512};
  Ring answers_ = {.largest = 2048};
  std::vector<bpf_link*> links_;
  std::map<std::string, Pass> passes_;
  std::vector<ProgramState> programs_;

  static int OnRecord(void* ring, void* data, size_t size);
};

}  // namespace nettracer
