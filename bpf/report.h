/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a socket to its counters, and what grew since the last report. */
#ifndef NETTRACER_REPORT_H
#define NETTRACER_REPORT_H

#include "flow.h"
#include "maps.h"
#include "record.h"
#include "signals.h"
#include "socket.h"

/*
 * The cumulative counters of a socket. A pass (`is_pass`) reads without the socket's lock: what is taken
 * off is read last, so that a difference is at worst too small, and the next report has the rest.
 */
static __always_inline void read_socket(struct reported *now, const struct tcp_sock *tp,
					const struct sock *sk, const struct connection *conn,
					bool is_pass)
{
	bool maybe_fin = false;
	__u64 sent;

	/* Not bytes_sent: that counts again what a local filter or a full queue refused. Sequence
	 * numbers tell what was sent for the first time; those of SYN and FIN are not payload.
	 */
	now->bytes_tx = tp->bytes_acked + (__u32)(tp->snd_nxt - tp->snd_una);
	sent = tp->bytes_sent;
	now->bytes_rx = tp->bytes_received;
	now->pkts_tx = tp->segs_out;
	now->pkts_rx = tp->segs_in;
	barrier();
	/* A FIN is in bytes_received shortly before SOCK_DONE says so, under the lock. Not locked any
	 * more, and not said: no FIN. Locked: one byte waits for the next report.
	 */
	if (is_pass)
		maybe_fin = is_locked(sk);
	barrier();
	now->bytes_rx -= has_remote_fin(sk) | maybe_fin;
	now->pkts_retr = tp->total_retrans;
	now->bytes_tx -= (conn->role == ROLE_CLIENT);
	now->bytes_tx -= conn->is_fin_queued && is_all_sent(tp);
	now->pkts_tx -= now->pkts_retr;
	/* An acknowledgement adds to bytes_acked a moment before it moves snd_una: too much, for a pass. */
	sent -= tp->bytes_retrans;
	if (is_pass && (__s64)(now->bytes_tx - sent) > 0)
		now->bytes_tx = sent;
	now->pkts_retr_syn = conn->syn_retr;
	now->resets_tx = conn->resets_tx;
	now->resets_rx = conn->resets_rx;
	/* Else clang selects between two pointers of different types, which the verifier refuses. */
	barrier();
	if (!conn->is_established)
		now->pkts_retr_syn = now->pkts_retr;
	read_signals(now, tp, sk, conn, is_pass);
}

/* Growth of a counter that may have been read out of step: never negative, caught up with later. */
#define TAKE(field, type)                                                                          \
	do {                                                                                       \
		__u64 by = without_negative((__s64)(type)(now->field - conn->reported.field));     \
                                                                                                   \
		growth->field = by;                                                                \
		conn->reported.field += by;                                                        \
	} while (0)

static __always_inline bool has_changed(const struct connection *conn, const struct reported *now)
{
	const struct reported *was = &conn->reported;

	/* Segments are counted some time before their bytes, so both are compared. */
	return now->bytes_rx != was->bytes_rx || now->bytes_tx != was->bytes_tx ||
	       now->pkts_rx != was->pkts_rx || now->pkts_tx != was->pkts_tx ||
	       now->pkts_retr != was->pkts_retr || now->resets_tx != was->resets_tx ||
	       conn->is_counted != conn->is_established || conn->is_opening_unreported ||
	       conn->accept_duration || have_signals_changed(was, now);
}

/* take_growth() with the lock held, where no function may be called; `total` is clear, `jiffy` is in us. */
static __always_inline void take_growth_locked(struct connection *conn, const struct reported *now,
					       struct total *total, __u32 jiffy, bool is_end)
{
	struct counters *growth = &total->counters;

	total->flow = conn->flow;
	TAKE(bytes_tx, __s64);
	TAKE(bytes_rx, __s64);
	TAKE(pkts_tx, __s32);
	TAKE(pkts_rx, __s32);
	TAKE(pkts_retr, __s32);
	TAKE(pkts_retr_syn, __s32);
	TAKE(resets_tx, __s32);
	TAKE(resets_rx, __s32);
	take_signals(conn, now, growth, jiffy);
	/* Written only if set: a state change may set it at this very moment. */
	growth->opened = conn->is_opening_unreported;
	if (growth->opened)
		conn->is_opening_unreported = 0;
	/* connect() may fail before its SYN is sent. */
	if (conn->is_attempt_unreported && now->pkts_tx) {
		growth->attempts = 1;
		conn->is_attempt_unreported = 0;
	}
	if (is_end) {
		growth->active = -conn->is_counted;
		conn->is_counted = 0;
		conn->kind = KIND_ENDED;
	} else if (conn->is_established && !conn->is_counted && conn->kind == KIND_CONNECTION) {
		growth->active = 1;
		conn->is_counted = 1;
	}
}

/*
 * Moves what grew into `total` and marks it as reported, once for all CPUs; with the flow of that moment, as a
 * hand-over may be under way. With `is_end` nothing is reported after it but a late reset.
 */
static __always_inline void take_growth(struct connection *conn, const struct reported *now,
					struct total *total, bool is_end)
{
	__u32 jiffy = length_of_jiffy(bpf_jiffies64());

	clear_total(total);
	bpf_spin_lock(&conn->lock);
	take_growth_locked(conn, now, total, jiffy, is_end);
	bpf_spin_unlock(&conn->lock);
}

/* The readings of a record whose total was just taken. */
static __always_inline void fill_record(struct connection_record *record,
					const struct connection *conn, const struct sock *sk,
					const struct tcp_sock *tp)
{
	start_record(record, RECORD_CONNECTION, sk, kept_tcp_port(tp));
	record->srtt = tp->srtt_us >> 3;
	record->rtt_variance = tp->mdev_us >> 2;
	if (record->total.counters.opened && conn->role == ROLE_CLIENT && !conn->is_adopted)
		record->connect_duration = conn->established_time - conn->start_time;
}

/* A pass and an end may report the same socket at once: one of them takes it. */
static __always_inline void take_accept(struct connection_record *record, struct connection *conn)
{
	if (conn->accept_duration)
		record->accept_duration = __sync_lock_test_and_set(&conn->accept_duration, 0);
}

/*
 * How long the connection at the head of the accept queue has been established, in ms. A socket sends
 * nothing before it is accepted, so its last sending is still when it was made. Read without a lock:
 * believed only if the head is the same afterwards.
 */
static __always_inline __u32 oldest_wait(const struct sock *sk)
{
	const struct inet_connection_sock *icsk = (const void *)sk;
	struct request_sock *head = BPF_CORE_READ(icsk, icsk_accept_queue.rskq_accept_head);
	__u64 jiffies = bpf_jiffies64();
	const struct tcp_sock *waiting;
	__s32 age;

	if (!head || !sk->sk_ack_backlog)
		return 0;
	waiting = (const void *)BPF_CORE_READ(head, sk);
	if (!waiting)
		return 0;
	age = (__u32)jiffies - BPF_CORE_READ(waiting, lsndtime);
	if (age <= 0 || BPF_CORE_READ(icsk, icsk_accept_queue.rskq_accept_head) != head)
		return 0;
	return (__u64)age * length_of_jiffy(jiffies) / 1000;
}

/* A listener keeps what was reported of its drops in pkts_rx, of its SYN-ACKs in pkts_retr_syn. */
static __always_inline void fill_listener(struct listener_record *record, const struct sock *sk,
					  const struct connection *conn)
{
	record->header.kind = RECORD_LISTENER;
	record->header.size = sizeof(*record);
	record->flow = conn->flow;
	local_address(sk, record->local_address);
	record->backlog = sk->sk_ack_backlog;
	record->backlog_limit = sk->sk_max_ack_backlog;
	record->overflows = (__u32)sk->sk_drops.counter - conn->reported.pkts_rx;
	record->synack_retr = conn->resets_tx - conn->reported.pkts_retr_syn;
	record->is_closed = 0;
	record->oldest_wait = oldest_wait(sk);
}

static __always_inline void add_to(struct counters *sum, const struct counters *growth)
{
	__sync_fetch_and_add(&sum->bytes_tx, growth->bytes_tx);
	__sync_fetch_and_add(&sum->bytes_rx, growth->bytes_rx);
	__sync_fetch_and_add(&sum->pkts_tx, growth->pkts_tx);
	__sync_fetch_and_add(&sum->pkts_rx, growth->pkts_rx);
	__sync_fetch_and_add(&sum->pkts_retr, growth->pkts_retr);
	__sync_fetch_and_add(&sum->pkts_retr_syn, growth->pkts_retr_syn);
	__sync_fetch_and_add(&sum->resets_tx, growth->resets_tx);
	__sync_fetch_and_add(&sum->resets_rx, growth->resets_rx);
	__sync_fetch_and_add(&sum->opened, growth->opened);
	__sync_fetch_and_add(&sum->closed, growth->closed);
	__sync_fetch_and_add(&sum->failed, growth->failed);
	__sync_fetch_and_add(&sum->active, growth->active);
	__sync_fetch_and_add(&sum->attempts, growth->attempts);
	__sync_fetch_and_add(&sum->handed_over, growth->handed_over);
	__sync_fetch_and_add(&sum->stray_resets, growth->stray_resets);
	__sync_fetch_and_add(&sum->drops, growth->drops);
	add_signals(sum, growth);
}

/* The ring is full: the counters go to the remainder of their flow, and arrive with the next pass. */
static __always_inline void keep_remainder(const struct total *total)
{
	static const struct counters none;
	struct counters *sum;
	void *map = &remainder_1;

	if (is_first_map_filled())
		map = &remainder_0;
	sum = bpf_map_lookup_elem(map, total);
	if (!sum) {
		bpf_map_update_elem(map, total, &none, BPF_NOEXIST);
		sum = bpf_map_lookup_elem(map, total);
	}
	if (!sum) {
		count_loss(LOSS_REMAINDER_FULL);
		return;
	}
	add_to(sum, &total->counters);
	count_loss(LOSS_RING_FULL);
}

#endif
