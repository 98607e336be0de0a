// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A connection's life: who opens it, when it is established, who closes first, its last record. */
#include "begin.h"
#include "end.h"
#include "owner.h"
#include "responses.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] __weak SEC("license") = "Dual BSD/GPL";

static __always_inline void on_syn_sent(const struct sock *sk)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	struct connection *conn = new_storage(sk);

	if (!conn)
		return;
	set_first_owner(conn, bpf_get_current_task_btf());
	begin(conn, sk, ROLE_CLIENT);
	conn->accept_duration = 0;
	/* What else the kernel counts, disconnect() clears. */
	if (tp) {
		conn->reported.limited[0] = tp->chrono_stat[0];
		conn->reported.limited[1] = tp->chrono_stat[1];
		conn->reported.limited[2] = tp->chrono_stat[2];
	}
	conn->is_attempt_unreported = 1;
}

static __always_inline void on_established(const struct sock *sk, int old_state)
{
	struct connection *conn = storage_of(sk);
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);

	if (!tp)
		return;
	if (conn && conn->kind == KIND_CONNECTION) {
		note_syn_retr(conn, tp);
		conn->established_time = bpf_ktime_get_boot_ns();
		mark_established(conn);
		return;
	}
	/* None: the listener is older than us and not adopted yet, or its state change was missed. */
	if (!conn)
		conn = new_storage(sk);
	if (!conn)
		return;
	if (old_state == TCP_SYN_SENT) {
		begin(conn, sk, ROLE_CLIENT);
		note_syn_retr(conn, tp);
		conn->is_attempt_unreported = 1;
	} else {
		begin_accepted(conn, sk, tp);
	}
	mark_established(conn);
}

static __always_inline void on_listen(const struct sock *sk)
{
	struct connection *conn = new_storage(sk);

	if (!conn)
		return;
	set_first_owner(conn, bpf_get_current_task_btf());
	begin(conn, sk, ROLE_SERVER);
	count_life(LIFE_ENDED); /* of a listener nothing is counted but itself */
	conn->kind = KIND_LISTENER;
	conn->accept_duration = 0;
}

extern __u32 reader_pid;

/*
 * Only a process closes or shuts down, so the current task is one that holds the socket; but for our own,
 * which a pass over all files makes hold each for a moment.
 */
static __always_inline void claim(struct connection *conn, const struct sock *sk)
{
	if (!conn->has_owner && bpf_get_current_pid_tgid() >> 32 != reader_pid)
		set_owner(conn, sk, bpf_get_current_task_btf());
}

static __always_inline void on_local_fin(struct connection *conn, const struct sock *sk,
					 const struct tcp_sock *tp)
{
	conn->is_fin_queued = 1;
	conn->data_segs_at_fin = tp->data_segs_in;
	conn->bytes_rx_at_fin = tp->bytes_received;
	if (conn->first_fin == CLOSE_NONE)
		conn->first_fin = CLOSE_LOCAL_FIN;
	claim(conn, sk);
}

static __always_inline __u32 close_reason(const struct connection *conn, const struct sock *sk,
					  int old_state)
{
	int error = sk->sk_err;

	if (!conn->is_established)
		return CLOSE_NONE;
	if (conn->is_aborted_on_data)
		return CLOSE_LOCAL_RESET;
	if (conn->resets_rx)
		return CLOSE_REMOTE_RESET;
	/* Before a reset sent: a keepalive that nobody answers ends with one. */
	if (error == ETIMEDOUT)
		return CLOSE_TIMEOUT;
	if (conn->resets_tx)
		return CLOSE_LOCAL_RESET;
	if (error == ECONNRESET || error == EPIPE)
		return CLOSE_REMOTE_RESET;
	if (error)
		return CLOSE_ERROR;
	/* Aborted by its process, with unread data or SO_LINGER 0: the reset is sent after this. */
	if (old_state == TCP_ESTABLISHED || old_state == TCP_CLOSE_WAIT)
		return CLOSE_LOCAL_RESET;
	if (conn->first_fin == CLOSE_NONE && has_remote_fin(sk))
		return CLOSE_REMOTE_FIN;
	return conn->first_fin;
}

static __always_inline __u32 failure_type(int error, const struct reported *reported)
{
	switch (error) {
	case ECONNREFUSED:
		return FAILURE_REFUSED;
	case ETIMEDOUT:
		return FAILURE_TIMED_OUT;
	case ECONNRESET:
		return FAILURE_RESET;
	case EHOSTUNREACH:
		return FAILURE_HOST_UNREACHABLE;
	case ENETUNREACH:
		return FAILURE_NET_UNREACHABLE;
	case 0:
		/* Closed while connecting. Before the first SYN: connect() itself failed, no port. */
		return reported->pkts_tx ? FAILURE_CANCELLED : FAILURE_OTHER;
	default:
		return FAILURE_OTHER;
	}
}

/* What is told of the end, but for the growth until then. */
static __always_inline void judge_end(struct total *total, const struct connection *conn,
				      const struct sock *sk, __u32 reason, int old_state)
{
	total->close_reason = reason;
	if (conn->is_established) {
		total->counters.closed = 1;
	} else {
		total->counters.failed = 1;
		total->failure_type = failure_type(sk->sk_err, &conn->reported);
	}
	/* An orphan in FIN_WAIT2 becomes a small socket that has no counters: it answers the FIN to come. */
	if (old_state == TCP_FIN_WAIT2 && !sk->sk_err && !conn->resets_rx && !conn->resets_tx &&
	    !has_remote_fin(sk))
		total->counters.handed_over = 1;
}

/* What a connection leaves behind, in one piece of the ring: to reserve two costs twice. */
struct last_records {
	struct connection_record connection;
	struct response_record responses;
};

/* One lock for all that is taken. `responses` may be NULL. */
static __always_inline void take_last(struct connection *conn, const struct reported *now,
				      struct total *total, struct responses *responses)
{
	__u32 jiffy = length_of_jiffy(bpf_jiffies64());

	clear_total(total);
	bpf_spin_lock(&conn->lock);
	take_growth_locked(conn, now, total, jiffy, true);
	if (responses)
		take_responses(&conn->responses, responses);
	bpf_spin_unlock(&conn->lock);
}

static __always_inline void fill_last(struct connection_record *record, const struct total *total,
				      struct connection *conn, const struct sock *sk,
				      const struct tcp_sock *tp)
{
	record->total = *total;
	fill_record(record, conn, sk, tp);
	take_accept(record, conn);
	if (conn->is_established && !conn->is_adopted)
		record->duration = bpf_ktime_get_boot_ns() - conn->established_time;
}

/*
 * A function of its own: the verifier follows it once for each program, not once for each way into it. Older
 * kernels allow 512 bytes of stack for all functions on the way, and it takes most of them: it calls none. Their
 * verifiers do not see either that two pointers are to one piece of the ring: each way through has its own.
 */
static __noinline void write_end(struct connection *conn, const struct sock *sk,
				 const struct tcp_sock *tp, int old_state, __u32 reason)
{
	struct connection_record *record;
	struct last_records *both;
	bool is_told = false;
	struct reported now;
	struct total total;

	conn->request_time = 0;
	read_socket(&now, tp, sk, conn, false);
	if (have_responses(&conn->responses)) {
		both = bpf_ringbuf_reserve(&records, sizeof(*both), 0);
		if (both) {
			take_last(conn, &now, &total, &both->responses.responses);
			judge_end(&total, conn, sk, reason, old_state);
			fill_last(&both->connection, &total, conn, sk, tp);
			start_responses(&both->responses, sk, kept_tcp_port(tp));
			both->responses.flow = total.flow;
			bpf_ringbuf_submit(both, BPF_RB_NO_WAKEUP);
			is_told = true;
		} else {
			lose_responses(conn);
		}
	} else {
		record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
		if (record) {
			take_last(conn, &now, &total, NULL);
			judge_end(&total, conn, sk, reason, old_state);
			fill_last(record, &total, conn, sk, tp);
			bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
			is_told = true;
		}
	}
	if (!is_told) {
		take_last(conn, &now, &total, NULL);
		judge_end(&total, conn, sk, reason, old_state);
		keep_remainder(&total);
	}
	count_life(LIFE_ENDED);
	if (wanted.ends)
		tell_end(conn, sk, tp, &now, &total);
}

static __always_inline void end_connection(struct connection *conn, const struct sock *sk,
					   const struct tcp_sock *tp, int old_state)
{
	__u32 reason = close_reason(conn, sk, old_state);

	/* Neither error nor reset by the remote: only its process does that. */
	if (reason == CLOSE_LOCAL_RESET && !sk->sk_err && !conn->resets_tx)
		claim(conn, sk);
	write_end(conn, sk, tp, old_state, reason);
}

static __always_inline void end_listener(const struct sock *sk, struct connection *conn)
{
	struct listener_record *record;

	conn->kind = KIND_ENDED;
	if (conn->reported.pkts_rx == (__u32)sk->sk_drops.counter &&
	    conn->reported.pkts_retr_syn == conn->resets_tx)
		return;
	record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
	if (!record) {
		count_loss(LOSS_LISTENER);
		return;
	}
	fill_listener(record, sk, conn);
	record->is_closed = 1;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

static __always_inline void on_closing(const struct sock *sk, int old_state, int new_state)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	struct connection *conn = storage_of(sk);

	if (!conn || !tp)
		return;
	make_up(conn, sk, tp, old_state);
	if (new_state != TCP_CLOSE) {
		on_local_fin(conn, sk, tp);
	} else if (conn->kind == KIND_CONNECTION) {
		end_connection(conn, sk, tp, old_state);
	} else if (old_state == TCP_LISTEN) {
		end_listener(sk, conn);
	} else {
		conn->kind = KIND_ENDED;
	}
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(socket_state, const struct sock *sk, int old_state, int new_state)
{
	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;

	switch (new_state) {
	case TCP_SYN_SENT:
		on_syn_sent(sk);
		break;
	case TCP_ESTABLISHED:
		on_established(sk, old_state);
		break;
	case TCP_FIN_WAIT1:
	case TCP_LAST_ACK:
	case TCP_CLOSE:
		on_closing(sk, old_state, new_state);
		break;
	case TCP_LISTEN:
		on_listen(sk);
		break;
	}
	return 0;
}

/* Every socket comes here once, nearly always after its end was reported: the net under missed ends. */
SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(socket_destroyed, const struct sock *sk)
{
	struct connection *conn = storage_of(sk);
	struct tcp_sock *tp;

	if (!conn || conn->kind != KIND_CONNECTION)
		return 0;
	tp = bpf_skc_to_tcp_sock((void *)sk);
	if (!tp)
		return 0;
	end_connection(conn, sk, tp, TCP_CLOSE);
	return 0;
}
