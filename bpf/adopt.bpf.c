// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * All open files of all processes: adopts sockets that were open before us, with what they did so far as
 * a baseline, and tells whose an accepted socket is.
 */
#include "datagrams.h"
#include "owner.h"
#include "report.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] __weak SEC("license") = "Dual BSD/GPL";

#define INIT_PID 1

/* Who reads the passes: it may be the last to let go of a file that its owner just closed. */
__u32 reader_pid;

static __always_inline bool is_fin_queued(const struct sock *sk)
{
	switch (sk->__sk_common.skc_state) {
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
	case TCP_CLOSING:
	case TCP_LAST_ACK:
		return true;
	}
	return false;
}

/*
 * Which side an older socket is, by what the kernel keeps. A client's own SYN is one of its sequence
 * numbers; a server's SYN-ACK was sent before it had any. That fails where a local filter refused a
 * segment. Then: only bind() with a port locks the port, and a socket that accept() returned never did;
 * its bucket is that of the listener, made by bind(), while connect() makes a bucket of its own.
 */
static __always_inline __u8 role_of(const struct sock *sk, const struct tcp_sock *tp)
{
	const struct inet_bind_bucket *bucket = tp->inet_conn.icsk_bind_hash;
	__u64 sequence = tp->bytes_acked + (__u32)(tp->snd_nxt - tp->snd_una);
	__u64 payload = tp->bytes_sent - tp->bytes_retrans;

	sequence -= is_fin_queued(sk) && is_all_sent(tp);
	if (sequence == payload + 1)
		return ROLE_CLIENT;
	if (sequence == payload)
		return ROLE_SERVER;
	if (sk->__sk_common.skc_state == TCP_SYN_SENT ||
	    (BPF_CORE_READ_BITFIELD(sk, sk_userlocks) & SOCK_BINDPORT_LOCK))
		return ROLE_CLIENT;
	if (!bucket)
		return ROLE_UNKNOWN;
	return bucket->fastreuse == -1 ? ROLE_CLIENT : ROLE_SERVER;
}

static __always_inline void adopt(struct connection *conn, const struct sock *sk,
				  const struct tcp_sock *tp)
{
	struct reported before;

	conn->start_time = bpf_ktime_get_boot_ns();
	conn->established_time = conn->start_time;
	conn->is_adopted = 1;
	if (sk->__sk_common.skc_state == TCP_LISTEN) {
		fill_flow(&conn->flow, sk, ROLE_SERVER);
		conn->reported.pkts_rx = sk->sk_drops.counter;
		conn->kind = KIND_LISTENER;
		return;
	}
	conn->role = role_of(sk, tp);
	fill_flow(&conn->flow, sk, conn->role);
	conn->is_fin_queued = is_fin_queued(sk);
	conn->is_established = sk->__sk_common.skc_state != TCP_SYN_SENT;
	read_socket(&before, tp, sk, conn, false);
	conn->reported = before;
	conn->retr_seen = before.pkts_retr;
	conn->kind = KIND_CONNECTION;
	count_life(LIFE_BEGUN);
}

/* Its drops so far are a baseline; which side it is, its first use will tell. */
static __always_inline void adopt_datagrams(struct sock *sk, struct task_struct *task)
{
	struct connection *conn =
		bpf_sk_storage_get(&connections, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	if (!conn) {
		count_loss(LOSS_STORAGE);
		return;
	}
	if (conn->kind == KIND_NEW) {
		conn->reported.pkts_retr = drops_of(sk);
		conn->is_adopted = 1;
		begin_datagrams(conn, sk);
	}
	if (conn->kind == KIND_DATAGRAMS && !conn->has_owner)
		set_owner(conn, sk, task);
}

SEC("iter/task_file")
int file_pass(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct connection *conn;
	struct socket *socket;
	struct tcp_sock *tp;
	struct sock *sk;

	reader_pid = bpf_get_current_pid_tgid() >> 32;
	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (is_udp(sk)) {
		if (wanted.io & WANTS_DATAGRAMS)
			adopt_datagrams(sk, task);
		return 0;
	}
	if (!sk || sk->sk_protocol != IPPROTO_TCP || sk->__sk_common.skc_state == TCP_CLOSE)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return 0;
	conn = bpf_sk_storage_get(&connections, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!conn) {
		count_loss(LOSS_STORAGE);
		return 0;
	}
	if (conn->kind == KIND_NEW)
		adopt(conn, sk, tp);
	/* systemd keeps the listening sockets that it hands to services: they are the services'. */
	if (!conn->has_owner || (conn->flow.pid == INIT_PID && conn->kind == KIND_LISTENER))
		set_owner(conn, sk, task);
	return 0;
}
