/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flood.h - a frame for a group: which slaves get a copy, and who makes it.
 *
 *   ARP request, target unknown	slaves that listen (listen.h)
 *   ARP probe, target unknown		those, and slaves that use IPv4
 *   other ARP, IPv4 broadcast		slaves that use IPv4
 *   NS, target unknown		members of the target's solicited-node group,
 *				and slaves with `arp flood`; DAD's: all
 *   IGMP and MLD reports	none
 *   224.0.0.1, ff02::1, ff02::1:2	all
 *   224.0.0.0/24, ff02::fb	all while no slave has reported the group
 *   other IP multicast		members
 *   other protocols		all
 *
 * What is in a VLAN goes to slaves that have MACs of their own, to all of them.
 *
 * "All" are those in l2 and of macvlan, but for source. A slave in l3 or l3s gets none of it; the nominee among
 * them gets all of it, except by its own flags.
 *
 * The CPU that has the frame makes the first BV_FLOOD_INLINE copies. For the
 * rest one clone goes to the copier (src/lib/copier.c): a veth pair that delivers
 * from a ring of its own, to a thread, bv_copy(). That makes some copies and
 * sends the frame back to the ring's end while there are more to make, so that
 * other frames, and the CPU's other work, have their turn. How far the frame has
 * come travels with it, in skb->mark and skb->tc_index, which nothing on this way
 * touches; who gets a copy is found anew each time. The ring has room for all the
 * frames that are let in, BV_COPIER_FRAMES.
 *
 * A port makes at most BV_FLOOD_COPIES (and the rest of the frame at hand) at
 * once in a window of 2^BV_FLOOD_WINDOW_SHIFT ns; then all is left to the copier.
 * The fields of the window are shared without a lock: a race lets through or
 * costs a few copies, which a bound can bear.
 */
#ifndef BV_BPF_FLOOD_H
#define BV_BPF_FLOOD_H

#include "deliver.h"
#include "snoop.h"

/*
 * One pass of bv_copy(): 64 frames, which is a poll of its NAPI, must not fill
 * the CPU's backlog of 1000.
 */
#define BV_COPY_PASS 8U
/* Slots that one pass looks at, and the CPU that has the frame. */
#define BV_STEPS_PASS 2048U
#define BV_STEPS_INLINE 256U
#define BV_STUCK_NS 1000000000ULL

/* Where a frame came from, which decides who may not have a copy. */
enum bv_flood_how {
	BV_FLOOD_WIRE = 4,
	BV_FLOOD_HOST = 5,
	BV_FLOOD_SLAVE = 6, /* of ipvlan; vepa's too, by way of the switch */
	BV_FLOOD_BRIDGE = 7, /* of macvlan, in bridge */
	BV_FLOOD_BACK = 8, /* the same, by way of the switch */
};

/* skb->tc_index of a frame in the ring: BV_TC_INDEX_COPY and one of these. */
#define BV_TC_INDEX_COPY 0xb7f0

/*
 * What a loop changes is in skb->cb: from memory that it does not follow, the
 * verifier takes a number for unknown, and one round proves all rounds.
 */
#define BV_CB_SLOT 0
#define BV_CB_LEFT 1

struct bv_flood {
	struct __sk_buff *skb;
	const struct bv_members *members;
	__u64 bloom; /* of the members' group */
	__u32 from; /* slot that gets no copy */
	__u32 how; /* enum bv_flood_how */
	__u32 without; /* BV_SLAVE_ flags of those that get none either */
	__u32 with; /* ...of which one must have one, if not 0 */
	__u32 need; /* ...and that one must have, all of them */
	bool all;
	bool arp, nd; /* those that listen */
};

/* BV_SLAVE_ flags of those who may not have it. */
static __always_inline __u32 bv_flood_without(__u32 how)
{
	switch (how) {
	case BV_FLOOD_WIRE:
		return BV_SLAVE_SOURCE;
	case BV_FLOOD_HOST:
		return BV_SLAVE_SOURCE | BV_SLAVE_HOST_OFF;
	case BV_FLOOD_BRIDGE:
		return BV_SLAVE_SWITCHED | BV_SLAVE_PRIVATE;
	default:
		return BV_SLAVE_SOURCE | BV_SLAVE_PRIVATE;
	}
}

static __always_inline void bv_to_group(struct bv_flood *fl,
					const struct bv_addr_key *group)
{
	fl->members = bv_members_get(group);
	fl->bloom = BV_GROUP_BLOOM(group);
}

static __always_inline void bv_to_ip4(struct bv_flood *fl)
{
	fl->all = true;
	fl->with = BV_SLAVE_IP4;
}

static __always_inline void bv_whom_arp(struct bv_flood *fl,
					const struct bv_frame *f)
{
	fl->arp = f->what == BV_FRAME_RESOLVE;
	/* RFC 5227 1.1: a probe is without a sender address. */
	if (!fl->arp || !f->claim.ip[3])
		bv_to_ip4(fl);
}

static __always_inline void bv_whom_ip4(struct bv_flood *fl,
					const struct bv_frame *f)
{
	__u32 dst = bpf_ntohl(f->dst.ip[3]);

	if (f->what != BV_FRAME_IP || dst >> 28 != 0xe) {
		bv_to_ip4(fl);
		return;
	}
	if (dst != 0xe0000001)
		bv_to_group(fl, &f->dst);
	fl->all = !fl->members && dst >> 8 == 0xe00000;
}

static __always_inline void bv_whom_ns(struct bv_flood *fl,
				       const struct bv_frame *f)
{
	/* RFC 4291 2.7.1 */
	struct bv_addr_key group = {
		.ip = {
			bpf_htonl(0xff020000),
			0,
			bpf_htonl(1),
			f->dst.ip[3] | bpf_htonl(0xff000000),
		},
	};

	fl->all = f->tentative;
	fl->nd = true;
	bv_to_group(fl, &group);
}

static __always_inline void bv_whom_ip6(struct bv_flood *fl,
					const struct bv_frame *f)
{
	const __be32 *ip = f->dst.ip;
	bool link = ip[0] == bpf_htonl(0xff020000) && !ip[1];

	if (f->what == BV_FRAME_RESOLVE) {
		bv_whom_ns(fl, f);
		return;
	}
	fl->all = f->what != BV_FRAME_IP ||
		  (ip[0] & bpf_htonl(0xff000000)) != bpf_htonl(0xff000000) ||
		  (link && ip[2] == 0 && ip[3] == bpf_htonl(1)) ||
		  (link && ip[2] == 0 && ip[3] == bpf_htonl(0x10002));
	if (fl->all)
		return;
	bv_to_group(fl, &f->dst);
	fl->all = !fl->members && link && ip[2] == 0 &&
		  ip[3] == bpf_htonl(0xfb);
}

/* Fills in who gets a copy. */
static __noinline void bv_whom(struct bv_flood *fl, const struct bv_frame *f,
			       bool report)
{
	if (!fl || !f)
		return;
	if (fl->how == BV_FLOOD_BACK)
		fl->need = BV_SLAVE_SWITCHED;
	if (bv_in_vlan(fl->skb) || bv_has_tag(fl->skb)) {
		fl->all = true;
		fl->need |= BV_SLAVE_MACVLAN;
		return;
	}
	if (report)
		return;
	switch (fl->skb->protocol) {
	case bpf_htons(ETH_P_ARP):
		bv_whom_arp(fl, f);
		break;
	case bpf_htons(ETH_P_IP):
		bv_whom_ip4(fl, f);
		break;
	case bpf_htons(ETH_P_IPV6):
		bv_whom_ip6(fl, f);
		break;
	default:
		fl->all = true;
	}
}

static __always_inline bool bv_for_nobody(const struct bv_flood *fl)
{
	return !fl->all && !fl->members &&
	       !(fl->arp && bv_port.arp_listeners) &&
	       !(fl->nd && bv_port.nd_listeners);
}

/* A bit for each of 64 slots that may be one of them. */
static __always_inline __u64 bv_candidates(const struct bv_flood *fl,
					   __u32 word)
{
	const struct bv_listeners *l;
	__u64 slots = 0;

	if (fl->all)
		return ~0ULL;
	if (fl->members && word < bv_words)
		slots = fl->members[word].now | fl->members[word].before;
	if (!fl->arp && !fl->nd)
		return slots;
	l = bpf_map_lookup_elem(&bv_listeners, &word);
	if (l)
		slots |= fl->arp ? l->arp : l->nd;
	return slots;
}

static __always_inline bool bv_gets_copy(const struct bv_flood *fl, __u32 slot)
{
	const struct bv_slave *slave = bv_slave_get(slot);
	__u32 flags;

	if (!slave || slot == fl->from)
		return false;
	flags = slave->flags;
	if (!BV_LISTENS(flags) || (flags & fl->without) ||
	    (flags & fl->need) != fl->need)
		return false;
	if (fl->all)
		return !fl->with || (flags & fl->with) ||
		       (fl->arp && BV_LISTENS_ARP(flags, slave->addrs4));
	if (fl->arp)
		return true;
	return (slave->group_bloom & fl->bloom) ||
	       (fl->nd && BV_LISTENS_ND(flags));
}

static long bv_flood_step(__u32 i, struct bv_flood *fl)
{
	struct __sk_buff *skb = fl->skb;
	__u32 slot = skb->cb[BV_CB_SLOT];
	__u64 slots;

	(void)i;
	if (slot > bv_port.high_slot || !skb->cb[BV_CB_LEFT])
		return 1;
	slots = bv_candidates(fl, slot / 64) >> (slot & 63);
	if (!slots) {
		skb->cb[BV_CB_SLOT] = (slot | 63) + 1;
		return 0;
	}
	slot += bv_lowest_bit(slots);
	skb->cb[BV_CB_SLOT] = slot + 1;
	if (!bv_gets_copy(fl, slot))
		return 0;
	skb->cb[BV_CB_LEFT]--;
	bv_copy_to_slave(skb, slot);
	return 0;
}

/*
 * Makes up to @copies, from @slot on, and looks at no more than @steps. The slot
 * to go on from, or 0: none is left. Packet pointers are invalid after this.
 */
static __always_inline __u32 bv_flood_from(struct bv_flood *fl, __u32 slot,
					   __u32 copies, __u32 steps)
{
	struct __sk_buff *skb = fl->skb;

	skb->cb[BV_CB_SLOT] = slot;
	skb->cb[BV_CB_LEFT] = copies;
	bpf_loop(steps, bv_flood_step, fl, 0);
	slot = skb->cb[BV_CB_SLOT];
	return slot <= bv_port.high_slot ? slot : 0;
}

/* Is there room for one more? A queue at which nobody works has lost its frames. */
static __always_inline bool bv_queue_enter(void)
{
	__u32 queued = __sync_fetch_and_add(&bv_port.queued, 1);

	if (!queued)
		bv_port.served_ns = bpf_ktime_get_ns();
	if (queued < bv_port.queue_max)
		return true;
	__sync_fetch_and_add(&bv_port.queued, -1);
	if (bv_since(bv_port.served_ns) > BV_STUCK_NS)
		bv_port.queued = 0;
	return false;
}

static __always_inline void bv_queue_leave(void)
{
	/* Not below 0, should the queue have been taken for stuck. */
	if (!__sync_fetch_and_add(&bv_port.queued, -1))
		__sync_fetch_and_add(&bv_port.queued, 1);
}

static __always_inline void bv_note_progress(struct bv_flood *fl, __u32 slot)
{
	fl->skb->mark = slot | fl->from << 16;
	fl->skb->tc_index = BV_TC_INDEX_COPY | fl->how;
}

/* The copier's: all from @slot on. */
static __always_inline void bv_defer(struct bv_flood *fl, __u32 slot)
{
	__u32 mark = fl->skb->mark;
	__u16 tc_index = fl->skb->tc_index;
	long err;

	if (!bv_queue_enter()) {
		bv_drop(fl->from, BV_DROP_QUEUE_FULL);
		return;
	}
	bv_note_progress(fl, slot);
	err = bpf_clone_redirect(fl->skb, bv_base_ifindex + BV_SLOT_HOST, 0);
	fl->skb->mark = mark;
	fl->skb->tc_index = tc_index;
	if (!err)
		return;
	bv_queue_leave();
	/* The device was taken away; the next command makes another. */
	if (err == -EINVAL)
		bv_port.copier = 0;
	bv_drop(fl->from, BV_DROP_QUEUE_FULL);
}

/* The nominee of the slaves that are routed. */
static __always_inline void bv_flood_nominee(struct bv_flood *fl)
{
	__u32 nominee = bv_port.nominee, flags;

	if (!nominee || nominee == fl->from)
		return;
	flags = bv_slave_flags(nominee);
	if ((flags & BV_SLAVE_ROUTED) && !(flags & fl->without) && !fl->need)
		bv_copy_to_slave(fl->skb, nominee);
}

static __always_inline void bv_flood_all(struct bv_flood *fl)
{
	__u64 window = bpf_ktime_get_ns() >> BV_FLOOD_WINDOW_SHIFT;
	__u32 copier = bv_port.copier, slot = 1;
	__u32 copies = copier ? bv_port.flood_inline : bv_port.high_slot;

	if (bv_port.flood_window != window) {
		bv_port.flood_window = window;
		bv_port.flood_copies = 0;
	}
	if (bv_port.flood_copies < BV_FLOOD_COPIES) {
		slot = bv_flood_from(fl, slot, copies,
				     copies <= BV_FLOOD_INLINE ?
					     BV_STEPS_INLINE :
					     BV_SLOTS_MAX);
		__sync_fetch_and_add(&bv_port.flood_copies,
				     copies - fl->skb->cb[BV_CB_LEFT]);
	} else if (!copier) {
		bv_drop(fl->from, BV_DROP_FLOOD_LIMIT);
		return;
	}
	if (slot && copier)
		bv_defer(fl, slot);
}

/*
 * Copies for all that get one but @from, a slot. Packet pointers are invalid
 * after this.
 */
BV_APART int bv_flood(struct __sk_buff *skb, const struct bv_frame *f,
		      bool report, __u32 from, __u32 how)
{
	struct bv_flood fl = {
		.skb = skb,
		.from = from,
		.how = how,
		.without = bv_flood_without(how),
	};

	if (!f || !bv_port.high_slot)
		return 0;
	bv_whom(&fl, f, report);
	bv_flood_nominee(&fl);
	if (!bv_for_nobody(&fl))
		bv_flood_all(&fl);
	return 0;
}

/* A frame that has come out of the ring. */
static __always_inline int bv_handle_copy(struct __sk_buff *skb)
{
	__u32 slot = skb->mark & 0xffff, what = skb->tc_index;
	struct bv_flood fl = { .skb = skb, .from = skb->mark >> 16 };
	struct bv_frame f = {};

	skb->mark = 0;
	skb->tc_index = 0;
	fl.how = what ^ BV_TC_INDEX_COPY;
	/* Somebody else's, who sends out of this device? */
	if (fl.how < BV_FLOOD_WIRE || fl.how > BV_FLOOD_BACK)
		return bv_drop(BV_SLOT_HOST, BV_DROP_INACTIVE);
	fl.without = bv_flood_without(fl.how);
	bv_port.served_ns = bpf_ktime_get_ns();
	(void)bv_parse(skb, false, &f);
	bv_whom(&fl, &f, false);
	slot = bv_flood_from(&fl, slot, BV_COPY_PASS, BV_STEPS_PASS);
	if (slot) {
		bv_note_progress(&fl, slot);
		return bpf_redirect(bv_base_ifindex + BV_SLOT_HOST, 0);
	}
	bv_queue_leave();
	/* Everybody has a copy: of this frame itself nothing is lost. */
	return BV_DROP;
}

#endif /* BV_BPF_FLOOD_H */
