/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flood.h - copies of a broadcast or multicast for the slaves of a port.
 *
 * One copy per slave, made by the CPU that has the frame, and therefore
 * bounded: a port makes at most BV_FLOOD_COPIES (and the rest of the frame at
 * hand) in a window of 2^BV_FLOOD_WINDOW_SHIFT ns. What comes after in that
 * window reaches the host or the wire only, and is counted. The two fields of
 * the window are shared without a lock: a race lets through or costs a few
 * copies, which a bound can bear.
 */
#ifndef BV_BPF_FLOOD_H
#define BV_BPF_FLOOD_H

#include "deliver.h"

struct bv_flood {
	struct __sk_buff *skb;
	__u32 from; /* slot that gets no copy */
	__u32 without; /* BV_SLAVE_ flags of those that get none either */
};

static long bv_flood_one(__u32 i, struct bv_flood *flood)
{
	__u32 slot = i + 1;
	__u32 flags = bv_slave_flags(slot);

	if (flags && slot != flood->from && !(flags & flood->without))
		bv_copy_to_slave(flood->skb, slot);
	return 0;
}

/* Packet pointers are invalid after this. */
static __always_inline void bv_flood(struct __sk_buff *skb, __u32 from,
				     __u32 without)
{
	__u64 window = bpf_ktime_get_ns() >> BV_FLOOD_WINDOW_SHIFT;
	__u32 slots = bv_port.high_slot;
	struct bv_flood flood = {
		.skb = skb,
		.from = from,
		.without = without,
	};

	if (!slots)
		return;
	if (bv_port.flood_window != window) {
		bv_port.flood_window = window;
		bv_port.flood_copies = 0;
	}
	if (bv_port.flood_copies >= BV_FLOOD_COPIES) {
		bv_drop(from, BV_DROP_FLOOD_LIMIT);
		return;
	}
	__sync_fetch_and_add(&bv_port.flood_copies, slots);
	bpf_loop(slots, bv_flood_one, &flood, 0);
}

#endif /* BV_BPF_FLOOD_H */
