/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verdict.h - how a program ends: the one place where a frame is dropped.
 *
 * Functions that judge a frame return BV_OK or the reason to drop it. Only an
 * entry point turns a reason into a count and a verdict, so that no frame is
 * dropped without a count.
 */
#ifndef BV_BPF_VERDICT_H
#define BV_BPF_VERDICT_H

#include "maps.h"

/* TCX and direct-action cls_bpf agree on these (enum tcx_action_base). */
enum {
	BV_NEXT = -1, /* none of our business: the next program, the stack */
	BV_DROP = 2,
};

/* Not a drop reason: those count from 0. */
#define BV_OK (-1)

static __always_inline int bv_drop(__u32 slot, int reason)
{
	struct bv_drops *drops = bpf_map_lookup_elem(&bv_drops, &slot);

	/* The verifier wants the bound; the reason is always within it. */
	if (drops && (__u32)reason < BV_DROP_SLOTS)
		__sync_fetch_and_add(&drops->count[reason], 1);
	return BV_DROP;
}

#endif /* BV_BPF_VERDICT_H */
