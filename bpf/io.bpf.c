// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reads and writes: response times, who uses an accepted socket first, and all of UDP. Both tracepoints are
 * behind the call, with what it returned; splice() out of a socket passes by them. One program each for TCP
 * and UDP: a second one on a tracepoint makes both dear.
 */
#include "datagram_io.h"
#include "owner.h"
#include "responses.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] __weak SEC("license") = "Dual BSD/GPL";

extern void *bpf_rdonly_cast(const void *object, __u32 type_id) __ksym __weak;

/*
 * When the last byte was written. The socket holds the time at which it last sent, for its own use: if that
 * sent all there was, it is within the call that just ends, and saves reading the clock.
 */
static __always_inline __u64 write_time(const struct sock *sk)
{
	const struct tcp_sock *tp;

	if (!bpf_rdonly_cast)
		return bpf_ktime_get_ns();
	tp = bpf_rdonly_cast(sk, bpf_core_type_id_kernel(struct tcp_sock));
	if (tp->snd_nxt != tp->write_seq)
		return bpf_ktime_get_ns();
	return tp->tcp_clock_cache;
}

/* `asking`: the role whose request these bytes are; they are the other one's answer. */
static __always_inline void on_bytes(const struct sock *sk, __u8 asking)
{
	struct connection *conn;
	__u64 start;
	__u64 now;

	conn = bpf_sk_storage_get(&connections, (void *)sk, NULL, 0);
	if (!conn || conn->kind != KIND_CONNECTION)
		return;
	if (!conn->has_owner)
		set_owner(conn, bpf_get_current_task_btf());
	start = conn->request_time;
	if (conn->flow.role != asking && !start)
		return;
	now = asking == ROLE_CLIENT ? write_time(sk) : bpf_ktime_get_ns();
	if (conn->flow.role == asking)
		conn->request_time = now;
	else
		on_response(conn, start, now);
}

/* Netlink has protocols of the same numbers. */
static __always_inline bool is_tcp(const struct sock *sk)
{
	__u16 family;

	if (!sk || sk->sk_protocol != IPPROTO_TCP)
		return false;
	family = sk->__sk_common.skc_family;
	return family == AF_INET || family == AF_INET6;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(socket_read, const struct sock *sk, int ret, int flags)
{
	/* Nothing was taken out of the socket: an error, a look, a message about something sent. */
	if (ret < 0 || flags & (MSG_PEEK | MSG_ERRQUEUE))
		return 0;
	if (is_tcp(sk)) {
		/* 0 bytes: the end. */
		if (ret && wanted_io() & WANTS_RESPONSES)
			on_bytes(sk, ROLE_SERVER);
	} else if (is_udp(sk) && wanted_io() & WANTS_DATAGRAMS) {
		on_datagram(sk, ret, false);
	}
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(socket_written, const struct sock *sk, int ret, int flags)
{
	if (ret < 0)
		return 0;
	if (is_tcp(sk)) {
		if (ret && wanted_io() & WANTS_RESPONSES)
			on_bytes(sk, ROLE_CLIENT);
	} else if (is_udp(sk) && wanted_io() & WANTS_DATAGRAMS) {
		on_datagram(sk, ret, true);
	}
	return 0;
}
