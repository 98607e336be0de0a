// SPDX-License-Identifier: Apache-2.0
// What JS has of the netlink sockets and of the search for owners.
#include "socket_diag.h"

#include <memory>

#include "diag_sockets.h"
#include "js_error.h"
#include "read_worker.h"
#include "socket_owners.h"

namespace nettracer {
namespace {

template <typename Array>
Array TypedArray(const Napi::CallbackInfo& info, size_t at, napi_typedarray_type type) {
  if (!info[at].IsTypedArray() || info[at].As<Napi::TypedArray>().TypedArrayType() != type)
    throw Napi::TypeError::New(info.Env(), "a typed array of another kind is needed");
  return info[at].As<Array>();
}

Napi::Uint8Array Bytes(const Napi::CallbackInfo& info, size_t at) {
  return TypedArray<Napi::Uint8Array>(info, at, napi_uint8_array);
}

std::vector<uint32_t> Words(const Napi::CallbackInfo& info, size_t at) {
  const auto array = TypedArray<Napi::Uint32Array>(info, at, napi_uint32_array);
  return {array.Data(), array.Data() + array.ElementLength()};
}

class OwnersWorker : public Napi::AsyncWorker {
 public:
  OwnersWorker(Napi::Env env, OwnerSearch search)
      : Napi::AsyncWorker(env, "nettracer_owners"),
        deferred_(Napi::Promise::Deferred::New(env)),
        search_(std::move(search)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { findings_ = FindOwners(search_); }
  void OnOK() override {
    auto pairs = Napi::Uint32Array::New(Env(), findings_.owners.size() * 2);
    size_t at = 0;
    for (const auto& [inode, pid] : findings_.owners) {
      pairs[at++] = inode;
      pairs[at++] = pid;
    }
    auto result = Napi::Object::New(Env());
    result.Set("owners", pairs);
    result.Set("isCut", findings_.is_cut);
    deferred_.Resolve(result);
  }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred deferred_;
  OwnerSearch search_;
  OwnerFindings findings_;
};

class SocketDiag : public Napi::ObjectWrap<SocketDiag> {
 public:
  explicit SocketDiag(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SocketDiag>(info) {}

  // open({ path?, receiveBytes, groups, isConntrack? }): { netns, receiveBytes, conntrackEvents }
  Napi::Value Open(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (sockets_) throw Napi::TypeError::New(env, "it is open already");
    if (!info[0].IsObject()) throw Napi::TypeError::New(env, "open needs settings");
    const auto settings = info[0].As<Napi::Object>();
    DiagSockets::Options options;
    if (settings.Get("path").IsString()) options.path = settings.Get("path").ToString();
    options.receive_bytes = settings.Get("receiveBytes").ToNumber();
    options.is_conntrack = settings.Get("isConntrack").ToBoolean();
    if (settings.Get("groups").IsArray()) {
      const auto groups = settings.Get("groups").As<Napi::Array>();
      for (uint32_t at = 0; at < groups.Length(); at++)
        options.groups.push_back(groups.Get(at).ToNumber());
    }
    Guard(env, [&] { sockets_ = std::make_shared<DiagSockets>(options); });
    auto opened = Napi::Object::New(env);
    opened.Set("netns", static_cast<double>(sockets_->netns()));
    opened.Set("receiveBytes", sockets_->receive_bytes());
    opened.Set("conntrackEvents", sockets_->conntrack_events());
    return opened;
  }

  Napi::Value Dump(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    Sockets(env);
    std::vector<uint8_t> request;
    if (!info[0].IsUndefined()) {
      const auto bytes = Bytes(info, 0);
      request.assign(bytes.Data(), bytes.Data() + bytes.ByteLength());
    }
    auto into = Bytes(info, 1);
    if (*dump_is_busy_) throw Napi::TypeError::New(env, "a dump is being read already");
    *dump_is_busy_ = true;
    const auto read = [sockets = sockets_, request = std::move(request)](uint8_t* at, size_t room) {
      return sockets->Dump(request, at, room);
    };
    auto* worker = new ReadWorker(env, "nettracer_dump", dump_is_busy_, into, read);
    worker->Queue();
    return worker->promise();
  }

  Napi::Value Ask(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    auto requests = Bytes(info, 0);
    const uint32_t count = info[1].ToNumber();
    auto into = Bytes(info, 2);
    size_t used = 0;
    Guard(env, [&] {
      used = Sockets(env).Ask(requests.Data(), requests.ByteLength(), count, into.Data(),
                              into.ByteLength());
    });
    return Napi::Number::New(env, static_cast<double>(used));
  }

  Napi::Value Drain(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    auto into = Bytes(info, 0);
    size_t used = 0;
    Guard(env, [&] { used = Sockets(env).Drain(into.Data(), into.ByteLength()); });
    return Napi::Number::New(env, static_cast<double>(used));
  }

  Napi::Value Overruns(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    return Napi::Number::New(env, static_cast<double>(Sockets(env).overruns()));
  }

  // A dump that is being read on another thread keeps the sockets until it is done.
  void Close(const Napi::CallbackInfo&) { sockets_.reset(); }

 private:
  DiagSockets& Sockets(Napi::Env env) {
    if (!sockets_)
      throw ToError(env, {"NETTRACER_ERR_TRACER_CLOSED", "the netlink sockets are not open"});
    return *sockets_;
  }

  std::shared_ptr<DiagSockets> sockets_;
  std::shared_ptr<bool> dump_is_busy_ = std::make_shared<bool>(false);
};

Napi::Value FindSocketOwners(const Napi::CallbackInfo& info) {
  OwnerSearch search;
  search.proc_root = info[0].ToString();
  search.inodes = Words(info, 1);
  search.likely = Words(info, 2);
  search.max_links = info[3].ToNumber();
  auto* worker = new OwnersWorker(info.Env(), std::move(search));
  worker->Queue();
  return worker->promise();
}

}  // namespace

Napi::Function DefineSocketDiag(Napi::Env env) {
  using Class = Napi::ObjectWrap<SocketDiag>;
  return Class::DefineClass(env, "SocketDiag",
                            {Class::InstanceMethod<&SocketDiag::Open>("open"),
                             Class::InstanceMethod<&SocketDiag::Dump>("dump"),
                             Class::InstanceMethod<&SocketDiag::Ask>("ask"),
                             Class::InstanceMethod<&SocketDiag::Drain>("drain"),
                             Class::InstanceMethod<&SocketDiag::Overruns>("overruns"),
                             Class::InstanceMethod<&SocketDiag::Close>("close")});
}

Napi::Function DefineFindSocketOwners(Napi::Env env) {
  return Napi::Function::New(env, FindSocketOwners, "findSocketOwners");
}

}  // namespace nettracer
