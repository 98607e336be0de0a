// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The interval pass: every tracked socket of every network namespace, a record for each that changed.
 * connection_pass stands for socket_pass where every open connection is wanted by itself.
 */
#include "datagrams.h"
#include "report.h"
#include "responses.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] __weak SEC("license") = "Dual BSD/GPL";

#define OWNER_TRIES 3

/* Of the running pass: there is one reader at a time. */
static __u32 sockets;
static __u32 unowned;
static __u32 connections_open;

/* Writes nothing unless all of it fits; the kernel calls again for the same socket with a new buffer. */
static __always_inline bool has_room(struct seq_file *seq, __u64 size)
{
	return seq->size - seq->count > size;
}

static __always_inline void report_listener(struct seq_file *seq, const struct sock *sk,
					    struct connection *conn)
{
	struct listener_record record;

	fill_listener(&record, sk, conn);
	if (bpf_seq_write(seq, &record, sizeof(record)))
		return;
	conn->reported.pkts_rx += record.overflows;
	conn->reported.pkts_retr_syn += record.synack_retr;
}

/* Not on the stack, which is full: there is one reader at a time. */
static struct open_record open;
static struct connection_record record;

static __always_inline void report_open(struct seq_file *seq, const struct sock *sk,
					const struct tcp_sock *tp, const struct connection *conn,
					const struct reported *now, const struct counters *growth)
{
	open.header.kind = RECORD_OPEN;
	open.header.size = sizeof(open);
	open.flow = conn->flow;
	fill_endpoints(&open.endpoints, sk, sk->__sk_common.skc_num);
	open.age = bpf_ktime_get_boot_ns() - conn->established_time;
	open.bytes_tx = growth->bytes_tx;
	open.bytes_rx = growth->bytes_rx;
	open.all_bytes_tx = now->bytes_tx;
	open.all_bytes_rx = now->bytes_rx;
	open.pkts_tx = growth->pkts_tx;
	open.pkts_retr = growth->pkts_retr;
	open.srtt = tp->srtt_us >> 3;
	open.state = sk->__sk_common.skc_state;
	open.is_adopted = conn->is_adopted;
	bpf_seq_write(seq, &open, sizeof(open));
}

static __always_inline void report_connection(struct seq_file *seq, struct sock *sk,
					      const struct connection *seen, bool is_each)
{
	struct connection *conn;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	struct counters *growth = &record.total.counters;
	struct reported now;

	if (!tp)
		return;
	read_socket(&now, tp, sk, seen, true);
	__builtin_memset(growth, 0, sizeof(*growth));
	/* Into the ring: there they come after the process. Full: they wait for the next pass. */
	if (have_responses(&seen->responses)) {
		conn = bpf_sk_storage_get(&connections, sk, NULL, 0);
		if (conn)
			report_responses(conn, sk, kept_tcp_port(tp));
	}
	if (!has_changed(seen, &now)) {
		if (is_each)
			report_open(seq, sk, tp, seen, &now, growth);
		return;
	}
	if (!has_room(seq, sizeof(record) + (is_each ? sizeof(open) : 0))) {
		bpf_seq_write(seq, &record, sizeof(record)); /* makes it overflow */
		if (is_each)
			bpf_seq_write(seq, &record, sizeof(record));
		return;
	}
	/* The value that an iterator is given may not be locked; the same one looked up may. */
	conn = bpf_sk_storage_get(&connections, sk, NULL, 0);
	if (!conn || conn->kind != KIND_CONNECTION)
		return;
	take_growth(conn, &now, &record.total, false);
	fill_record(&record, conn, sk, tp);
	take_accept(&record, conn);
	bpf_seq_write(seq, &record, sizeof(record));
	if (is_each)
		report_open(seq, sk, tp, conn, &now, growth);
}

static __always_inline void report_datagrams(struct seq_file *seq, struct sock *sk)
{
	struct connection *conn = bpf_sk_storage_get(&connections, sk, NULL, 0);

	if (!conn || conn->kind != KIND_DATAGRAMS)
		return;
	if (have_responses(&conn->responses))
		report_responses(conn, sk, kept_port(sk));
	if (conn->is_counted && !has_unreported(conn, sk))
		return;
	if (!has_room(seq, sizeof(record))) {
		bpf_seq_write(seq, &record, sizeof(record)); /* makes it overflow */
		return;
	}
	start_record(&record, RECORD_CONNECTION, sk, sk->__sk_common.skc_num);
	take_datagrams(conn, sk, &record.total, NULL, false);
	bpf_seq_write(seq, &record, sizeof(record));
}

static __always_inline bool is_unowned(const struct connection *conn)
{
	return conn->kind == KIND_CONNECTION && !conn->has_owner && conn->owner_tries < OWNER_TRIES;
}

static __always_inline int pass(struct bpf_iter__bpf_sk_storage_map *ctx, bool is_each)
{
	struct seq_file *seq = ctx->meta->seq;
	struct connection *conn = ctx->value;
	struct sock *sk = ctx->sk;
	bool has_no_owner;

	if (!sk || !conn) {
		struct summary_record record = {
			.header = { .kind = RECORD_SUMMARY, .size = sizeof(record) },
			.sockets = sockets,
			.unowned = unowned,
			.connections = connections_open,
		};

		if (bpf_seq_write(seq, &record, sizeof(record)) == 0) {
			sockets = 0;
			unowned = 0;
			connections_open = 0;
		}
		return 0;
	}

	has_no_owner = is_unowned(conn);
	if (conn->kind == KIND_LISTENER && sk->__sk_common.skc_state == TCP_LISTEN)
		report_listener(seq, sk, conn);
	else if (conn->kind == KIND_DATAGRAMS)
		report_datagrams(seq, sk);
	/* Held back once: user space looks for its process, then makes another pass. */
	else if (conn->kind == KIND_CONNECTION &&
		 (is_each || !(has_no_owner && conn->owner_tries++ == 0)))
		report_connection(seq, sk, conn, is_each);
	/* Did not fit: the kernel comes again with this socket, which is counted then. */
	if (seq->count == seq->size)
		return 0;
	sockets++;
	connections_open += conn->kind == KIND_CONNECTION;
	unowned += has_no_owner;
	return 0;
}

SEC("iter/bpf_sk_storage_map")
int socket_pass(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	return pass(ctx, false);
}

/* Nothing is held back: user space looks for processes before each of these. */
SEC("iter/bpf_sk_storage_map")
int connection_pass(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	return pass(ctx, true);
}
