// What Debian's libbpf.a and libelf.a need to be linked into a shared object. Distributions build
// them for executables, and two of their accesses are not allowed here:
//
//  - libelf's thread-local error number. Its whole file, elf_error.o, is replaced: with these three
//    functions defined, the linker never takes it out of the archive. The texts are lost; libbpf
//    prints them beside a message of its own, which says enough.
//  - libbpf's direct use of `stderr`. The linker (--wrap) sends it to a copy in this file.

#include <cstdio>

#define HIDDEN __attribute__((visibility("hidden")))

namespace {
thread_local int last_error = 0;
thread_local char text[32];
}  // namespace

extern "C" {

extern FILE* __real_stderr;
HIDDEN FILE* __wrap_stderr = __real_stderr;

// Called by the rest of libelf.
HIDDEN void __libelf_seterrno(int value) { last_error = value; }

// Returns the last error of this thread and forgets it, as libelf.h says.
HIDDEN int elf_errno(void) {
  const int value = last_error;
  last_error = 0;
  return value;
}

// 0: the last error, or a null pointer if there was none; -1: the last error in any case.
HIDDEN const char* elf_errmsg(int error) {
  if (error == 0 && last_error == 0) return nullptr;
  std::snprintf(text, sizeof(text), "libelf error %d", error > 0 ? error : last_error);
  return text;
}

}  // extern "C"
