/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Answers of DNS that a process reads from a UDP socket, copied out of its own buffer behind the read: no packet
 * is looked at. A connected socket asks port 53. Of one that is not nobody tells whom it asks, so what it
 * writes first says whether it asks for names.
 */
#ifndef NETTRACER_NAMES_H
#define NETTRACER_NAMES_H

#include "call.h"
#include "maps.h"

#include <bpf/bpf_endian.h>

#define DNS_PORT 53
#define DNS_ANSWER 0x80	     /* QR, of the third byte */
#define DNS_OPCODE 0x78	     /* of the third byte; 0: a query */
#define DNS_RCODE 0x0f	     /* of the fourth byte; 0: no error */
#define LONGEST_QUESTION 512 /* 255 bytes of name, and room for options */
#define MOST_LOOKS 8	     /* at first writes of a socket that is not connected */
#define ASKS_NAMES 0xff

struct dns_header {
	__u16 id;
	__u8 flags[2];
	__u16 questions;
	__u16 answers;
	__u16 authorities;
	__u16 additionals;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 512 << 10); /* bytes; the loader may change it */
} answers __weak SEC(".maps");

/* Where an answer is put together: too large for the stack. Only socket_read writes, never twice at once. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct answer_record);
} answer_draft __weak SEC(".maps");

static __always_inline bool asks_dns_port(const struct sock *sk)
{
	return sk->__sk_common.skc_dport == bpf_htons(DNS_PORT);
}

/* Behind a write of `written` bytes. `looks` is the socket's own. */
static __noinline int look_for_question(__u8 *looks, __u32 written)
{
	struct dns_header header;
	struct user_bytes bytes;

	if (!looks || *looks >= MOST_LOOKS)
		return 0;
	*looks += 1;
	if (written <= sizeof(header) || written > LONGEST_QUESTION || !bytes_of_call(&bytes))
		return 0;
	if (bytes.length < sizeof(header) ||
	    bpf_probe_read_user(&header, sizeof(header), (void *)bytes.at))
		return 0;
	if (!(header.flags[0] & (DNS_ANSWER | DNS_OPCODE)) && header.questions == bpf_htons(1) &&
	    !header.answers && !header.authorities)
		*looks = ASKS_NAMES;
	return 0;
}

/* Behind a read of `read` bytes by a socket that asks for names. */
static __noinline int take_answer(const struct sock *sk, __u32 read)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct answer_record *record;
	struct dns_header *header;
	struct user_bytes bytes;
	__u32 zero = 0;
	__u64 length;
	__u64 size;

	if (read <= sizeof(*header) || !bytes_of_call(&bytes))
		return 0;
	record = bpf_map_lookup_elem(&answer_draft, &zero);
	if (!record)
		return 0;
	length = read < bytes.length ? read : bytes.length;
	if (length > sizeof(record->message))
		length = sizeof(record->message);
	if (length <= sizeof(*header) ||
	    bpf_probe_read_user(record->message, length, (void *)bytes.at))
		return 0;
	/* The verifier follows it no further than into memory. */
	size = sizeof(*record) - sizeof(record->message) + ((length + 7) & ~7ULL);
	barrier_var(size);
	if (size > sizeof(*record))
		return 0;
	header = (struct dns_header *)record->message;
	if (!(header->flags[0] & DNS_ANSWER) || header->flags[0] & DNS_OPCODE ||
	    header->flags[1] & DNS_RCODE || !header->answers)
		return 0;
	record->header.kind = RECORD_ANSWER;
	record->header.size = size;
	record->process_start_time = BPF_CORE_READ(task, group_leader, start_boottime);
	record->pid = task->tgid;
	record->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	record->length = length;
	record->is_cut = length < read;
	if (bpf_ringbuf_output(&answers, record, size, BPF_RB_NO_WAKEUP))
		count_loss(LOSS_ANSWER);
	return 0;
}

#endif
