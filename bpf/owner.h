/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose a socket is, and the record that describes a process the first time it is met. */
#ifndef NETTRACER_OWNER_H
#define NETTRACER_OWNER_H

#include "control_group.h"
#include "record.h"

#include <bpf/bpf_core_read.h>

/* The task's parent if nothing lies between them: no start of a container, no start of a service. */
static __always_inline struct task_struct *near_parent(struct task_struct *task)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent, group_leader);
	__u64 group;

	if (!parent)
		return NULL;
	group = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	if (BPF_CORE_READ(parent, cgroups, dfl_cgrp, kn, id) != group)
		return NULL;
	if (BPF_CORE_READ(parent, nsproxy, mnt_ns) != BPF_CORE_READ(task, nsproxy, mnt_ns))
		return NULL;
	return parent;
}

/* So that a process that is gone before anyone looked at it is still known by who started it. */
static __always_inline void describe_ancestors(struct process_record *record,
					       struct task_struct *leader)
{
	struct task_struct *parent = near_parent(leader), *grandparent;

	if (!parent)
		return;
	record->parent_pid = BPF_CORE_READ(parent, tgid);
	record->parent_start_time = BPF_CORE_READ(parent, start_boottime);
	grandparent = near_parent(parent);
	if (!grandparent)
		return;
	record->grandparent_pid = BPF_CORE_READ(grandparent, tgid);
	record->grandparent_start_time = BPF_CORE_READ(grandparent, start_boottime);
}

/* Not inlined: it is long, and seldom does more than its first look. */
static __noinline int describe(struct task_struct *leader)
{
	struct process_record *record;
	const unsigned char *name;
	__u8 *was_described;

	was_described =
		bpf_task_storage_get(&described, leader, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (was_described && *was_described)
		return 0;

	record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
	if (!record) {
		count_loss(LOSS_PROCESS);
		return 0;
	}

	__builtin_memset(record, 0, sizeof(*record));
	record->header.kind = RECORD_PROCESS;
	record->header.size = sizeof(*record);
	record->start_time = leader->start_boottime;
	record->pid = leader->tgid;
	record->uid = BPF_CORE_READ(leader, cred, uid.val);
	record->cgroup_id = BPF_CORE_READ(leader, cgroups, dfl_cgrp, kn, id);
	name_control_group(record, leader);
	describe_ancestors(record, leader);
	bpf_probe_read_kernel_str(record->comm, sizeof(record->comm), leader->comm);
	/* No address space any more while a process exits: comm has to do. */
	name = BPF_CORE_READ(leader, mm, exe_file, f_path.dentry, d_name.name);
	if (name)
		bpf_probe_read_kernel_str(record->executable_name, sizeof(record->executable_name),
					  name);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	if (was_described)
		*was_described = 1;
	return 0;
}

static __always_inline void set_process(struct flow *flow, __u32 pid, __u64 start_time)
{
	flow->pid = pid;
	flow->process_start_time = start_time;
}

/*
 * Gives the connection to a process. If it counts as open in the series of its old owner, user space is told
 * that it leaves that; the next report counts it under the new one. A report has the old owner or the new one,
 * never half of each: hence the lock. False when the ring is full: it stays where it is, to be tried again.
 */
static __always_inline bool hand_over(struct connection *conn, const struct sock *sk, __u32 pid,
				      __u64 start_time)
{
	struct connection_record *record;
	bool is_counted;

	bpf_spin_lock(&conn->lock);
	is_counted = conn->is_counted;
	if (!is_counted)
		set_process(&conn->flow, pid, start_time);
	bpf_spin_unlock(&conn->lock);
	if (!is_counted)
		return true;

	record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
	if (!record)
		return false;
	start_record(record, RECORD_COUNTERS, sk, sk->__sk_common.skc_num);
	clear_total(&record->total);
	bpf_spin_lock(&conn->lock);
	record->total.flow = conn->flow;
	/* 0 if it ended meanwhile. */
	record->total.counters.active = -conn->is_counted;
	conn->is_counted = 0;
	set_process(&conn->flow, pid, start_time);
	bpf_spin_unlock(&conn->lock);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return true;
}

/* Makes the task's process the owner. A kernel thread owns nothing: pid 0, but that is final. */
static __always_inline void set_owner(struct connection *conn, const struct sock *sk,
				      struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;
	__u64 start_time = 0;
	__u32 pid = 0;

	if (!leader)
		return;
	if (!(task->flags & PF_KTHREAD)) {
		pid = leader->tgid;
		start_time = leader->start_boottime;
	}

	if ((conn->flow.pid != pid || conn->flow.process_start_time != start_time) &&
	    !hand_over(conn, sk, pid, start_time))
		return;
	conn->has_owner = 1;
	if (pid)
		describe(leader);
}

/* The same before begin(): nobody else looks at the connection yet. */
static __always_inline void set_first_owner(struct connection *conn, struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;

	if (!leader)
		return;
	conn->has_owner = 1;
	if (task->flags & PF_KTHREAD) {
		set_process(&conn->flow, 0, 0);
		return;
	}
	set_process(&conn->flow, leader->tgid, leader->start_boottime);
	describe(leader);
}

#endif
