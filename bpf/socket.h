/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a socket says of itself, each in one place. */
#ifndef NETTRACER_SOCKET_H
#define NETTRACER_SOCKET_H

#include "kernel_socket.h"

#include <bpf/bpf_helpers.h>

static __always_inline bool is_locked(const struct sock *sk)
{
	return sk->sk_lock.slock.rlock.raw_lock.val.counter || sk->sk_lock.owned;
}

/* Whether the remote FIN was taken. */
static __always_inline bool has_remote_fin(const struct sock *sk)
{
	return (sk->__sk_common.skc_flags >> SOCK_DONE) & 1;
}

/* Whether nothing waits to be sent for the first time, a FIN included. */
static __always_inline bool is_all_sent(const struct tcp_sock *tp)
{
	return tp->snd_nxt == tp->write_seq;
}

#endif
