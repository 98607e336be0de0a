/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a process's control group is called: a container's may be gone before user space looks for it. */
#ifndef NETTRACER_CONTROL_GROUP_H
#define NETTRACER_CONTROL_GROUP_H

#include "kernel.h"
#include "nettracer.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

static __always_inline struct kernfs_node *node_above(struct kernfs_node *node)
{
	if (bpf_core_field_exists(struct kernfs_node, __parent))
		return BPF_CORE_READ(node, __parent);
	return BPF_CORE_READ(node, parent);
}

/* In the hierarchy of a controller that engines of containers use wherever it is. NULL if that is the unified one. */
static __always_inline struct cgroup *group_of_v1(struct css_set *groups, struct cgroup *unified)
{
	struct cgroup_subsys_state *state = NULL;
	struct cgroup *group;
	__u64 at;

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id))
		return NULL;
	at = bpf_core_field_offset(struct css_set, subsys) +
	     bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id) * sizeof(state);
	bpf_probe_read_kernel(&state, sizeof(state), (void *)groups + at);
	group = BPF_CORE_READ(state, cgroup);
	return BPF_CORE_READ(group, root) == BPF_CORE_READ(unified, root) ? NULL : group;
}

/* Of v1 where it is in a group there, for that is where containers are then; else of v2. */
static __always_inline struct kernfs_node *node_of_group(struct task_struct *task)
{
	struct css_set *groups = BPF_CORE_READ(task, cgroups);
	struct cgroup *unified = BPF_CORE_READ(groups, dfl_cgrp);
	struct cgroup *old = group_of_v1(groups, unified);
	struct kernfs_node *node = BPF_CORE_READ(old, kn);

	return node_above(node) ? node : BPF_CORE_READ(unified, kn);
}

/* Reads of a NULL node find nothing: above the root all names stay empty, as the root's own is. */
static __always_inline void name_control_group(struct process_record *record,
					       struct task_struct *task)
{
	struct kernfs_node *node = node_of_group(task);

	bpf_probe_read_kernel_str(record->group, sizeof(record->group), BPF_CORE_READ(node, name));
	node = node_above(node);
	bpf_probe_read_kernel_str(record->group_parent, sizeof(record->group_parent),
				  BPF_CORE_READ(node, name));
	node = node_above(node);
	bpf_probe_read_kernel_str(record->group_grandparent, sizeof(record->group_grandparent),
				  BPF_CORE_READ(node, name));
}

#endif
