/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The storage of a connection, from its beginning to being established. */
#ifndef NETTRACER_BEGIN_H
#define NETTRACER_BEGIN_H

#include "report.h"

static __always_inline struct connection *storage_of(const struct sock *sk)
{
	return bpf_sk_storage_get(&connections, (void *)sk, NULL, 0);
}

static __always_inline struct connection *new_storage(const struct sock *sk)
{
	struct connection *conn =
		bpf_sk_storage_get(&connections, (void *)sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	if (!conn)
		count_loss(LOSS_STORAGE);
	return conn;
}

/* But for the kind and the process, which are not of the connection alone. */
static __always_inline void clear(struct connection *conn)
{
	const __u64 flags = offsetof(struct connection, role);
	const __u64 counts = offsetof(struct connection, reported);

	__builtin_memset((void *)conn + flags, 0,
			 offsetof(struct connection, request_time) - flags);
	__builtin_memset((void *)conn + counts, 0, sizeof(*conn) - counts);
	conn->is_established = 0;
	conn->is_counted = 0;
	conn->request_time = 0;
}

/* A new connection on this storage: a socket may connect again after its first one ended. */
static __always_inline void begin(struct connection *conn, const struct sock *sk, __u8 role)
{
	fill_flow(&conn->flow, sk, role);
	if (conn->kind != KIND_NEW)
		clear(conn);
	conn->role = role;
	conn->start_time = bpf_ktime_get_boot_ns();
	conn->established_time = conn->start_time;
	/* From now on a pass reports it. */
	barrier();
	conn->kind = KIND_CONNECTION;
	count_life(LIFE_BEGUN);
}

/* Accepted. The storage is the listener's clone, and so is the owner until a better one is met. */
static __always_inline void begin_accepted(struct connection *conn, const struct sock *sk,
					   const struct tcp_sock *tp)
{
	begin(conn, sk, ROLE_SERVER);
	conn->has_owner = 0;
	if (!tp->total_retrans)
		return;
	/* Its SYN-ACKs sent again were counted by the listener. */
	conn->synack_retr = tp->total_retrans;
	conn->retr_seen = tp->total_retrans;
	conn->reported.pkts_retr = tp->total_retrans;
	conn->reported.pkts_tx = -tp->total_retrans;
}

static __always_inline void mark_established(struct connection *conn)
{
	conn->is_established = 1;
	conn->is_opening_unreported = 1;
}

/* A client that was answered: what it sent again until then were SYNs. Nearly always there is nothing to store. */
static __always_inline void note_syn_retr(struct connection *conn, const struct tcp_sock *tp)
{
	if (!tp->total_retrans)
		return;
	conn->syn_retr = tp->total_retrans;
	conn->retr_seen = tp->total_retrans;
}

/*
 * The kernel does not run a program that it has just interrupted on the same CPU: about one state change
 * in 100,000 is missed (counted by the kernel). What comes after a state tells that it was there; nobody looks at
 * CLOSE_WAIT but so.
 */
static __always_inline void make_up(struct connection *conn, const struct sock *sk,
				    const struct tcp_sock *tp, int old_state)
{
	if (old_state == TCP_SYN_SENT || old_state == TCP_SYN_RECV || old_state == TCP_LISTEN ||
	    old_state == TCP_CLOSE)
		return;
	if (conn->kind == KIND_LISTENER)
		begin_accepted(conn, sk, tp);
	if (conn->kind == KIND_CONNECTION && !conn->is_established) {
		note_syn_retr(conn, tp);
		mark_established(conn);
	}
	if (conn->first_fin == CLOSE_NONE) {
		if (old_state == TCP_CLOSE_WAIT || old_state == TCP_LAST_ACK)
			conn->first_fin = CLOSE_REMOTE_FIN;
		else if (old_state != TCP_ESTABLISHED)
			conn->first_fin = CLOSE_LOCAL_FIN;
	}
	if (old_state != TCP_ESTABLISHED && old_state != TCP_CLOSE_WAIT)
		conn->is_fin_queued = 1;
}

#endif
