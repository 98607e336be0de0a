/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What all records of a connection's counters have in common. */
#ifndef NETTRACER_RECORD_H
#define NETTRACER_RECORD_H

#include "flow.h"
#include "maps.h"

/* All but the total: no reading. */
static __always_inline void start_record(struct connection_record *record, __u32 kind,
					 const struct sock *sk, __u16 port)
{
	record->header.kind = kind;
	record->header.size = sizeof(*record);
	record->srtt = 0;
	record->rtt_variance = 0;
	record->connect_duration = 0;
	record->duration = 0;
	record->accept_duration = 0;
	fill_endpoints(&record->endpoints, sk, port);
}

/* A total in which nothing grew; its flow is copied under the lock, with what is taken from it. */
static __always_inline void clear_total(struct total *total)
{
	total->close_reason = CLOSE_NONE;
	total->failure_type = FAILURE_NONE;
	__builtin_memset(&total->counters, 0, sizeof(total->counters));
}

#endif
