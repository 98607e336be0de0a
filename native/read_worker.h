// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "js_error.h"

namespace nettracer {

// One read on libuv's pool, so that a host with many sockets does not stop the event loop. `read`
// shares what it reads from and the worker holds the buffer, so neither close() nor the collector
// pulls them away. Both, and `busy`, are let go before the promise is settled.
class ReadWorker : public Napi::AsyncWorker {
 public:
  // Fills at most `room` bytes at `at`; returns how many.
  using Read = std::function<size_t(uint8_t* at, size_t room)>;

  ReadWorker(Napi::Env env, const char* name, std::shared_ptr<bool> busy, Napi::Uint8Array into,
             Read read)
      : Napi::AsyncWorker(env, name),
        deferred_(Napi::Promise::Deferred::New(env)),
        busy_(std::move(busy)),
        held_(Napi::Persistent(into)),
        at_(into.Data()),
        room_(into.ByteLength()),
        read_(std::move(read)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    try {
      used_ = read_(at_, room_);
    } catch (const Failure& failure) {
      failure_ = failure;
      SetError(failure.message);
    }
  }
  void OnOK() override {
    Release();
    deferred_.Resolve(Napi::Number::New(Env(), static_cast<double>(used_)));
  }
  void OnError(const Napi::Error&) override {
    Release();
    deferred_.Reject(ToError(Env(), failure_).Value());
  }

 private:
  void Release() {
    *busy_ = false;
    read_ = nullptr;
  }

  Napi::Promise::Deferred deferred_;
  std::shared_ptr<bool> busy_;
  Napi::Reference<Napi::Uint8Array> held_;
  uint8_t* at_;
  size_t room_;
  Read read_;
  size_t used_ = 0;
  Failure failure_;
};

}  // namespace nettracer
