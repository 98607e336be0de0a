/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a socket to its flow. */
#ifndef NETTRACER_FLOW_H
#define NETTRACER_FLOW_H

#include "kernel_socket.h"
#include "nettracer.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

static __always_inline void copy_v4(__u8 to[16], __u32 address)
{
	__u32 *words = (__u32 *)to;

	words[0] = 0;
	words[1] = 0;
	words[2] = bpf_htonl(0xffff);
	words[3] = address;
}

static __always_inline void copy_v6(__u8 to[16], const struct in6_addr *address)
{
	__u32 *words = (__u32 *)to;

	words[0] = address->in6_u.u6_addr32[0];
	words[1] = address->in6_u.u6_addr32[1];
	words[2] = address->in6_u.u6_addr32[2];
	words[3] = address->in6_u.u6_addr32[3];
}

static __always_inline void local_address(const struct sock *sk, __u8 to[16])
{
	if (sk->__sk_common.skc_family == AF_INET6)
		copy_v6(to, &sk->__sk_common.skc_v6_rcv_saddr);
	else
		copy_v4(to, sk->__sk_common.skc_rcv_saddr);
}

/* `port`: host order. It is released, and skc_num 0, when a connection ends. */
static __always_inline void fill_endpoints(struct endpoints *endpoints, const struct sock *sk,
					   __u16 port)
{
	local_address(sk, endpoints->local_address);
	endpoints->local_port = port;
	endpoints->remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	endpoints->reserved = 0;
}

/* The local port, also of a socket that has released it. */
static __always_inline __u16 kept_port(const struct sock *sk)
{
	return bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport));
}

static __always_inline __u16 kept_tcp_port(const struct tcp_sock *tp)
{
	return bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
}

/* All of the flow but the process. */
static __always_inline void fill_flow(struct flow *flow, const struct sock *sk, __u8 role)
{
	const struct cgroup *cgroup = sk->sk_cgrp_data.cgroup;
	__u32 *remote = (__u32 *)flow->remote_address;
	__u32 local[4];

	if (sk->__sk_common.skc_family == AF_INET6)
		copy_v6(flow->remote_address, &sk->__sk_common.skc_v6_daddr);
	else
		copy_v4(flow->remote_address, sk->__sk_common.skc_daddr);
	local_address(sk, (__u8 *)local);

	flow->is_same_host = local[0] == remote[0] && local[1] == remote[1] &&
			     local[2] == remote[2] && local[3] == remote[3];
	flow->ip_version = !remote[0] && !remote[1] && remote[2] == bpf_htonl(0xffff) ? 4 : 6;
	flow->cgroup_id = cgroup ? cgroup->kn->id : 0;
	flow->netns = sk->__sk_common.skc_net.net->ns.inum;
	flow->protocol = IPPROTO_TCP;
	flow->role = role;
	if (role == ROLE_CLIENT)
		flow->service_port = bpf_ntohs(sk->__sk_common.skc_dport);
	else if (role == ROLE_SERVER)
		flow->service_port = sk->__sk_common.skc_num;
	else
		flow->service_port = 0;
}

#endif
