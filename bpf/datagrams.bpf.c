// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The end of a UDP socket: no state change tells of it. */
#include "datagrams.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] __weak SEC("license") = "Dual BSD/GPL";

extern void *bpf_cast_to_kern_ctx(void *context) __ksym __weak;

/* A socket that tells nothing more: what grew since the last pass is reported now. Runs for every close. */
SEC("cgroup/sock_release")
int datagram_socket_released(struct bpf_sock *ctx)
{
	struct connection *conn;
	struct sock *sk;

	if (ctx->protocol != IPPROTO_UDP)
		return 1;
	conn = bpf_sk_storage_get(&connections, ctx, NULL, 0);
	if (!conn || conn->kind != KIND_DATAGRAMS)
		return 1;
	sk = bpf_cast_to_kern_ctx(ctx);
	bpf_spin_lock(&conn->lock);
	conn->kind = KIND_ENDED;
	bpf_spin_unlock(&conn->lock);
	end_datagrams(conn, sk, NULL);
	return 1;
}
