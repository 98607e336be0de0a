/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Response times, kept on the socket until its next report as a small exponential histogram. A record a
 * response would be too dear; so is a map entry a flow, whose key alone is 64 bytes to hash.
 */
#ifndef NETTRACER_RESPONSES_H
#define NETTRACER_RESPONSES_H

#include "flow.h"
#include "maps.h"

/* 2^50 / 10^9: ns become seconds with 50 bits behind the point. Wrong by less than 1 in 10^7. */
#define SECOND_BITS 50
#define PER_NS 1125900ULL
#define LONGEST_NS (16384ULL * 1000 * 1000 * 1000)

/* Where the eighths of an octave begin: 2^(31 + i / 8). */
#define EIGHTH_1 2341847524U
#define EIGHTH_2 2553802834U
#define EIGHTH_3 2784941738U
#define EIGHTH_4 3037000500U
#define EIGHTH_5 3311872529U
#define EIGHTH_6 3611622603U
#define EIGHTH_7 3938502376U

/* Whether `fraction` reaches `eighth`, as 0 or 1, without a branch: no processor can foresee it. */
#define REACHES(fraction, eighth) (((__u64)(eighth) - 1 - (fraction)) >> 63)

/* The bucket of OTLP's exponential histogram, of scale RESPONSE_SCALE, that holds these ns as seconds. */
static __always_inline __s32 bucket_of(__u64 ns)
{
	__u64 fraction;
	__u64 scaled;
	int zeros;

	if (ns > LONGEST_NS)
		ns = LONGEST_NS;
	scaled = ns * PER_NS;
	zeros = __builtin_clzll(scaled);
	fraction = (scaled << zeros) >> 32;
	barrier_var(fraction);
	return (63 - zeros - SECOND_BITS) * 8 + REACHES(fraction, EIGHTH_1) +
	       REACHES(fraction, EIGHTH_2) + REACHES(fraction, EIGHTH_3) +
	       REACHES(fraction, EIGHTH_4) + REACHES(fraction, EIGHTH_5) +
	       REACHES(fraction, EIGHTH_6) + REACHES(fraction, EIGHTH_7);
}

/* Bit 31 to 16 of a slot: the bucket, never 0. The rest: its count. */
#define BUCKET_BIAS 0x4000
#define FULL_SLOT 0xffff

/*
 * A slot is added to and taken by single instructions, so that several threads of a socket, a pass and its
 * end need no lock: that would cost as much as all else together. False when it is another bucket's, or full.
 */
static __always_inline bool count_in(__u32 *slot, __u32 bucket)
{
	__u32 seen = *slot;

	if (!seen) {
		seen = __sync_val_compare_and_swap(slot, 0, bucket << 16 | 1);
		if (!seen)
			return true;
	}
	if (seen >> 16 != bucket || (seen & 0xffff) == FULL_SLOT)
		return false;
	/* Else taken by a report since it was seen, or counted in: another slot will do. */
	return __sync_val_compare_and_swap(slot, seen, seen + 1) == seen;
}

static __noinline bool count_anywhere(struct responses *responses, __u32 bucket)
{
#pragma unroll
	for (int at = 0; at < RESPONSE_SLOTS; at++)
		if (count_in(&responses->slots[at], bucket))
			return true;
	return false;
}

/* Neighbours have each a slot of their own, and most values of a socket are neighbours. */
static __always_inline bool add_response(struct responses *responses, __u64 ns)
{
	__u32 bucket = bucket_of(ns) + BUCKET_BIAS;

	if (!count_in(&responses->slots[bucket % RESPONSE_SLOTS], bucket) &&
	    !count_anywhere(responses, bucket))
		return false;
	__sync_fetch_and_add(&responses->duration_sum, ns);
	if (responses->duration_max < ns)
		responses->duration_max = ns;
	if (responses->duration_min < ~ns)
		responses->duration_min = ~ns;
	return true;
}

static __always_inline bool have_responses(const struct responses *responses)
{
	const __u64 *pairs = (const __u64 *)responses->slots;
	__u64 any = 0;

#pragma unroll
	for (int at = 0; at < RESPONSE_SLOTS / 2; at++)
		any |= pairs[at];
	return any;
}

/*
 * Moves what was measured. With the lock held: of two that take at once one would have the sum, the other what it
 * is the sum of. Sums first: they may be of less than what is counted, never of more.
 */
static __always_inline void take_responses(struct responses *from, struct responses *to)
{
	__u64 least;

	to->duration_sum = __sync_lock_test_and_set(&from->duration_sum, 0);
	least = __sync_lock_test_and_set(&from->duration_min, 0);
	to->duration_min = least ? ~least : 0;
	to->duration_max = __sync_lock_test_and_set(&from->duration_max, 0);
#pragma unroll
	for (int at = 0; at < RESPONSE_SLOTS; at++) {
		to->slots[at] = 0;
		if (from->slots[at])
			to->slots[at] = __sync_lock_test_and_set(&from->slots[at], 0);
	}
}

static __always_inline void start_responses(struct response_record *record, const struct sock *sk,
					    __u16 port)
{
	record->header.kind = RECORD_RESPONSES;
	record->header.size = sizeof(*record);
	fill_endpoints(&record->endpoints, sk, port);
}

/* Moves what was measured into the ring. False when the ring is full: it stays. */
static __noinline bool report_responses(struct connection *conn, const struct sock *sk, __u16 port)
{
	struct response_record *record;

	if (!conn || !sk)
		return false;
	record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
	if (!record)
		return false;
	start_responses(record, sk, port);
	bpf_spin_lock(&conn->lock);
	record->flow = conn->flow;
	take_responses(&conn->responses, &record->responses);
	bpf_spin_unlock(&conn->lock);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return true;
}

static __always_inline void lose_responses(struct connection *conn)
{
	count_loss(LOSS_RESPONSES);
	__builtin_memset(&conn->responses, 0, sizeof(conn->responses));
}

/* The last report of a socket, once its kind says that it ended. What does not fit is lost, and counted. */
static __always_inline void end_responses(struct connection *conn, const struct sock *sk)
{
	conn->request_time = 0;
	if (have_responses(&conn->responses) && !report_responses(conn, sk, kept_port(sk)))
		lose_responses(conn);
}

/*
 * The first bytes of an answer to the request whose last bytes were at `start`. Several threads may answer
 * at once: one of them takes the request.
 */
static __always_inline void on_response(struct connection *conn, const struct sock *sk, __u64 start,
					__u64 now)
{
	__s64 ns = now - start;

	/* Another processor wrote the request just now: there is no answer yet. */
	if (ns < 0)
		return;
	if (__sync_val_compare_and_swap(&conn->request_time, start, 0) != start)
		return;
	if (ns == 0)
		ns = 1;
	if (!add_response(&conn->responses, ns) &&
	    (!report_responses(conn, sk, kept_port(sk)) || !add_response(&conn->responses, ns)))
		count_loss(LOSS_RESPONSES);
	/* Another thread closed it meanwhile, and has made the last report, or will find this. */
	if (conn->kind == KIND_ENDED)
		end_responses(conn, sk);
}

#endif
