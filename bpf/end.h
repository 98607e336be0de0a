/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One connection told of at its end, for those who want each of them and not sums only. */
#ifndef NETTRACER_END_H
#define NETTRACER_END_H

#include "report.h"
#include "socket.h"

#define UNKNOWN_COUNT (~0U)

/* Established before it was adopted: both its times are when it was adopted. */
static __always_inline bool is_opening_unknown(const struct connection *conn)
{
	return conn->is_adopted && conn->is_established &&
	       conn->established_time == conn->start_time;
}

static __always_inline void fill_end_times(struct end_record *record, const struct connection *conn)
{
	record->end_time = bpf_ktime_get_boot_ns();
	record->is_adopted = conn->is_adopted;
	if (!conn->is_adopted)
		record->start_time = conn->start_time;
	if (conn->is_established && !is_opening_unknown(conn))
		record->established_time = conn->established_time;
}

static __always_inline void fill_end_totals(struct end_record *record,
					    const struct connection *conn,
					    const struct tcp_sock *tp, const struct reported *now)
{
	record->bytes_tx = now->bytes_tx;
	record->bytes_rx = now->bytes_rx;
	/* SYN-ACKs sent again are in total_retrans only: they were sent before there was a socket. */
	record->pkts_tx = now->pkts_tx + conn->synack_retr;
	record->pkts_rx = now->pkts_rx;
	record->pkts_retr = now->pkts_retr;
	record->pkts_retr_syn =
		is_opening_unknown(conn) ? UNKNOWN_COUNT : now->pkts_retr_syn + conn->synack_retr;
	record->srtt = tp->srtt_us >> 3;
	record->rtt_variance = tp->mdev_us >> 2;
	record->rtt_min = tp->rtt_min.s[0].v;
}

static __always_inline void fill_end_reason(struct end_record *record,
					    const struct connection *conn, const struct sock *sk,
					    const struct tcp_sock *tp)
{
	record->error = sk->sk_err;
	record->fin_tx = conn->is_fin_queued && is_all_sent(tp);
	record->fin_rx = has_remote_fin(sk);
	/* The reset of an abort is sent after this. */
	record->rst_tx = conn->resets_tx || record->close_reason == CLOSE_LOCAL_RESET;
	record->rst_rx = conn->resets_rx || record->close_reason == CLOSE_REMOTE_RESET;
}

static __always_inline void tell_end(const struct connection *conn, const struct sock *sk,
				     const struct tcp_sock *tp, const struct reported *now,
				     const struct total *total)
{
	struct end_record *record;

	record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
	if (!record) {
		count_loss(LOSS_END);
		return;
	}
	__builtin_memset(record, 0, sizeof(*record));
	record->header.kind = RECORD_END;
	record->header.size = sizeof(*record);
	record->flow = total->flow;
	record->close_reason = total->close_reason;
	record->failure_type = total->failure_type;
	fill_endpoints(&record->endpoints, sk, kept_tcp_port(tp));
	fill_end_times(record, conn);
	fill_end_totals(record, conn, tp, now);
	fill_end_reason(record, conn, sk, tp);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

#endif
