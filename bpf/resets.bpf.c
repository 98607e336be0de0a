// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Resets sent and received, SYNs to ports without a listener, SYN-ACKs sent again. */
#include "report.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] __weak SEC("license") = "Dual BSD/GPL";

#define FLAG_SYN 0x02
#define FLAG_RST 0x04
#define FLAG_ACK 0x10

struct tcp_start { /* the first bytes of a TCP header, RFC 9293 */
	__be16 source;
	__be16 dest;
	__be32 seq;
	__be32 ack_seq;
	__u8 offset;
	__u8 flags;
};

static __always_inline struct rejection_counts *counts_of(struct rejection_key *key)
{
	struct rejection_counts none = {};
	struct rejection_counts *counts;
	void *map = &rejections_1;

	if (is_first_map_filled())
		map = &rejections_0;
	counts = bpf_map_lookup_elem(map, key);
	if (counts)
		return counts;
	bpf_map_update_elem(map, key, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

static __always_inline bool read_header(const struct sk_buff *skb, struct tcp_start *tcp)
{
	return !bpf_probe_read_kernel(tcp, sizeof(*tcp), skb->head + skb->transport_header);
}

/* A segment that no socket wanted was answered with a reset. */
static __always_inline void count_rejection(const struct sk_buff *skb, const struct tcp_start *tcp)
{
	struct rejection_counts *counts;
	struct rejection_key key = {};

	key.netns = BPF_CORE_READ(skb, dev, nd_net.net, ns.inum);
	key.port = bpf_ntohs(tcp->dest);
	key.ip_version = skb->protocol == bpf_htons(ETH_P_IP) ? 4 : 6;
	counts = counts_of(&key);
	if (!counts) {
		/* A port scan filled the table: the rest is one entry, made by user space. */
		key.netns = 0;
		key.port = 0;
		key.ip_version = 0;
		counts = counts_of(&key);
	}
	if (!counts) {
		count_loss(LOSS_REMAINDER_FULL);
		return;
	}
	__sync_fetch_and_add(&counts->resets, 1);
	if ((tcp->flags & (FLAG_SYN | FLAG_ACK)) == FLAG_SYN)
		__sync_fetch_and_add(&counts->rejects, 1);
}

/*
 * A reset by tcp_v4_send_reset() answers a segment and is in no counter of the socket. The reset of an
 * abort is one of the socket's, but sent after it was closed and its last record written.
 */
static __noinline void take_reset(struct connection *conn, const struct sock *sk,
				  const struct tcp_sock *tp, struct total *total, bool is_stray)
{
	struct reported now;

	if (conn->kind == KIND_ENDED) {
		read_socket(&now, tp, sk, conn, false);
		take_growth(conn, &now, total, true);
	} else {
		clear_total(total);
		bpf_spin_lock(&conn->lock);
		total->flow = conn->flow;
		bpf_spin_unlock(&conn->lock);
	}
	total->counters.stray_resets = is_stray;
}

/* Without readings: they come with a report of its own. */
static __always_inline void report_reset(const struct sock *sk, struct connection *conn,
					 bool is_stray)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	struct connection_record *record;

	if (!tp)
		return;
	record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
	if (record) {
		start_record(record, RECORD_COUNTERS, sk, kept_tcp_port(tp));
		take_reset(conn, sk, tp, &record->total, is_stray);
		bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	} else {
		struct total total;

		take_reset(conn, sk, tp, &total, is_stray);
		keep_remainder(&total);
	}
}

SEC("tp_btf/tcp_send_reset")
int BPF_PROG(reset_sent, const struct sock *sk, const struct sk_buff *skb)
{
	struct connection *conn = NULL;
	struct tcp_start tcp;

	if (sk)
		conn = bpf_sk_storage_get(&connections, (void *)sk, NULL, 0);
	if (conn && conn->kind != KIND_LISTENER) {
		__sync_fetch_and_add(&conn->resets_tx, 1);
		if (conn->kind == KIND_ENDED || skb)
			report_reset(sk, conn, skb != NULL);
	} else if (skb && read_header(skb, &tcp)) {
		count_rejection(skb, &tcp);
	}
	return 0;
}

static __always_inline bool is_tcp(const struct sk_buff *skb)
{
	const unsigned char *header = skb->head + skb->network_header;
	__u8 protocol = 0;

	/* IPv4: protocol. IPv6: next header. */
	header += skb->protocol == bpf_htons(ETH_P_IP) ? 9 : 6;
	bpf_probe_read_kernel(&protocol, sizeof(protocol), header);
	return protocol == IPPROTO_TCP;
}

/*
 * Before Linux 6.10 tcp_send_reset keeps silent where there is no socket, but the segment that is answered so
 * is then dropped for that reason.
 */
SEC("tp_btf/kfree_skb")
int BPF_PROG(segment_dropped, const struct sk_buff *skb, void *location, __u32 reason)
{
	struct tcp_start tcp;

	if (reason != bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_NO_SOCKET) ||
	    bpf_core_type_exists(enum sk_rst_reason))
		return 0;
	if (is_tcp(skb) && read_header(skb, &tcp) && !(tcp.flags & FLAG_RST))
		count_rejection(skb, &tcp);
	return 0;
}

/*
 * A process that closed while the remote end still sends: the kernel drops the connection on the first
 * such segment through the same function as for a reset that came, and sends one itself.
 */
static __always_inline bool is_abort_on_data(const struct sock *sk, const struct connection *conn)
{
	const struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	int state = sk->__sk_common.skc_state;

	if (!tp || !(sk->sk_shutdown & RCV_SHUTDOWN) ||
	    (state != TCP_FIN_WAIT1 && state != TCP_FIN_WAIT2))
		return false;
	/* A segment with data came, but none of it was taken. */
	return tp->data_segs_in != conn->data_segs_at_fin &&
	       (__u32)tp->bytes_received == conn->bytes_rx_at_fin;
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(reset_received, const struct sock *sk)
{
	struct connection *conn = bpf_sk_storage_get(&connections, (void *)sk, NULL, 0);

	if (!conn || conn->kind != KIND_CONNECTION)
		return 0;
	if (is_abort_on_data(sk, conn))
		conn->is_aborted_on_data = 1;
	else
		__sync_fetch_and_add(&conn->resets_rx, 1);
	return 0;
}

SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(synack_retransmitted, const struct sock *sk)
{
	struct connection *listener = bpf_sk_storage_get(&connections, (void *)sk, NULL, 0);

	if (listener && listener->kind == KIND_LISTENER)
		__sync_fetch_and_add(&listener->resets_tx, 1);
	return 0;
}
