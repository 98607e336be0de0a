/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose a socket is, and the record that describes a process the first time it is met. */
#ifndef NETTRACER_OWNER_H
#define NETTRACER_OWNER_H

#include "maps.h"

#include <bpf/bpf_core_read.h>

static __always_inline void describe(struct task_struct *leader)
{
	struct process_record *record;
	const unsigned char *name;
	__u8 *was_described;

	was_described =
		bpf_task_storage_get(&described, leader, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (was_described && *was_described)
		return;

	record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
	if (!record) {
		count_loss(LOSS_PROCESS);
		return;
	}

	__builtin_memset(record, 0, sizeof(*record));
	record->header.kind = RECORD_PROCESS;
	record->header.size = sizeof(*record);
	record->start_time = leader->start_boottime;
	record->pid = leader->tgid;
	record->uid = BPF_CORE_READ(leader, cred, uid.val);
	record->cgroup_id = BPF_CORE_READ(leader, cgroups, dfl_cgrp, kn, id);
	bpf_probe_read_kernel_str(record->comm, sizeof(record->comm), leader->comm);
	/* No address space any more while a process exits: comm has to do. */
	name = BPF_CORE_READ(leader, mm, exe_file, f_path.dentry, d_name.name);
	if (name)
		bpf_probe_read_kernel_str(record->executable_name, sizeof(record->executable_name),
					  name);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	if (was_described)
		*was_described = 1;
}

/*
 * Tells user space that a connection which counts as open leaves the series of its old owner; the next
 * report counts it under the new one. False when the ring is full: it stays where it is, to be tried again.
 */
static __always_inline bool hand_over(struct connection *conn)
{
	struct connection_record *record;
	bool was_counted;

	if (!conn->is_counted)
		return true;

	record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
	if (!record)
		return false;

	bpf_spin_lock(&conn->lock);
	was_counted = conn->is_counted;
	conn->is_counted = 0;
	bpf_spin_unlock(&conn->lock);

	__builtin_memset(record, 0, sizeof(*record));
	record->header.kind = RECORD_COUNTERS;
	record->header.size = sizeof(*record);
	record->total.flow = conn->flow;
	record->total.counters.active = -was_counted;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return true;
}

/* Makes the task's process the owner. A kernel thread owns nothing: pid 0, but that is final. */
static __always_inline void set_owner(struct connection *conn, struct task_struct *task)
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

	if (conn->flow.pid != pid || conn->flow.process_start_time != start_time) {
		if (!hand_over(conn))
			return;
		conn->flow.pid = pid;
		conn->flow.process_start_time = start_time;
	}
	conn->has_owner = 1;
	if (pid)
		describe(leader);
}

#endif
