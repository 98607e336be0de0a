// SPDX-License-Identifier: Apache-2.0
#include "kernel_object.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstring>
#include <mutex>

#include "libbpf_log.h"

namespace nettracer {
namespace {

constexpr const char* kRecords = "records";
constexpr const char* kAnswers = "answers";
constexpr const char* kStorage = "connections";

// A signal interrupts the verifier with EAGAIN, and libbpf tries again only a few times: a
// profiler's timer would make every start fail.
int LoadUndisturbed(bpf_object* object) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = bpf_object__load(object);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return error;
}

bool IsIterator(const bpf_program* program) {
  return std::strncmp(bpf_program__section_name(program), "iter/", 5) == 0;
}

}  // namespace

KernelObject::KernelObject(const OpenOptions& options) {
  std::map<std::string, std::string> refused;
  for (const auto& name : options.leave_out) refused[name] = "left out by configuration";

  // libbpf loads all programs or none, so each refusal costs one more try without that program.
  for (;;) {
    const std::string culprit = TryLoad(options, refused);
    if (culprit.empty()) break;
    refused[culprit] = LastLibbpfLines();
  }
  try {
    Attach(options, refused);
    OpenRing(records_, kRecords);
    OpenRing(answers_, kAnswers);
  } catch (...) {
    Close();
    throw;
  }
}

KernelObject::~KernelObject() { Close(); }

void KernelObject::Close() {
  for (auto& [name, pass] : passes_) {
    if (pass.fd >= 0) close(pass.fd);
    bpf_link__destroy(pass.link);
  }
  passes_.clear();
  for (auto* link : links_) bpf_link__destroy(link);
  links_.clear();
  for (Ring* ring : {&records_, &answers_}) {
    ring_buffer__free(ring->kernel);
    ring->kernel = nullptr;
  }
  bpf_object__close(object_);
  object_ = nullptr;
}

// Returns the name of the program that the kernel refused, empty when all is loaded.
std::string KernelObject::TryLoad(const OpenOptions& options,
                                  const std::map<std::string, std::string>& refused) {
  LibbpfLog log;
  object_ = bpf_object__open_file(options.path.c_str(), nullptr);
  if (!object_) {
    const int error = errno;
    throw Failure{"NETTRACER_ERR_OBJECT_OPEN",
                  "cannot open " + options.path + ": " + ErrnoText(error) + LastLibbpfLines()};
  }
  size_t wanted = 0;
  bpf_program* program;
  bpf_object__for_each_program(program, object_) {
    const bool load = !refused.contains(bpf_program__name(program));
    bpf_program__set_autoload(program, load);
    if (load) wanted++;
  }
  if (options.ring_bytes) bpf_map__set_max_entries(FindMap(kRecords), options.ring_bytes);
  const auto page = static_cast<uint32_t>(sysconf(_SC_PAGESIZE));
  bpf_map__set_max_entries(FindMap(kAnswers), options.answer_bytes ? options.answer_bytes : page);

  const int error = LoadUndisturbed(object_);
  if (error == 0) return "";

  const std::string culprit = log.RefusedProgram();
  bpf_object__close(object_);
  object_ = nullptr;
  if (culprit.empty() || refused.contains(culprit) || wanted <= 1) {
    throw Failure{"NETTRACER_ERR_OBJECT_LOAD",
                  "the kernel refused the BPF object: " + ErrnoText(error) + LastLibbpfLines()};
  }
  return culprit;
}

// Sets errno where there is no link.
bpf_link* KernelObject::AttachEvent(bpf_program* program, const std::string& cgroup_path) {
  if (std::strncmp(bpf_program__section_name(program), "cgroup/", 7) != 0)
    return bpf_program__attach(program);
  const int cgroup = open(cgroup_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (cgroup < 0) return nullptr;
  bpf_link* link = bpf_program__attach_cgroup(program, cgroup);
  const int error = errno;
  close(cgroup);
  errno = error;
  return link;
}

void KernelObject::Attach(const OpenOptions& options,
                          const std::map<std::string, std::string>& refused) {
  bpf_program* program;
  bpf_object__for_each_program(program, object_) {
    ProgramState state{bpf_program__name(program), false, ""};
    const auto known = refused.find(state.name);
    if (known != refused.end()) {
      state.error = known->second;
    } else if (IsIterator(program)) {
      AttachIterator(program);
      state.attached = passes_[state.name].link != nullptr;
      if (!state.attached) state.error = ErrnoText(errno);
    } else {
      bpf_link* link = AttachEvent(program, options.cgroup_path);
      state.attached = link != nullptr;
      if (link) {
        links_.push_back(link);
      } else {
        state.error = ErrnoText(errno);
      }
    }
    programs_.push_back(state);
  }
}

void KernelObject::AttachIterator(bpf_program* program) {
  LIBBPF_OPTS(bpf_iter_attach_opts, opts);
  bpf_iter_link_info info = {};
  // The pass over sockets goes over one map; the others need no target.
  if (std::strstr(bpf_program__section_name(program), "bpf_sk_storage_map")) {
    info.map.map_fd = static_cast<uint32_t>(bpf_map__fd(FindMap(kStorage)));
    opts.link_info = &info;
    opts.link_info_len = sizeof(info);
  }
  passes_[bpf_program__name(program)].link = bpf_program__attach_iter(program, &opts);
}

bpf_map* KernelObject::FindMap(const std::string& name) const {
  bpf_map* map = bpf_object__find_map_by_name(object_, name.c_str());
  if (!map) throw Failure{"NETTRACER_ERR_MAP_READ", "the BPF object has no map " + name};
  return map;
}

}  // namespace nettracer
