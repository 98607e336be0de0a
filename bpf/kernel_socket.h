/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The fields of sockets that we read, as kernel.h says. */
#ifndef NETTRACER_KERNEL_SOCKET_H
#define NETTRACER_KERNEL_SOCKET_H

#include "kernel.h"

#define RCV_SHUTDOWN 1	       /* include/net/sock.h */
#define SOCK_BINDPORT_LOCK 8   /* include/net/sock.h: bind() with a port was called */
#define ICSK_TIME_LOSS_PROBE 5 /* include/net/inet_connection_sock.h */
#define CHRONOS 3	       /* of enum tcp_chrono, but the first */

enum tcp_state { /* include/net/tcp_states.h; the kernel's own enum has no name */
		 TCP_ESTABLISHED = 1,
		 TCP_SYN_SENT,
		 TCP_SYN_RECV,
		 TCP_FIN_WAIT1,
		 TCP_FIN_WAIT2,
		 TCP_TIME_WAIT,
		 TCP_CLOSE,
		 TCP_CLOSE_WAIT,
		 TCP_LAST_ACK,
		 TCP_LISTEN,
		 TCP_CLOSING,
		 TCP_NEW_SYN_RECV,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

enum sock_flags { SOCK_DONE = 1 }; /* set by tcp_fin() and by nothing else: the remote FIN came */

struct sock_common {
	__u32 skc_daddr;     /* network order; also set on an IPv6 socket that speaks IPv4 */
	__u32 skc_rcv_saddr; /* network order */
	__u16 skc_dport;     /* network order */
	__u16 skc_num;	     /* host order */
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	unsigned long skc_flags;
};

struct qspinlock {
	atomic_t val;
};

struct raw_spinlock {
	struct qspinlock raw_lock;
};

struct spinlock {
	struct raw_spinlock rlock;
};

typedef struct {
	struct spinlock slock; /* held while a softirq works on the socket */
	int owned;	       /* ... while a process does */
} socket_lock_t;

struct numa_drop_counters { /* kernel >= 6.18; of UDP sockets */
	atomic_t drops0;
	atomic_t drops1;
};

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	int sk_err;
	atomic_t sk_drops;
	struct numa_drop_counters *sk_drop_counters; /* used instead, where there */
	__u32 sk_ack_backlog;
	__u32 sk_max_ack_backlog;
	__u16 sk_type;
	__u16 sk_protocol;
	__u8 sk_shutdown;
	unsigned char sk_userlocks;
	struct sock_cgroup_data sk_cgrp_data;
};

struct inet_sock {
	__u16 inet_sport; /* network order; stays when the port is released, as skc_num does not */
};

struct udp_sock {
	__u16 gso_size; /* of the datagrams that a write is cut into; 0: it is not */
};

struct inet_bind_bucket {
	signed char fastreuse; /* -1: made by connect(), not by bind() */
};

enum tcp_ca_state { /* include/uapi/linux/tcp.h */
		    TCP_CA_Open,
		    TCP_CA_Disorder,
		    TCP_CA_CWR,
		    TCP_CA_Recovery,
		    TCP_CA_Loss,
};

struct request_sock {
	struct sock *sk; /* of an accept queue: the connection that waits */
};

struct request_sock_queue {
	struct request_sock *rskq_accept_head; /* the oldest */
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	struct request_sock_queue icsk_accept_queue;
	struct inet_bind_bucket *icsk_bind_hash;
	const struct tcp_ulp_ops *icsk_ulp_ops; /* of a protocol above, or NULL */
	__u8 icsk_ca_state;			/* a bit-field */
	__u8 icsk_pending;			/* which timer is set, or runs now */
};

struct minmax_sample {
	__u32 v;
};

struct minmax {
	struct minmax_sample s[3]; /* the first is the least of the window */
};

enum tcp_chrono { /* include/linux/tcp.h: for what the sender waits while it has something to send */
		  TCP_CHRONO_UNSPEC,
		  TCP_CHRONO_BUSY,
		  TCP_CHRONO_RWND_LIMITED,
		  TCP_CHRONO_SNDBUF_LIMITED,
};
struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u64 bytes_acked;   /* sequence numbers: payload, a client's SYN, the FIN */
	__u32 snd_una;	     /* first sequence number not acknowledged */
	__u32 snd_nxt;	     /* next one to send for the first time */
	__u32 write_seq;     /* behind all that is queued, a queued FIN included */
	__u64 bytes_sent;    /* payload, retransmissions and what a local filter refused included */
	__u64 bytes_retrans; /* payload of retransmissions */
	__u64 bytes_received; /* payload in order; one more for the FIN */
	__u32 segs_out;	      /* every segment of this socket, retransmissions included */
	__u32 segs_in;
	__u32 data_segs_in;
	__u32 total_retrans;   /* segments; a server's starts with its SYN-ACK retransmissions */
	__u32 srtt_us;	       /* times 8; 0 before the first sample */
	__u32 mdev_us;	       /* times 4 */
	struct minmax rtt_min; /* us, of the last net.ipv4.tcp_min_rtt_wlen seconds; ~0: none */
	__u8 chrono_type;   /* enum tcp_chrono: the one that runs; a bit-field on older kernels */
	__u32 chrono_start; /* jiffies */
	__u32 chrono_stat[CHRONOS]; /* jiffies, of each but the first; without what runs */
	__u32 rcv_wup;		    /* rcv_nxt when rcv_wnd was last told to the remote end */
	__u32 rcv_wnd;		    /* told to the remote end then */
	__u32 rcv_nxt;
	__u32 snd_wnd;	       /* told by the remote end */
	__u32 lsndtime;	       /* jiffies; of a socket that never sent: when it was established */
	__u32 lost_out;	       /* segments taken for lost, on their way again or about to be */
	__u32 rcv_ooopack;     /* segments that came out of order */
	__u32 dsack_dups;      /* segments that the remote end had twice, of those sent again */
	__u32 delivered_ce;    /* segments delivered while the remote end told of a CE mark */
	__u32 reord_seen;      /* times that an acknowledgement showed reordering */
	__u16 total_rto;       /* kernel >= 6.7 */
	__u64 tcp_clock_cache; /* ns of CLOCK_MONOTONIC when it last sent, or received in order */
};

struct socket {
	struct sock *sk;
};

struct proto_accept_arg { /* since Linux 6.10 */
	int err;
};

#pragma clang attribute pop

#endif
