/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The records: the only definition of their layout. src/generated/records.ts is made from it, and the
 * loader compares both when it opens the object. Integers in host order, times in ns of CLOCK_BOOTTIME,
 * no implicit padding (-Wpadded is an error for this file).
 */
#ifndef NETTRACER_H
#define NETTRACER_H

#include <linux/types.h>

#define TAG(text) __attribute__((btf_decl_tag(text)))

enum record_kind {
	RECORD_CONNECTION = 1,
	RECORD_COUNTERS, /* a connection_record of which only the counters count, no reading */
	RECORD_LISTENER,
	RECORD_PROCESS,
	RECORD_SUMMARY,
	RECORD_OPEN,
	RECORD_END,
	RECORD_RESPONSES,
	RECORD_ANSWER, /* alone in its ring */
};

enum role {
	ROLE_UNKNOWN,
	ROLE_CLIENT, /* called connect */
	ROLE_SERVER, /* accepted, or listens */
};

enum close_reason {
	CLOSE_NONE,
	CLOSE_LOCAL_FIN,
	CLOSE_REMOTE_FIN,
	CLOSE_LOCAL_RESET,
	CLOSE_REMOTE_RESET,
	CLOSE_TIMEOUT,
	CLOSE_ERROR,
};

enum failure_type {
	FAILURE_NONE,
	FAILURE_REFUSED,
	FAILURE_TIMED_OUT,
	FAILURE_RESET,
	FAILURE_HOST_UNREACHABLE,
	FAILURE_NET_UNREACHABLE,
	FAILURE_CANCELLED,
	FAILURE_OTHER,
};

/* Who talks with whom over which service port: equal bytes, equal series. Holds no ephemeral port. */
struct flow {
	__u8 remote_address[16] TAG("network order, IPv4 as ::ffff:a.b.c.d");
	__u64 process_start_time TAG("unit:ns") TAG("from:task_struct.start_boottime");
	__u64 cgroup_id TAG("from:sock.sk_cgrp_data.cgroup.kn.id");
	__u32 pid TAG("from:task_struct.tgid; 0 if unknown or a kernel thread");
	__u32 netns TAG("from:net.ns.inum");
	__u16 service_port TAG("remote port of a client, local port of a server, else 0");
	__u8 protocol TAG("IPPROTO_TCP or IPPROTO_UDP");
	__u8 ip_version TAG("4 or 6; 4 for IPv4-mapped");
	__u8 role TAG("enum role");
	__u8 is_same_host TAG("1 if local and remote address are equal");
	__u8 reserved[2];
};

/* With the remote address of the flow: which connection of the flow. */
struct endpoints {
	__u8 local_address[16] TAG("network order, IPv4 as ::ffff:a.b.c.d");
	__u16 local_port TAG("host order; 0 if none was ever chosen");
	__u16 remote_port TAG("host order");
	__u32 reserved;
};

/* Growth since the last report. */
struct counters {
	__u64 bytes_tx TAG("unit:By")
		TAG("from:tcp_sock.bytes_acked + (snd_nxt - snd_una), less SYN and FIN");
	__u64 bytes_rx TAG("unit:By") TAG("from:tcp_sock.bytes_received, less the FIN");
	__u32 pkts_tx TAG("unit:{packet}") TAG("from:tcp_sock.segs_out - total_retrans");
	__u32 pkts_rx TAG("unit:{packet}") TAG("from:tcp_sock.segs_in");
	__u32 pkts_retr TAG("unit:{packet}") TAG("from:tcp_sock.total_retrans");
	__u32 pkts_retr_syn TAG("unit:{packet}")
		TAG("from:tcp_sock.total_retrans while in SYN_SENT");
	__u32 resets_tx TAG("unit:{reset}") TAG("from:tracepoint tcp_send_reset");
	__u32 resets_rx TAG("unit:{reset}") TAG("from:tracepoint tcp_receive_reset");
	__u32 opened TAG("unit:{connection}");
	__u32 closed TAG("unit:{connection}");
	__u32 failed TAG("unit:{connection}");
	__s32 active TAG("unit:{connection}") TAG("change of the number of open connections");
	__u32 attempts TAG("unit:{connection}") TAG("connects whose SYN was sent");
	__u32 handed_over TAG("unit:{connection}")
		TAG("ended before the remote FIN: the kernel answers it");
	__u32 stray_resets TAG("unit:{reset}")
		TAG("of resets_tx: answers to a segment, in no segs_out");
	__u32 signals TAG("not 0 if any of the following grew, the FINs excepted");
	__u64 limited_network TAG("unit:us") TAG("from:tcp_sock.chrono_stat: busy and not limited");
	__u64 limited_receiver TAG("unit:us") TAG("from:tcp_sock.chrono_stat: rwnd");
	__u64 limited_sender TAG("unit:us") TAG("from:tcp_sock.chrono_stat: sndbuf");
	__u32 retr_fast TAG("unit:{packet}") TAG("of pkts_retr: in TCP_CA_Recovery");
	__u32 retr_timeout TAG("unit:{packet}") TAG("of pkts_retr: in TCP_CA_Loss");
	__u32 retr_tail_probe TAG("unit:{packet}") TAG("of pkts_retr: by the loss probe timer");
	__u32 retr_other TAG("unit:{packet}") TAG("of pkts_retr: cause not seen");
	__u32 timeouts TAG("unit:{timeout}") TAG("from:tcp_sock.total_rto");
	__u32 pkts_rx_ooo TAG("unit:{packet}") TAG("from:tcp_sock.rcv_ooopack");
	__u32 pkts_spurious TAG("unit:{packet}") TAG("from:tcp_sock.dsack_dups");
	__u32 pkts_ce TAG("unit:{packet}") TAG("from:tcp_sock.delivered_ce");
	__u32 reorderings TAG("unit:{event}") TAG("from:tcp_sock.reord_seen");
	__u32 windows_closed_tx TAG("unit:{event}") TAG("passes that found rcv_wnd newly used up");
	__u32 windows_closed_rx TAG("unit:{event}") TAG("passes that found snd_wnd newly 0");
	__u32 fins_tx TAG("unit:{packet}") TAG("FINs sent, also again");
	__u32 fins_rx TAG("unit:{packet}") TAG("1 once the remote FIN was taken");
	__u32 drops TAG("unit:{packet}") TAG("from:sock.sk_drops of a UDP socket");
};

/* What can be summed over connections; also an entry of a remainder map (its first three are the key). */
struct total {
	struct flow flow;
	__u32 close_reason TAG("enum close_reason");
	__u32 failure_type TAG("enum failure_type");
	struct counters counters;
};

struct record_header {
	__u32 kind TAG("enum record_kind");
	__u32 size TAG("unit:By") TAG("of the whole record");
};

struct connection_record {
	struct record_header header;
	struct total total;
	__u32 srtt TAG("unit:us") TAG("from:tcp_sock.srtt_us / 8; 0 before a sample");
	__u32 rtt_variance TAG("unit:us") TAG("from:tcp_sock.mdev_us / 4");
	__u64 connect_duration TAG("unit:ns")
		TAG("SYN sent to established; 0 unless opened by connect");
	__u64 duration TAG("unit:ns") TAG("established to end; 0 unless closed");
	__u64 accept_duration TAG("unit:ns")
		TAG("established to accepted; 0 unless accepted since the last report");
	struct endpoints endpoints;
};

/*
 * All that is known of one connection when it ends; only if user space asked for it, behind the record
 * that has its last growth. Counters are those of the socket's whole life, also before it was adopted.
 */
struct end_record {
	struct record_header header;
	struct flow flow;
	struct endpoints endpoints;
	__u64 start_time TAG("unit:ns") TAG("SYN sent, or accepted; 0 if adopted");
	__u64 established_time TAG("unit:ns") TAG("0 if never, or before it was adopted");
	__u64 end_time TAG("unit:ns");
	__u64 bytes_tx TAG("unit:By") TAG("as in counters");
	__u64 bytes_rx TAG("unit:By") TAG("as in counters");
	__u32 pkts_tx TAG("unit:{packet}") TAG("from:tcp_sock.segs_out, less those sent again");
	__u32 pkts_rx TAG("unit:{packet}") TAG("from:tcp_sock.segs_in");
	__u32 pkts_retr TAG("unit:{packet}") TAG("from:tcp_sock.total_retrans, SYN-ACKs included");
	__u32 pkts_retr_syn TAG("unit:{packet}")
		TAG("of pkts_retr: SYNs or SYN-ACKs; ~0 if established before it was adopted");
	__u32 srtt TAG("unit:us") TAG("from:tcp_sock.srtt_us / 8; 0 before a sample");
	__u32 rtt_variance TAG("unit:us") TAG("from:tcp_sock.mdev_us / 4");
	__u32 rtt_min TAG("unit:us") TAG("from:tcp_sock.rtt_min; ~0 before a sample");
	__u32 close_reason TAG("enum close_reason");
	__u32 failure_type TAG("enum failure_type");
	__u32 error TAG("an errno; 0 if none") TAG("from:sock.sk_err");
	__u8 is_adopted TAG("1 if older than this program");
	__u8 fin_tx TAG("1 if a FIN was sent");
	__u8 fin_rx TAG("1 if the remote FIN came");
	__u8 rst_tx TAG("1 if a reset was sent, or is about to be");
	__u8 rst_rx TAG("1 if a reset came");
	__u8 reserved[3];
};

struct listener_record {
	struct record_header header;
	struct flow flow;
	__u8 local_address[16] TAG("network order, IPv4 as ::ffff:a.b.c.d");
	__u32 backlog TAG("unit:{connection}") TAG("from:sock.sk_ack_backlog");
	__u32 backlog_limit TAG("unit:{connection}") TAG("from:sock.sk_max_ack_backlog");
	__u32 overflows TAG("unit:{connection}") TAG("from:sock.sk_drops, growth");
	__u32 synack_retr TAG("unit:{packet}") TAG("from:tracepoint tcp_retransmit_synack, growth");
	__u32 is_closed TAG("1 in the last report: its backlog is gone");
	__u32 oldest_wait TAG("unit:ms") TAG("age of the first connection in the accept queue");
};

/* Sent once for each process, before the first record that names it. */
struct process_record {
	struct record_header header;
	__u64 start_time TAG("unit:ns") TAG("from:task_struct.start_boottime");
	__u64 cgroup_id TAG("from:task_struct.cgroups.dfl_cgrp.kn.id");
	__u64 parent_start_time TAG("unit:ns") TAG("from:task_struct.real_parent, as above");
	__u64 grandparent_start_time TAG("unit:ns") TAG("of the parent's parent");
	__u32 pid TAG("from:task_struct.tgid");
	__u32 uid TAG("from:task_struct.cred.uid");
	__u32 parent_pid TAG("0 unless in the same control group and mount namespace");
	__u32 grandparent_pid TAG("likewise; 0 if parent_pid is");
	char comm[16] TAG("any bytes, NUL-terminated") TAG("from:task_struct.comm");
	char executable_name[64] TAG("any bytes, NUL-terminated") TAG("from:mm_struct.exe_file");
	char group[96] TAG("name of its control group; empty: the root")
		TAG("from:kernfs_node.name");
	char group_parent[96] TAG("of that one's parent, likewise; empty above the root too");
	char group_grandparent[96] TAG("of the parent's parent, likewise");
};

enum response_bounds {
	RESPONSE_SCALE =
		3, /* of an exponential histogram as OTLP defines it: 8 buckets an octave */
	RESPONSE_SLOTS = 16, /* a power of two */
};

/* Response times since the last report: from the last byte of a request to the first of its answer. */
struct responses {
	__u64 duration_sum TAG("unit:ns");
	__u64 duration_min TAG("unit:ns") TAG("0: not known yet; inverted while on the socket");
	__u64 duration_max TAG("unit:ns") TAG("0: not known yet");
	__u32 slots[RESPONSE_SLOTS] TAG(
		"0, or (index of a bucket of seconds + 2^14) << 16 | count");
};

struct response_record {
	struct record_header header;
	struct flow flow;
	struct endpoints endpoints;
	struct responses responses;
};

#define LONGEST_ANSWER 1536 /* resolvers ask for 1232 bytes or less */

/* An answer of DNS that a process has read. The record ends with the message, made up to 8 bytes. */
struct answer_record {
	struct record_header header;
	__u64 process_start_time TAG("unit:ns") TAG("from:task_struct.start_boottime");
	__u32 pid TAG("from:task_struct.tgid");
	__u32 netns TAG("from:net.ns.inum");
	__u32 length TAG("unit:By") TAG("of the message");
	__u32 is_cut TAG("1 if the message was longer");
	__u8 message[LONGEST_ANSWER] TAG("RFC 1035");
};

/* The last record of a pass. */
struct summary_record {
	struct record_header header;
	__u32 sockets TAG("unit:{socket}") TAG("visited, listeners included");
	__u32 unowned TAG("unit:{socket}") TAG("open, owner not confirmed yet");
	__u32 connections TAG("unit:{connection}") TAG("visited, begun and not ended");
	__u32 reserved;
};

/* One open connection as it stands, for who asks for single connections: changed or not. */
struct open_record {
	struct record_header header;
	struct flow flow;
	struct endpoints endpoints;
	__u64 age TAG("unit:ns")
		TAG("since it was established, else begun; or since it was adopted");
	__u64 bytes_tx TAG("unit:By") TAG("growth, as in the counters");
	__u64 bytes_rx TAG("unit:By") TAG("growth, as in the counters");
	__u64 all_bytes_tx TAG("unit:By") TAG("since it began");
	__u64 all_bytes_rx TAG("unit:By") TAG("since it began");
	__u32 pkts_tx TAG("unit:{packet}") TAG("growth, as in the counters");
	__u32 pkts_retr TAG("unit:{packet}") TAG("growth, as in the counters");
	__u32 srtt TAG("unit:us") TAG("from:tcp_sock.srtt_us / 8; 0 before a sample");
	__u8 state TAG("enum tcp_state");
	__u8 is_adopted TAG("1 if it is older than the program");
	__u8 reserved[2];
};

/* Key and value of the maps rejects_*. */
struct rejection {
	__u32 netns;
	__u16 port TAG("local, host order; 0 for what did not fit");
	__u8 ip_version;
	__u8 reserved;
	__u64 rejects TAG("unit:{connection}") TAG("SYN to a port without listener");
	__u64 resets TAG("unit:{reset}") TAG("sent without a socket");
};

enum loss {
	LOSS_RING_FULL,	     /* a record's counters went to the remainder map */
	LOSS_REMAINDER_FULL, /* ... and did not fit there either: lost */
	LOSS_STORAGE,	     /* no memory for a socket's storage: that connection is not seen */
	LOSS_PROCESS,	     /* a process record did not fit: its name may stay unknown */
	LOSS_LISTENER,	     /* the last report of a listening socket did not fit */
	LOSS_END,	     /* an end_record did not fit: counted, but not told one by one */
	LOSS_RESPONSES,	     /* response times that fit neither their socket nor the ring */
	LOSS_ANSWER,	     /* an answer_record did not fit its ring */
	LOSS_COUNT,
};

/* Indexes of the map lives. What has begun and is not open any more must have ended. */
enum life {
	LIFE_BEGUN,
	LIFE_ENDED,
	LIFE_COUNT,
};

#endif
