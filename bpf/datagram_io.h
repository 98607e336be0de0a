/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A datagram that a process reads or writes: whose, with whom, how many bytes, and whether it answers. */
#ifndef NETTRACER_DATAGRAM_IO_H
#define NETTRACER_DATAGRAM_IO_H

#include "begin.h"
#include "datagrams.h"
#include "owner.h"

/*
 * Which side it is, by what it does first. Only bind() with a port locks the port: who is asked first
 * there serves, who asks first from a port of no meaning is a client. All else is not known.
 */
static __always_inline __u8 first_role(const struct sock *sk, bool is_write)
{
	bool is_bound = BPF_CORE_READ_BITFIELD(sk, sk_userlocks) & SOCK_BINDPORT_LOCK;

	if (is_write)
		return is_bound ? ROLE_UNKNOWN : ROLE_CLIENT;
	return is_bound ? ROLE_SERVER : ROLE_UNKNOWN;
}

/* connect() may be called again, with another address. */
static __always_inline bool is_other_peer(const struct sock *sk, const struct flow *flow)
{
	const __u32 *known = (const __u32 *)flow->remote_address;
	__u16 port = bpf_ntohs(sk->__sk_common.skc_dport);

	if (flow->role == ROLE_CLIENT && flow->service_port != port)
		return true;
	if (sk->__sk_common.skc_family == AF_INET)
		return known[3] != sk->__sk_common.skc_daddr;
	return known[0] != sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[0] ||
	       known[1] != sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[1] ||
	       known[2] != sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[2] ||
	       known[3] != sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[3];
}

/* The first use that is seen, or the first with another peer: from now on another flow. */
static __noinline void change_flow(struct connection *conn, const struct sock *sk, bool is_write)
{
	__u8 role = conn->flow.role;
	struct flow next;

	if (conn->kind == KIND_NEW)
		begin_datagrams(conn, sk);
	if (!conn->is_established) {
		role = first_role(sk, is_write);
		conn->is_established = 1;
		set_owner(conn, sk, bpf_get_current_task_btf());
	}
	next = conn->flow;
	fill_datagram_flow(&next, sk, role);
	end_datagrams(conn, sk, &next);
}

/* Of one datagram, or of several that the socket was told to cut the bytes into (UDP_SEGMENT). */
static __always_inline __u32 datagrams_in(const struct sock *sk, __u32 bytes)
{
	__u32 size = BPF_CORE_READ((const struct udp_sock *)sk, gso_size);

	return size && bytes > size ? (bytes + size - 1) / size : 1;
}

/* Returns the socket's storage, or NULL. */
static __always_inline struct connection *on_datagram(const struct sock *sk, __u32 bytes,
						      bool is_write)
{
	struct connection *conn = storage_of(sk);
	__u64 start;
	__u64 now;

	if (!conn)
		conn = new_storage(sk);
	if (!conn || conn->kind == KIND_ENDED)
		return NULL;
	if (!conn->is_established || is_other_peer(sk, &conn->flow))
		change_flow(conn, sk, is_write);
	if (is_write) {
		__sync_fetch_and_add(&conn->reported.pkts_tx, datagrams_in(sk, bytes));
		__sync_fetch_and_add(&conn->reported.bytes_tx, bytes);
	} else {
		__sync_fetch_and_add(&conn->reported.pkts_rx, 1);
		__sync_fetch_and_add(&conn->reported.bytes_rx, bytes);
	}
	if (!(wanted.io & WANTS_RESPONSES))
		return conn;
	start = conn->request_time;
	if (conn->flow.role == (is_write ? ROLE_CLIENT : ROLE_SERVER)) {
		conn->request_time = bpf_ktime_get_ns();
	} else if (start) {
		now = bpf_ktime_get_ns();
		on_response(conn, sk, start, now);
	}
	return conn;
}

#endif
