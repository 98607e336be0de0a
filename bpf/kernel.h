/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel fields we read: this page and kernel_socket.h say what we trust. CO-RE relocates each access to
 * where the running kernel has the field, so only names and types matter here, not order or size.
 */
#ifndef NETTRACER_KERNEL_H
#define NETTRACER_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define SOCK_DGRAM 2
#define ETH_P_IP 0x0800
#define PF_KTHREAD 0x00200000 /* include/linux/sched.h */

#define MSG_OOB 1 /* include/linux/socket.h */
#define MSG_PEEK 2
#define MSG_ERRQUEUE 0x2000

#define EPIPE 32
#define ENETUNREACH 101
#define ECONNRESET 104
#define ETIMEDOUT 110
#define ECONNREFUSED 111
#define EHOSTUNREACH 113

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr {
	union {
		__u8 u6_addr8[16];
		__u32 u6_addr32[4];
	} in6_u;
};

struct kernfs_node {
	__u64 id;
	const char *name;
	struct kernfs_node *parent;
	struct kernfs_node *__parent; /* instead of it, since Linux 6.15 */
};

struct cgroup_root;

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root; /* the hierarchy */
};

enum cgroup_subsys_id { pids_cgrp_id = 12 }; /* its number differs */

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

typedef struct {
	int counter;
} atomic_t;

enum skb_drop_reason { SKB_DROP_REASON_NO_SOCKET = 3 }; /* since Linux 5.17; its number differs */
enum sk_rst_reason { SK_RST_REASON_NOT_SPECIFIED = 0 }; /* since Linux 6.10 */

struct net_device {
	possible_net_t nd_net;
};

struct sk_buff {
	struct net_device *dev;
	unsigned char *head;
	char cb[48];
	__u16 network_header;
	__u16 transport_header;
	__u16 protocol; /* network order */
};

struct tcp_skb_cb {	/* in sk_buff.cb of a segment that TCP sends */
	__u8 tcp_flags; /* the low byte, on newer kernels */
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct path f_path;
};

struct mm_struct {
	struct file *exe_file;
};

struct css_set {
	struct cgroup_subsys_state *subsys[1]; /* by cgroup_subsys_id */
	struct cgroup *dfl_cgrp;
};

typedef struct {
	unsigned int val;
} kuid_t;

struct cred {
	kuid_t uid;
};

struct mnt_namespace;

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct task_struct {
	unsigned int flags;
	int tgid;
	struct task_struct *group_leader;
	struct task_struct *real_parent;
	__u64 start_boottime;
	struct mm_struct *mm;
	struct css_set *cgroups;
	struct nsproxy *nsproxy;
	const struct cred *cred;
	char comm[16];
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long dx;
	unsigned long si;
	unsigned long orig_ax;
};
#else
struct pt_regs {
	__u64 regs[31];
	int syscallno;
};
#endif

struct seq_file {
	size_t size;
	size_t count;
};

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

struct bpf_iter__bpf_sk_storage_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	struct sock *sk;
	void *value;
};

#pragma clang attribute pop

#endif
