// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

namespace nettracer {

// class SocketDiag: netlink sockets of one network namespace.
Napi::Function DefineSocketDiag(Napi::Env env);

// findSocketOwners(procRoot, inodes, likely, maxLinks): Promise<Uint32Array>
Napi::Function DefineFindSocketOwners(Napi::Env env);

}  // namespace nettracer
