/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The process's own bytes that the system call under way has read or written: no skb is at hand where a read is
 * told of. Calls of a 32-bit process, of io_uring and of splice() are not understood, nor the second message of
 * many: their numbers are other ones.
 */
#ifndef NETTRACER_CALL_H
#define NETTRACER_CALL_H

#include "kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

struct user_bytes { /* struct iovec of include/uapi/linux/uio.h */
	__u64 at;
	__u64 length;
};

#define IOVEC_OF_MESSAGE 16 /* where struct msghdr has msg_iov, and so struct mmsghdr */

/* include/uapi/asm-generic/unistd.h, arch/x86/entry/syscalls/syscall_64.tbl */
#if defined(__TARGET_ARCH_x86)
#define CALL_NUMBER(regs) (regs)->orig_ax
#define SECOND_ARGUMENT(regs) (regs)->si
#define THIRD_ARGUMENT(regs) (regs)->dx
enum call {
	CALL_READ = 0,
	CALL_WRITE = 1,
	CALL_READV = 19,
	CALL_WRITEV = 20,
	CALL_SENDTO = 44,
	CALL_RECVFROM = 45,
	CALL_SENDMSG = 46,
	CALL_RECVMSG = 47,
	CALL_RECVMMSG = 299,
	CALL_SENDMMSG = 307,
};
#elif defined(__TARGET_ARCH_arm64)
#define CALL_NUMBER(regs) (regs)->syscallno
#define SECOND_ARGUMENT(regs) (regs)->regs[1]
#define THIRD_ARGUMENT(regs) (regs)->regs[2]
enum call {
	CALL_READ = 63,
	CALL_WRITE = 64,
	CALL_READV = 65,
	CALL_WRITEV = 66,
	CALL_SENDTO = 206,
	CALL_RECVFROM = 207,
	CALL_SENDMSG = 211,
	CALL_RECVMSG = 212,
	CALL_RECVMMSG = 243,
	CALL_SENDMMSG = 269,
};
#else
#error "the registers of a system call are not known of this architecture"
#endif

enum call_shape { SHAPE_OTHER, SHAPE_BYTES, SHAPE_VECTOR, SHAPE_MESSAGE };

static __always_inline enum call_shape shape_of(__u64 number)
{
	switch (number) {
	case CALL_RECVFROM:
	case CALL_SENDTO:
	case CALL_READ:
	case CALL_WRITE:
		return SHAPE_BYTES;
	case CALL_READV:
	case CALL_WRITEV:
		return SHAPE_VECTOR;
	case CALL_RECVMSG:
	case CALL_SENDMSG:
	case CALL_RECVMMSG:
	case CALL_SENDMMSG:
		return SHAPE_MESSAGE;
	default:
		return SHAPE_OTHER;
	}
}

/* False where there are none to be found. */
static __always_inline bool bytes_of_call(struct user_bytes *bytes)
{
	struct task_struct *task = bpf_get_current_task_btf();
	enum call_shape shape;
	struct pt_regs *regs;
	__u64 vector;

	if (task->flags & PF_KTHREAD)
		return false;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	shape = shape_of(CALL_NUMBER(regs));
	vector = SECOND_ARGUMENT(regs);
	if (shape == SHAPE_BYTES) {
		bytes->at = vector;
		bytes->length = THIRD_ARGUMENT(regs);
		return true;
	}
	if (shape == SHAPE_OTHER)
		return false;
	if (shape == SHAPE_MESSAGE &&
	    bpf_probe_read_user(&vector, sizeof(vector), (void *)(vector + IOVEC_OF_MESSAGE)))
		return false;
	return !bpf_probe_read_user(bytes, sizeof(*bytes), (void *)vector);
}

#endif
