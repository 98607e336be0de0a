// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reads and writes: response times, who uses an accepted socket first, and all of UDP. Both tracepoints are
 * behind the call, with what it returned; splice() out of a socket passes by them. One program each for TCP
 * and UDP: a second one on a tracepoint makes both dear.
 */
#include "datagram_io.h"
#include "names.h"
#include "owner.h"
#include "responses.h"
#include "socket_clock.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] __weak SEC("license") = "Dual BSD/GPL";

/* Only TCP's own sockets have a storage of this kind: netlink has protocols of the same numbers. */
static __always_inline struct connection *connection_of(const struct sock *sk)
{
	struct connection *conn = bpf_sk_storage_get(&connections, (void *)sk, NULL, 0);

	if (!conn || conn->kind != KIND_CONNECTION)
		return NULL;
	if (!conn->has_owner)
		set_owner(conn, sk, bpf_get_current_task_btf());
	return conn;
}

/* The request of a client, the answer of a server. */
static __always_inline void on_write(const struct sock *sk)
{
	struct connection *conn = connection_of(sk);
	__u64 start;

	if (!conn)
		return;
	start = conn->request_time;
	if (conn->role == ROLE_CLIENT)
		conn->request_time = write_time(sk);
	else if (start)
		on_response(conn, sk, start, write_time(sk));
}

static __always_inline void on_read(const struct sock *sk, int flags)
{
	struct connection *conn = connection_of(sk);
	__u64 start;

	if (!conn)
		return;
	start = conn->request_time;
	if (conn->role == ROLE_SERVER)
		conn->request_time = read_time(sk, flags);
	else if (start)
		on_response(conn, sk, start, read_time(sk, flags));
}

static __always_inline void on_datagram_read(const struct sock *sk, __u32 bytes)
{
	struct connection *conn = NULL;
	bool asks_names;

	if (wanted.io & WANTS_DATAGRAMS)
		conn = on_datagram(sk, bytes, false);
	if (!(wanted.io & WANTS_NAMES))
		return;
	if (sk->__sk_common.skc_dport)
		asks_names = asks_dns_port(sk);
	else
		asks_names = conn && conn->looks == ASKS_NAMES;
	if (asks_names)
		take_answer(sk, bytes);
}

static __always_inline void on_datagram_written(const struct sock *sk, __u32 bytes)
{
	struct connection *conn;

	if (!(wanted.io & WANTS_DATAGRAMS))
		return;
	conn = on_datagram(sk, bytes, true);
	if (!(wanted.io & WANTS_NAMES) || sk->__sk_common.skc_dport)
		return;
	if (conn && conn->looks < MOST_LOOKS)
		look_for_question(&conn->looks, bytes);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(socket_read, const struct sock *sk, int ret, int flags)
{
	/* Nothing was taken out of the socket: an error, a look, a message about something sent. */
	if (ret < 0 || flags & (MSG_PEEK | MSG_ERRQUEUE))
		return 0;
	if (sk && sk->sk_protocol == IPPROTO_TCP) {
		/* 0 bytes: the end. */
		if (ret && wanted.io & WANTS_RESPONSES)
			on_read(sk, flags);
	} else if (is_udp(sk)) {
		on_datagram_read(sk, ret);
	}
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(socket_written, const struct sock *sk, int ret, int flags)
{
	if (ret < 0)
		return 0;
	if (sk && sk->sk_protocol == IPPROTO_TCP) {
		if (ret && wanted.io & WANTS_RESPONSES)
			on_write(sk);
	} else if (is_udp(sk)) {
		on_datagram_written(sk, ret);
	}
	return 0;
}
