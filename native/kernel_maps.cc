// SPDX-License-Identifier: Apache-2.0
// Maps, statistics and layout of a loaded object.
#include <bpf/btf.h>

#include <cerrno>
#include <cstring>
#include <numeric>
#include <vector>

#include "kernel_object.h"

namespace nettracer {
namespace {

void Flatten(const btf* types, uint32_t id, const std::string& prefix, uint32_t base,
             std::string* out) {
  const btf_type* type = btf__type_by_id(types, id);
  const btf_member* member = btf_members(type);
  for (uint32_t at = 0; at < btf_vlen(type); at++, member++) {
    const std::string name = prefix + btf__name_by_offset(types, member->name_off);
    const uint32_t offset = base + btf_member_bit_offset(type, at) / 8;
    const int resolved = btf__resolve_type(types, member->type);
    if (resolved > 0 && btf_is_struct(btf__type_by_id(types, static_cast<uint32_t>(resolved)))) {
      Flatten(types, static_cast<uint32_t>(resolved), name + ".", offset, out);
    } else {
      *out += name + " " + std::to_string(offset) + " " +
              std::to_string(btf__resolve_size(types, member->type)) + "\n";
    }
  }
}

// What each processor has for a key, added up: one count of 8 bytes.
int SumOverProcessors(const bpf_map* map, const uint8_t* key, size_t key_size, uint8_t* value,
                      size_t value_size) {
  const int processors = libbpf_num_possible_cpus();
  if (processors < 0 || value_size != sizeof(uint64_t)) return -EINVAL;
  std::vector<uint64_t> counts(static_cast<size_t>(processors));
  const size_t size = counts.size() * sizeof(uint64_t);
  const int error = bpf_map__lookup_elem(map, key, key_size, counts.data(), size, 0);
  if (error < 0) return error;
  const uint64_t sum = std::accumulate(counts.begin(), counts.end(), uint64_t{0});
  std::memcpy(value, &sum, sizeof(sum));
  return 0;
}

}  // namespace

std::string KernelObject::DescribeLayout(const std::vector<std::string>& structs) const {
  const btf* types = bpf_object__btf(object_);
  std::string out;
  for (const auto& name : structs) {
    const int id = types ? btf__find_by_name_kind(types, name.c_str(), BTF_KIND_STRUCT) : -ENOENT;
    if (id < 0) {
      out += "missing " + name + "\n";
      continue;
    }
    const btf_type* type = btf__type_by_id(types, static_cast<uint32_t>(id));
    out += "struct " + name + " " + std::to_string(type->size) + "\n";
    Flatten(types, static_cast<uint32_t>(id), "", 0, &out);
  }
  return out;
}

size_t KernelObject::TakeMap(const std::string& name, uint8_t* into, size_t room) {
  const bpf_map* map = FindMap(name);
  const int fd = bpf_map__fd(map);
  const size_t key_size = bpf_map__key_size(map);
  const size_t value_size = bpf_map__value_size(map);
  size_t used = 0;
  // Entry by entry: these maps are nearly always empty or small, and nobody writes to them
  // meanwhile.
  while (room - used >= key_size + value_size) {
    uint8_t* key = into + used;
    if (bpf_map_get_next_key(fd, nullptr, key) < 0) {
      if (errno == ENOENT) break;  // empty
      throw Failure{"NETTRACER_ERR_MAP_READ",
                    "cannot take from map " + name + ": " + ErrnoText(errno)};
    }
    if (bpf_map_lookup_elem(fd, key, key + key_size) < 0 || bpf_map_delete_elem(fd, key) < 0) {
      throw Failure{"NETTRACER_ERR_MAP_READ",
                    "cannot take from map " + name + ": " + ErrnoText(errno)};
    }
    used += key_size + value_size;
  }
  return used;
}

void KernelObject::LookUp(const std::string& name, const uint8_t* key, size_t key_size,
                          uint8_t* value, size_t value_size) {
  const bpf_map* map = FindMap(name);
  const int error = bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY
                        ? SumOverProcessors(map, key, key_size, value, value_size)
                        : bpf_map__lookup_elem(map, key, key_size, value, value_size, 0);
  if (error < 0) {
    throw Failure{"NETTRACER_ERR_MAP_READ", "cannot read map " + name + ": " + ErrnoText(-error)};
  }
}

void KernelObject::Update(const std::string& name, const uint8_t* key, size_t key_size,
                          const uint8_t* value, size_t value_size) {
  if (bpf_map__update_elem(FindMap(name), key, key_size, value, value_size, BPF_ANY) < 0) {
    throw Failure{"NETTRACER_ERR_MAP_WRITE", "cannot write map " + name + ": " + ErrnoText(errno)};
  }
}

std::vector<ProgramStatistics> KernelObject::Statistics() const {
  std::vector<ProgramStatistics> all;
  const bpf_program* program;
  for (program = bpf_object__next_program(object_, nullptr); program;
       program = bpf_object__next_program(object_, const_cast<bpf_program*>(program))) {
    bpf_prog_info info = {};
    uint32_t size = sizeof(info);
    const int fd = bpf_program__fd(program);
    if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0) continue;
    all.push_back(
        {bpf_program__name(program), info.run_cnt, info.run_time_ns, info.recursion_misses});
  }
  return all;
}

}  // namespace nettracer
