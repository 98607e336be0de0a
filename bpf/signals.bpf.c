// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Segments sent again, by what made the kernel do so. */
#include "maps.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] __weak SEC("license") = "Dual BSD/GPL";

#define FLAG_FIN 0x01

static __always_inline bool is_fin(const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = (const void *)skb->cb;
	__u8 flags = 0;

	bpf_core_read(&flags, sizeof(flags), &cb->tcp_flags);
	return flags & FLAG_FIN;
}

/*
 * The kernel's own rules: in loss it has had a timeout. The first segment went out with the timer, those
 * after it (TCPSlowStartRetrans) as acknowledgements came. Else it counts TCPFastRetrans, also where it has
 * left recovery again; but for a loss probe, whose timer is still pending while it sends what nobody takes
 * for lost.
 */
SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(segment_retransmitted, const struct sock *sk, const struct sk_buff *skb)
{
	struct connection *conn = bpf_sk_storage_get(&connections, (void *)sk, NULL, 0);
	const struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	bool is_probe;
	__u32 total;
	__s32 grown;
	__u8 state;
	bool fin;

	if (!conn || conn->kind != KIND_CONNECTION || !conn->is_established || !tp || !skb)
		return 0;
	total = tp->total_retrans;
	state = BPF_CORE_READ_BITFIELD(&tp->inet_conn, icsk_ca_state);
	is_probe = state < TCP_CA_Recovery && !tp->lost_out &&
		   tp->inet_conn.icsk_pending == ICSK_TIME_LOSS_PROBE;
	fin = is_fin(skb);

	bpf_spin_lock(&conn->lock);
	grown = total - conn->retr_seen;
	/* Else a pass was quicker, and reported it. */
	if (grown > 0) {
		conn->retr_seen = total;
		if (is_probe)
			conn->retr_tail_probe += grown;
		else if (state == TCP_CA_Loss)
			conn->retr_timeout += grown;
		else
			conn->retr_fast += grown;
	}
	conn->fin_retr += fin;
	bpf_spin_unlock(&conn->lock);
	return 0;
}
