// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The interval pass: every tracked socket of every network namespace, a record for each that changed. */
#include "report.h"

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

static __always_inline void report_connection(struct seq_file *seq, struct sock *sk,
					      const struct connection *seen)
{
	struct connection *conn;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	struct connection_record record = {};
	struct counters growth = {};
	struct reported now;

	if (!tp)
		return;
	read_socket(&now, tp, sk, seen, true);
	if (!has_changed(seen, &now))
		return;
	if (!has_room(seq, sizeof(record))) {
		bpf_seq_write(seq, &record, sizeof(record)); /* makes it overflow */
		return;
	}
	/* The value that an iterator is given may not be locked; the same one looked up may. */
	conn = bpf_sk_storage_get(&connections, sk, NULL, 0);
	if (!conn || conn->kind != KIND_CONNECTION)
		return;
	take_growth(conn, &now, &growth, false);
	fill_record(&record, conn, tp, &growth);
	bpf_seq_write(seq, &record, sizeof(record));
}

static __always_inline bool is_unowned(const struct connection *conn)
{
	return conn->kind == KIND_CONNECTION && !conn->has_owner && conn->owner_tries < OWNER_TRIES;
}

SEC("iter/bpf_sk_storage_map")
int socket_pass(struct bpf_iter__bpf_sk_storage_map *ctx)
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
	/* Held back once: user space looks for its process, then makes another pass. */
	else if (conn->kind == KIND_CONNECTION && !(has_no_owner && conn->owner_tries++ == 0))
		report_connection(seq, sk, conn);
	/* Did not fit: the kernel comes again with this socket, which is counted then. */
	if (seq->count == seq->size)
		return 0;
	sockets++;
	connections_open += conn->kind == KIND_CONNECTION;
	unowned += has_no_owner;
	return 0;
}
