/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * When a read or a write was. To read the clock costs as much as all else that a program does there; but the
 * kernel reads it too, for its own use, and leaves the time on the socket.
 */
#ifndef NETTRACER_SOCKET_CLOCK_H
#define NETTRACER_SOCKET_CLOCK_H

#include "kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

extern void *bpf_rdonly_cast(const void *object, __u32 type_id) __ksym __weak;
extern int LINUX_KERNEL_VERSION __kconfig;

#define VERSION(major, minor) ((major) << 16 | (minor) << 8)

/* NULL where the kernel cannot tell the verifier what `sk` is. */
static __always_inline const struct tcp_sock *tcp_of(const struct sock *sk)
{
	if (!bpf_rdonly_cast)
		return NULL;
	return bpf_rdonly_cast(sk, bpf_core_type_id_kernel(struct tcp_sock));
}

/* When the last byte was written. What was sent at once, all of it, was sent within the call that just ends. */
static __always_inline __u64 write_time(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_of(sk);

	if (!tp || tp->snd_nxt != tp->write_seq)
		return bpf_ktime_get_ns();
	return tp->tcp_clock_cache;
}

/*
 * When the last byte was read. Up to Linux 6.18 each copy out of the receive queue ends with taking the time
 * (tcp_rcv_space_adjust). Not so a byte that is urgent, and what a protocol above TCP, such as TLS, had read
 * before.
 */
static __always_inline __u64 read_time(const struct sock *sk, int flags)
{
	const struct tcp_sock *tp = tcp_of(sk);

	if (LINUX_KERNEL_VERSION >= VERSION(6, 19) || !tp || flags & MSG_OOB ||
	    tp->inet_conn.icsk_ulp_ops)
		return bpf_ktime_get_ns();
	return tp->tcp_clock_cache;
}

#endif
