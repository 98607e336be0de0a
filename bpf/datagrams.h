/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a UDP socket's storage holds. The kernel keeps no counters of it, so `reported` has what is not
 * reported yet, added to and taken by single instructions; `pkts_retr` in it: drops that are reported.
 */
#ifndef NETTRACER_DATAGRAMS_H
#define NETTRACER_DATAGRAMS_H

#include "report.h"
#include "responses.h"

#include <bpf/bpf_core_read.h>

/* Netlink has protocols of the same numbers, and so have raw sockets. */
static __always_inline bool is_udp(const struct sock *sk)
{
	__u16 family;

	if (!sk || sk->sk_protocol != IPPROTO_UDP || sk->sk_type != SOCK_DGRAM)
		return false;
	family = sk->__sk_common.skc_family;
	return family == AF_INET || family == AF_INET6;
}

/* Datagrams that found the receive queue full, or were wrong, in the socket's life. */
static __always_inline __u32 drops_of(const struct sock *sk)
{
	if (bpf_core_field_exists(struct sock, sk_drop_counters)) {
		const struct numa_drop_counters *counters = sk->sk_drop_counters;

		if (counters)
			return counters->drops0.counter + counters->drops1.counter;
	}
	return sk->sk_drops.counter;
}

/* All of the flow but the process. A socket that is not connected has no remote end: any may be. */
static __always_inline void fill_datagram_flow(struct flow *flow, const struct sock *sk, __u8 role)
{
	fill_flow(flow, sk, role);
	flow->protocol = IPPROTO_UDP;
	if (!sk->__sk_common.skc_dport)
		flow->is_same_host = 0;
}

static __always_inline void begin_datagrams(struct connection *conn, const struct sock *sk)
{
	fill_datagram_flow(&conn->flow, sk, ROLE_UNKNOWN);
	conn->kind = KIND_DATAGRAMS;
}

static __always_inline bool has_unreported(const struct connection *conn, const struct sock *sk)
{
	return conn->reported.pkts_tx || conn->reported.pkts_rx ||
	       conn->reported.pkts_retr != drops_of(sk);
}

/*
 * Moves what is not reported yet into `total`, with the flow that it is of. With `next` the socket has that flow
 * from now on, and is no active one until it is reported again; nor is it with `is_end`.
 */
static __noinline void take_datagrams(struct connection *conn, const struct sock *sk,
				      struct total *total, const struct flow *next, bool is_end)
{
	struct counters *growth = &total->counters;
	__u32 drops = drops_of(sk);
	bool is_open;

	clear_total(total);
	bpf_spin_lock(&conn->lock);
	total->flow = conn->flow;
	growth->bytes_tx = __sync_lock_test_and_set(&conn->reported.bytes_tx, 0);
	growth->bytes_rx = __sync_lock_test_and_set(&conn->reported.bytes_rx, 0);
	growth->pkts_tx = __sync_lock_test_and_set(&conn->reported.pkts_tx, 0);
	growth->pkts_rx = __sync_lock_test_and_set(&conn->reported.pkts_rx, 0);
	growth->drops = drops - __sync_lock_test_and_set(&conn->reported.pkts_retr, drops);
	/* A pass may come to a socket that is released at this very moment. */
	is_open = !is_end && !next && conn->kind == KIND_DATAGRAMS;
	growth->active = is_open - conn->is_counted;
	conn->is_counted = is_open;
	if (next)
		conn->flow = *next;
	bpf_spin_unlock(&conn->lock);
}

static __always_inline void change_to(struct connection *conn, const struct flow *next)
{
	if (!next)
		return;
	bpf_spin_lock(&conn->lock);
	conn->flow = *next;
	bpf_spin_unlock(&conn->lock);
}

/* Reports what there is as the flow's that it still has; `next` is the one that it has then, or NULL. */
static __always_inline void end_datagrams(struct connection *conn, const struct sock *sk,
					  const struct flow *next)
{
	struct connection_record *record;

	end_responses(conn, sk);
	if (!conn->is_counted && !has_unreported(conn, sk)) {
		change_to(conn, next);
		return;
	}
	record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
	if (record) {
		start_record(record, RECORD_CONNECTION, sk, kept_port(sk));
		take_datagrams(conn, sk, &record->total, next, true);
		bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	} else {
		struct total total;

		take_datagrams(conn, sk, &total, next, true);
		keep_remainder(&total);
	}
}

#endif
