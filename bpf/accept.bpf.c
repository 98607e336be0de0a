// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How long a connection waited to be accepted, and who accepted it. No tracepoint marks accept(), so this is
 * the one program on a function of the kernel: not every kernel allows it.
 */
#include "owner.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] __weak SEC("license") = "Dual BSD/GPL";

/* What the function returned stands behind its arguments, which became fewer in Linux 6.10. */
static __always_inline struct sock *accepted_socket(const __u64 *ctx)
{
	struct sock *sk = NULL;

	if (bpf_core_type_exists(struct proto_accept_arg)) {
		sk = (struct sock *)ctx[2];
		/* Else clang makes one load of both, at a place that varies, which the verifier refuses. */
		barrier_var(sk);
	} else {
		sk = (struct sock *)ctx[4];
	}
	return sk;
}

/* Better than the listener's owner; whoever reads, writes or closes first may be better still: a child. */
static __always_inline void name_acceptor(struct connection *conn, const struct sock *sk)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (conn->has_owner || task->flags & PF_KTHREAD)
		return;
	set_owner(conn, sk, task);
	conn->has_owner = 0;
}

SEC("fexit/inet_csk_accept")
int socket_accepted(__u64 *ctx)
{
	struct sock *sk = accepted_socket(ctx);
	struct connection *conn;

	if (!sk)
		return 0;
	conn = bpf_sk_storage_get(&connections, sk, NULL, 0);
	if (!conn)
		return 0;
	/* It is in the queue a moment before it is established. No time is no value, so: 1 ns. */
	if (sk->__sk_common.skc_state == TCP_SYN_RECV) {
		conn->accept_duration = 1;
		return 0;
	}
	if (conn->kind != KIND_CONNECTION || !conn->is_established || conn->is_adopted)
		return 0;
	name_acceptor(conn, sk);
	conn->accept_duration = bpf_ktime_get_boot_ns() - conn->established_time;
	return 0;
}
