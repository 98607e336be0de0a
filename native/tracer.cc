// SPDX-License-Identifier: Apache-2.0
// The addon: class Tracer. JS (src/source/ebpf) checks arguments; here only what would crash is
// checked again.
#include <malloc.h>
#include <napi.h>

#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "js_error.h"
#include "kernel_object.h"
#include "read_worker.h"
#include "socket_diag.h"

namespace nettracer {
namespace {

std::vector<std::string> Strings(const Napi::Value& value) {
  std::vector<std::string> strings;
  if (!value.IsArray()) return strings;
  const auto array = value.As<Napi::Array>();
  for (uint32_t at = 0; at < array.Length(); at++) strings.push_back(array.Get(at).ToString());
  return strings;
}

}  // namespace

class Tracer : public Napi::ObjectWrap<Tracer> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(
        env, "Tracer",
        {InstanceMethod<&Tracer::Open>("open"), InstanceMethod<&Tracer::Layout>("layout"),
         InstanceMethod<&Tracer::Drain>("drain"),
         InstanceMethod<&Tracer::DrainAnswers>("drainAnswers"),
         InstanceMethod<&Tracer::ReadPass>("readPass"), InstanceMethod<&Tracer::TakeMap>("takeMap"),
         InstanceMethod<&Tracer::LookUp>("lookUp"), InstanceMethod<&Tracer::Update>("update"),
         InstanceMethod<&Tracer::Statistics>("statistics"), InstanceMethod<&Tracer::Trim>("trim"),
         InstanceMethod<&Tracer::WallOffset>("wallOffset"),
         InstanceMethod<&Tracer::Close>("close")});
  }

  explicit Tracer(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Tracer>(info) {}

 private:
  // open({ path, ringBytes?, answerBytes?, leaveOut?, cgroupPath? }): [{ name, attached, error }]
  Napi::Value Open(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (kernel_) throw Napi::TypeError::New(env, "the tracer is open already");
    if (!info[0].IsObject()) throw Napi::TypeError::New(env, "open needs { path }");
    const auto settings = info[0].As<Napi::Object>();
    OpenOptions options;
    options.path = settings.Get("path").ToString();
    if (settings.Get("ringBytes").IsNumber())
      options.ring_bytes = settings.Get("ringBytes").ToNumber();
    if (settings.Get("answerBytes").IsNumber())
      options.answer_bytes = settings.Get("answerBytes").ToNumber();
    options.leave_out = Strings(settings.Get("leaveOut"));
    if (settings.Get("cgroupPath").IsString())
      options.cgroup_path = settings.Get("cgroupPath").ToString();
    Guard(env, [&] { kernel_ = std::make_shared<KernelObject>(options); });

    auto programs = Napi::Array::New(env);
    for (const auto& state : kernel_->programs()) {
      auto program = Napi::Object::New(env);
      program.Set("name", state.name);
      program.Set("attached", state.attached);
      program.Set("error", state.error);
      programs.Set(programs.Length(), program);
    }
    return programs;
  }

  Napi::Value Layout(const Napi::CallbackInfo& info) {
    return Napi::String::New(info.Env(), Kernel(info.Env()).DescribeLayout(Strings(info[0])));
  }

  Napi::Value Drain(const Napi::CallbackInfo& info) {
    auto into = Bytes(info, 0);
    size_t used = 0;
    Guard(info.Env(),
          [&] { used = Kernel(info.Env()).DrainRecords(into.Data(), into.ByteLength()); });
    return Napi::Number::New(info.Env(), static_cast<double>(used));
  }

  Napi::Value DrainAnswers(const Napi::CallbackInfo& info) {
    auto into = Bytes(info, 0);
    size_t used = 0;
    Guard(info.Env(),
          [&] { used = Kernel(info.Env()).DrainAnswers(into.Data(), into.ByteLength()); });
    return Napi::Number::New(info.Env(), static_cast<double>(used));
  }

  Napi::Value ReadPass(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    Kernel(env);
    auto into = Bytes(info, 1);
    if (*pass_is_busy_) throw Napi::TypeError::New(env, "a pass is being read already");
    *pass_is_busy_ = true;
    const auto read = [kernel = kernel_, program = std::string(info[0].ToString())](
                          uint8_t* at, size_t room) { return kernel->ReadPass(program, at, room); };
    auto* worker = new ReadWorker(env, "nettracer_pass", pass_is_busy_, into, read);
    worker->Queue();
    return worker->promise();
  }

  Napi::Value TakeMap(const Napi::CallbackInfo& info) {
    auto into = Bytes(info, 1);
    size_t used = 0;
    Guard(info.Env(), [&] {
      used = Kernel(info.Env()).TakeMap(info[0].ToString(), into.Data(), into.ByteLength());
    });
    return Napi::Number::New(info.Env(), static_cast<double>(used));
  }

  void LookUp(const Napi::CallbackInfo& info) {
    auto key = Bytes(info, 1);
    auto value = Bytes(info, 2);
    Guard(info.Env(), [&] {
      Kernel(info.Env())
          .LookUp(info[0].ToString(), key.Data(), key.ByteLength(), value.Data(),
                  value.ByteLength());
    });
  }

  void Update(const Napi::CallbackInfo& info) {
    auto key = Bytes(info, 1);
    auto value = Bytes(info, 2);
    Guard(info.Env(), [&] {
      Kernel(info.Env())
          .Update(info[0].ToString(), key.Data(), key.ByteLength(), value.Data(),
                  value.ByteLength());
    });
  }

  Napi::Value Statistics(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    auto all = Napi::Array::New(env);
    for (const auto& statistics : Kernel(env).Statistics()) {
      auto program = Napi::Object::New(env);
      program.Set("name", statistics.name);
      program.Set("runCount", static_cast<double>(statistics.run_count));
      program.Set("runTimeNs", static_cast<double>(statistics.run_time_ns));
      program.Set("missed", static_cast<double>(statistics.missed));
      all.Set(all.Length(), program);
    }
    return all;
  }

  // Nanoseconds from CLOCK_BOOTTIME, which records carry, to the wall clock as it is set now.
  Napi::Value WallOffset(const Napi::CallbackInfo& info) {
    timespec wall = {};
    timespec boot = {};
    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_BOOTTIME, &boot);
    const int64_t seconds = wall.tv_sec - boot.tv_sec;
    return Napi::BigInt::New(info.Env(), seconds * 1'000'000'000 + (wall.tv_nsec - boot.tv_nsec));
  }

  // What V8 compiled and collected on its own threads leaves holes in their arenas, which glibc
  // gives back only when asked.
  void Trim(const Napi::CallbackInfo&) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
  }

  // A pass that is being read on another thread keeps the kernel's side open until it is done.
  void Close(const Napi::CallbackInfo&) { kernel_.reset(); }

  KernelObject& Kernel(Napi::Env env) {
    if (!kernel_) throw ToError(env, {"NETTRACER_ERR_TRACER_CLOSED", "the tracer is not open"});
    return *kernel_;
  }

  static Napi::Uint8Array Bytes(const Napi::CallbackInfo& info, size_t at) {
    if (!info[at].IsTypedArray() ||
        info[at].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
      throw Napi::TypeError::New(info.Env(), "a Uint8Array is needed");
    }
    return info[at].As<Napi::Uint8Array>();
  }

  std::shared_ptr<KernelObject> kernel_;
  std::shared_ptr<bool> pass_is_busy_ = std::make_shared<bool>(false);
};

// glibc raises the size from which memory is mapped, and so goes back to the kernel when it is
// freed, to the largest that was ever freed. An encoded collection is a megabyte or more: a few of
// them, each of another size, then stay in the arenas for good. Set by hand, the sizes stay as
// they begin.
static void ReturnLargeBuffers() {
#ifdef __GLIBC__
  constexpr int kBytes = 128 << 10;
  mallopt(M_MMAP_THRESHOLD, kBytes);
  mallopt(M_TRIM_THRESHOLD, kBytes);
#endif
}

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  ReturnLargeBuffers();
  exports.Set("Tracer", Tracer::Define(env));
  exports.Set("SocketDiag", DefineSocketDiag(env));
  exports.Set("findSocketOwners", DefineFindSocketOwners(env));
  return exports;
}

NODE_API_MODULE(nettracer, Init)

}  // namespace nettracer
