/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps. Weak, so that every file of programs includes them and the linked object has each once. */
#ifndef NETTRACER_MAPS_H
#define NETTRACER_MAPS_H

#include "kernel_socket.h"
#include "nettracer.h"

#include <bpf/bpf_helpers.h>

enum connection_kind {
	KIND_NEW, /* storage as the kernel hands it out: all zero */
	KIND_LISTENER,
	KIND_CONNECTION,
	KIND_DATAGRAMS, /* a UDP socket: datagrams.h */
	KIND_ENDED,	/* its end is reported; only a late reset is still of interest */
};

enum direction { DIRECTION_TX = 1, DIRECTION_RX = 2 }; /* bits */

/* What was reported already. Same meaning as the counters. */
struct reported {
	__u64 bytes_tx;
	__u64 bytes_rx;
	__u32 pkts_tx;
	__u32 pkts_rx;
	__u32 pkts_retr;
	__u32 pkts_retr_syn;
	__u32 resets_tx;
	__u32 resets_rx;
	__u32 limited[CHRONOS]; /* jiffies, what runs included */
	__u32 pkts_rx_ooo;
	__u32 pkts_spurious;
	__u32 pkts_ce;
	__u32 reorderings;
	__u16 timeouts;	     /* wraps, as the kernel's does */
	__u8 fins;	     /* enum direction: sent for the first time, taken */
	__u8 closed_windows; /* enum direction: whose receive window was 0: ours, the remote end's */
};

/*
 * On each socket, freed with it. A listener's is cloned onto the sockets that it accepts. The kernel puts 8 bytes
 * before it, on a cache line, which each look at the storage loads: so a read or a write needs that line and
 * that of `slots`, a change of state most often the first one alone.
 */
struct connection {
	struct bpf_spin_lock lock; /* a pass and a close may report the same socket at once */
	/* Bytes, not bits: each has one writer, and several run at once. */
	__u8 kind;
	__u8 has_owner;	     /* confirmed, not merely inherited from the listener */
	__u8 is_established; /* ... or was, or was adopted as such */
	__u8 is_counted;     /* reported as active; lock */
	/* Cleared by begin(). */
	__u8 role;		    /* of TCP: enum role, as in the flow */
	__u8 is_adopted;	    /* older than this program: how it was opened is unknown */
	__u8 is_opening_unreported; /* lock */
	__u8 first_fin;		    /* enum close_reason: whose came first */
	__u8 is_fin_queued;	    /* or about to be */
	__u8 is_attempt_unreported; /* lock */
	__u8 is_aborted_on_data;
	__u8 looks;		/* a UDP socket that is not connected: at its writes, names.h */
	__u32 data_segs_at_fin; /* what had come when the process closed first */
	__u32 bytes_rx_at_fin;
	/* Not cleared by begin(). */
	__u64 request_time;	    /* last byte of a request that has no answer yet, else 0 */
	struct responses responses; /* atomic */
	struct flow flow;	    /* of its process: lock */
	__u64 accept_duration;	    /* not reported yet; may be set before begin() */
	__u64 start_time;	    /* SYN sent */
	__u64 established_time;	    /* adopted: when it was adopted */
	/* From here to the end: cleared by begin(). */
	struct reported reported; /* lock */
	__u32 syn_retr;		  /* of a client: SYNs sent again, once established */
	__u32 synack_retr; /* of a server: SYN-ACKs sent again, in the socket's total_retrans */
	__u32 resets_tx;   /* a listener: SYN-ACKs sent again */
	__u32 resets_rx;
	/* Retransmissions whose cause was seen, not reported yet; up to `retr_seen` of total_retrans. */
	__u32 retr_seen;       /* lock */
	__u32 retr_fast;       /* lock */
	__u32 retr_timeout;    /* lock */
	__u16 retr_tail_probe; /* lock */
	__u8 fin_retr;	       /* lock */
	__u8 owner_tries;      /* passes over all files that did not find it */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct connection);
} connections __weak SEC(".maps");

/* Marks processes whose record was sent. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u8);
} described __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20); /* bytes; the loader may change it */
} records __weak SEC(".maps");

#define REMAINDER_MAP(name)                                                                        \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_HASH);                                                   \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                              \
		__uint(max_entries, 16384);                                                        \
		__uint(key_size, offsetof(struct total, counters));                                \
		__uint(value_size, sizeof(struct counters));                                       \
	} name __weak SEC(".maps")

/* Two of each: one is filled while the other, which nobody writes any more, is read and emptied. */
REMAINDER_MAP(remainder_0);
REMAINDER_MAP(remainder_1);

struct rejection_key {
	__u32 netns;
	__u16 port;
	__u8 ip_version;
	__u8 reserved;
};

struct rejection_counts {
	__u64 rejects;
	__u64 resets;
};

#define REJECTION_MAP(name)                                                                        \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_HASH);                                                   \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                              \
		__uint(max_entries, 4096);                                                         \
		__type(key, struct rejection_key);                                                 \
		__type(value, struct rejection_counts);                                            \
	} name __weak SEC(".maps")

REJECTION_MAP(rejections_0);
REJECTION_MAP(rejections_1);

/* Which of the two maps is filled: 0 or 1. Written by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} filled_map __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LOSS_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} losses __weak SEC(".maps");

/* Of each processor: all of them write, at each begin and end. User space adds them up. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LIFE_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} lives __weak SEC(".maps");

static __always_inline void count_life(__u32 which)
{
	__u64 *count = bpf_map_lookup_elem(&lives, &which);

	if (count)
		__sync_fetch_and_add(count, 1);
}

enum io_wanted {
	WANTS_RESPONSES = 1, /* of TCP; those of UDP as well, if UDP is wanted */
	WANTS_DATAGRAMS = 2,
	WANTS_NAMES = 4, /* answers of DNS; from sockets that are not connected only with UDP */
};

/* What user space asks for; it writes it as the only entry of the map .data.wanted. */
struct wanted {
	__u32 io;   /* what reads and writes are watched for: enum io_wanted */
	__u32 ends; /* whether each connection is told of at its end: 0 or 1 */
};

extern volatile struct wanted wanted;

static __always_inline void count_loss(__u32 which)
{
	__u64 *count = bpf_map_lookup_elem(&losses, &which);

	if (count)
		__sync_fetch_and_add(count, 1);
}

static __always_inline bool is_first_map_filled(void)
{
	__u32 zero = 0;
	__u32 *which = bpf_map_lookup_elem(&filled_map, &zero);

	return !which || *which == 0;
}

#endif
