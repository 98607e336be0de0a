// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Anchors: a type is in the object's BTF only if something refers to it, and a record that is only
 * written through a pointer is not. The decoder is made from these.
 */
#include "maps.h"

volatile struct wanted wanted SEC(".data.wanted");

const struct connection_record *emit_connection_record;
const struct end_record *emit_end_record;
const struct listener_record *emit_listener_record;
const struct process_record *emit_process_record;
const struct summary_record *emit_summary_record;
const struct open_record *emit_open_record;
const struct response_record *emit_response_record;
const struct answer_record *emit_answer_record;
const struct total *emit_total;
const struct rejection *emit_rejection;
const enum record_kind *emit_record_kind;
const enum role *emit_role;
const enum close_reason *emit_close_reason;
const enum failure_type *emit_failure_type;
const enum response_bounds *emit_response_bounds;
const enum io_wanted *emit_io_wanted;
const enum loss *emit_loss;
const enum life *emit_life;
