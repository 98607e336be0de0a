/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a socket tells of who the brake is, and of the network between: read, compared, taken. */
#ifndef NETTRACER_SIGNALS_H
#define NETTRACER_SIGNALS_H

#include "maps.h"
#include "socket.h"

#include <bpf/bpf_core_read.h>

#define MS_IN_NS 1000000ULL
/* Jiffies begin this long before their low 32 bits wrap: INITIAL_JIFFIES. */
#define JIFFIES_WRAP_MS 300000
#define JIFFIES_FIRST_WRAP (1ULL << 32)

/* USEC_PER_SEC / HZ, as TCP_INFO multiplies with it; 0 until known. */
__u32 jiffy_us __weak;

/*
 * HZ is in no type information, and the kernel's configuration is not readable everywhere. Jiffies and
 * CLOCK_MONOTONIC both run since boot, so one reading of both tells; but not in the seconds around the
 * wrap, where any HZ would do.
 */
static __always_inline __u32 length_of_jiffy(__u64 jiffies)
{
	__u64 rate;
	__u64 ms;

	if (jiffy_us)
		return jiffy_us;
	ms = bpf_ktime_get_ns() / MS_IN_NS;
	if (ms > JIFFIES_WRAP_MS + 20000 && jiffies > JIFFIES_FIRST_WRAP)
		rate = (jiffies - JIFFIES_FIRST_WRAP) * 1000 / (ms - JIFFIES_WRAP_MS);
	else if (ms + 20000 < JIFFIES_WRAP_MS && jiffies < JIFFIES_FIRST_WRAP)
		rate = (JIFFIES_FIRST_WRAP - jiffies) * 1000 / (JIFFIES_WRAP_MS - ms);
	else
		return 0;
	if (rate < 175)
		jiffy_us = 1000000 / 100;
	else if (rate < 275)
		jiffy_us = 1000000 / 250;
	else if (rate < 400)
		jiffy_us = 1000000 / 300;
	else if (rate < 750)
		jiffy_us = 1000000 / 500;
	else
		jiffy_us = 1000000 / 1000;
	/* Read again: else the verifier follows each of them to the end. */
	barrier();
	return jiffy_us;
}

/*
 * As tcp_get_info_chrono_stats() does, the running period included. A pass reads without the socket's
 * lock: if the kernel switched meanwhile, or may be about to, what was reported stands until the next one.
 */
static __always_inline void read_limited(struct reported *now, const struct tcp_sock *tp,
					 const struct sock *sk, const struct connection *conn,
					 bool is_pass)
{
	__u32 start = tp->chrono_start;
	__u32 type;
	__u32 runs;

	barrier();
	now->limited[0] = tp->chrono_stat[0];
	now->limited[1] = tp->chrono_stat[1];
	now->limited[2] = tp->chrono_stat[2];
	type = BPF_CORE_READ_BITFIELD(tp, chrono_type);
	barrier();
	if (type) {
		runs = (__u32)bpf_jiffies64() - start;
		if (type == TCP_CHRONO_BUSY)
			now->limited[0] += runs;
		else if (type == TCP_CHRONO_RWND_LIMITED)
			now->limited[1] += runs;
		else
			now->limited[2] += runs;
	}
	if (is_pass && (is_locked(sk) || tp->chrono_start != start)) {
		now->limited[0] = conn->reported.limited[0];
		now->limited[1] = conn->reported.limited[1];
		now->limited[2] = conn->reported.limited[2];
	}
}

static __always_inline void read_signals(struct reported *now, const struct tcp_sock *tp,
					 const struct sock *sk, const struct connection *conn,
					 bool is_pass)
{
	bool has_fin = has_remote_fin(sk);

	read_limited(now, tp, sk, conn, is_pass);
	now->pkts_rx_ooo = tp->rcv_ooopack;
	now->pkts_spurious = tp->dsack_dups;
	now->pkts_ce = tp->delivered_ce;
	now->reorderings = tp->reord_seen;
	now->timeouts = 0;
	if (bpf_core_field_exists(tp->total_rto))
		now->timeouts = tp->total_rto;
	now->fins = 0;
	if (conn->is_fin_queued && is_all_sent(tp))
		now->fins |= DIRECTION_TX;
	now->fins |= has_fin * DIRECTION_RX;
	now->closed_windows = conn->reported.closed_windows;
	/* A connection that ends has windows that mean nothing. */
	if (!is_pass || !conn->is_established)
		return;
	now->closed_windows = 0;
	if (!has_fin && (__s32)(tp->rcv_wup + tp->rcv_wnd - tp->rcv_nxt) <= 0)
		now->closed_windows |= DIRECTION_TX;
	if (!tp->snd_wnd)
		now->closed_windows |= DIRECTION_RX;
}

/* Only what may change without a segment. */
static __always_inline bool have_signals_changed(const struct reported *was,
						 const struct reported *now)
{
	return now->limited[0] != was->limited[0] || now->limited[1] != was->limited[1] ||
	       now->limited[2] != was->limited[2] || now->closed_windows != was->closed_windows;
}

/*
 * Zero for a negative number, without a branch: the verifier follows each combination of branches, and
 * two dozen counters in a row are more than those of older kernels have the patience for.
 */
static __always_inline __u64 without_negative(__s64 number)
{
	__u64 keep = ~(number >> 63);

	barrier_var(keep);
	return number & keep;
}

/* Zero unless it grew: what a pass read may be older than what was reported. */
static __always_inline __u32 grown(__u32 *was, __u32 now)
{
	__u32 by = without_negative((__s32)(now - *was));

	*was += by;
	return by;
}

/* What is of an established connection: before that it sends nothing again but SYNs. */
static __always_inline void
take_retransmissions(struct connection *conn, const struct reported *now, struct counters *growth)
{
	if (!conn->is_established) {
		conn->retr_seen = now->pkts_retr;
		return;
	}
	growth->retr_fast = conn->retr_fast;
	growth->retr_timeout = conn->retr_timeout;
	growth->retr_tail_probe = conn->retr_tail_probe;
	growth->retr_other = grown(&conn->retr_seen, now->pkts_retr);
	conn->retr_fast = 0;
	conn->retr_timeout = 0;
	conn->retr_tail_probe = 0;
}

/* Part of take_growth(): under the lock, where no function may be called. `jiffy` is in us. */
static __always_inline void take_signals(struct connection *conn, const struct reported *now,
					 struct counters *growth, __u32 jiffy)
{
	struct reported *was = &conn->reported;
	__u8 fins = now->fins & ~was->fins;
	__u8 closed = now->closed_windows & ~was->closed_windows;

	if (jiffy) {
		growth->limited_network = (__u64)grown(&was->limited[0], now->limited[0]) * jiffy;
		growth->limited_receiver = (__u64)grown(&was->limited[1], now->limited[1]) * jiffy;
		growth->limited_sender = (__u64)grown(&was->limited[2], now->limited[2]) * jiffy;
	}
	take_retransmissions(conn, now, growth);
	growth->pkts_rx_ooo = grown(&was->pkts_rx_ooo, now->pkts_rx_ooo);
	growth->pkts_spurious = grown(&was->pkts_spurious, now->pkts_spurious);
	growth->pkts_ce = grown(&was->pkts_ce, now->pkts_ce);
	growth->reorderings = grown(&was->reorderings, now->reorderings);
	growth->timeouts = without_negative((__s16)(now->timeouts - was->timeouts));
	was->timeouts += growth->timeouts;
	growth->windows_closed_tx = closed & DIRECTION_TX;
	growth->windows_closed_rx = (closed & DIRECTION_RX) >> 1;
	growth->fins_tx = (fins & DIRECTION_TX) + conn->fin_retr;
	growth->fins_rx = (fins & DIRECTION_RX) >> 1;
	was->closed_windows = now->closed_windows;
	was->fins |= fins;
	conn->fin_retr = 0;
	growth->signals =
		(growth->limited_network | growth->limited_receiver | growth->limited_sender |
		 growth->retr_fast | growth->retr_timeout | growth->retr_tail_probe |
		 growth->retr_other | growth->pkts_rx_ooo | growth->pkts_spurious |
		 growth->pkts_ce | growth->reorderings | growth->timeouts | closed) != 0;
}

static __always_inline void add_signals(struct counters *sum, const struct counters *growth)
{
	__sync_fetch_and_add(&sum->signals, growth->signals);
	__sync_fetch_and_add(&sum->limited_network, growth->limited_network);
	__sync_fetch_and_add(&sum->limited_receiver, growth->limited_receiver);
	__sync_fetch_and_add(&sum->limited_sender, growth->limited_sender);
	__sync_fetch_and_add(&sum->retr_fast, growth->retr_fast);
	__sync_fetch_and_add(&sum->retr_timeout, growth->retr_timeout);
	__sync_fetch_and_add(&sum->retr_tail_probe, growth->retr_tail_probe);
	__sync_fetch_and_add(&sum->retr_other, growth->retr_other);
	__sync_fetch_and_add(&sum->timeouts, growth->timeouts);
	__sync_fetch_and_add(&sum->pkts_rx_ooo, growth->pkts_rx_ooo);
	__sync_fetch_and_add(&sum->pkts_spurious, growth->pkts_spurious);
	__sync_fetch_and_add(&sum->pkts_ce, growth->pkts_ce);
	__sync_fetch_and_add(&sum->reorderings, growth->reorderings);
	__sync_fetch_and_add(&sum->windows_closed_tx, growth->windows_closed_tx);
	__sync_fetch_and_add(&sum->windows_closed_rx, growth->windows_closed_rx);
	__sync_fetch_and_add(&sum->fins_tx, growth->fins_tx);
	__sync_fetch_and_add(&sum->fins_rx, growth->fins_rx);
}

#endif
