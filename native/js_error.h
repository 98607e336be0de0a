// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

#include "kernel_object.h"

namespace nettracer {

inline Napi::Error ToError(Napi::Env env, const Failure& failure) {
  Napi::Error error = Napi::Error::New(env, failure.message);
  error.Set("code", failure.code);
  return error;
}

template <typename Action>
void Guard(Napi::Env env, Action action) {
  try {
    action();
  } catch (const Failure& failure) {
    throw ToError(env, failure);
  }
}

}  // namespace nettracer
