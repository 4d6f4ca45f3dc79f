/* SPDX-License-Identifier: GPL-2.0-or-later OR LGPL-2.1-or-later */
/*
 * bv_abi.h - what the programs in the kernel and the user side share.
 *
 * Every layout, name and number that crosses that line is declared here and
 * nowhere else. A newer command meets maps that an older one created, so a
 * change of layout raises BV_ABI_VERSION.
 *
 * Byte order: fields are in host order unless their type says otherwise.
 */
#ifndef BV_ABI_H
#define BV_ABI_H

#include <linux/types.h>

#define BV_ABI_VERSION 4
#define BV_ABI_MAGIC 0x6270766cU /* "bpvl" */

/*
 * Names by which a master's programs and maps are found again (at most 15
 * bytes: BPF_OBJ_NAME_LEN). A program with such a name counts as ours only if
 * its maps do, and the port map carries magic and version.
 */
#define BV_PROG_SLAVE_TX "bv_slave_tx" /* a slave's: see BV_SLAVE_NETKIT */
#define BV_PROG_WIRE_RX "bv_wire_rx" /* ingress of the master */
#define BV_PROG_HOST_TX "bv_host_tx" /* egress of the master */
#define BV_PROG_END_TX "bv_end_tx" /* egress of a host end, l3s with host off */
#define BV_PROG_COPY "bv_copy" /* ingress of the copier's far end */
#define BV_MAP_PORT ".data.port"
#define BV_MAP_SLAVES "bv_slaves"
#define BV_MAP_ADDRS "bv_addrs"
#define BV_MAP_DROPS "bv_drops"
#define BV_MAP_LISTENERS "bv_listeners"
#define BV_MAP_GROUPS "bv_groups"
#define BV_MAP_DHCP "bv_dhcp"
#define BV_MAP_MACS "bv_macs"

/*
 * Slot: a slave's number on its master. Slot 0 stands for the host, which owns
 * addresses and has drops like a slave. The host end of slot N has ifindex
 * base_ifindex + N, so that neither direction needs a lookup.
 */
#define BV_SLOT_HOST 0U
#define BV_SLOTS_MAX 65536U /* host's slot included; also the ifindex stride */
#define BV_SLAVES_DEFAULT 4096U
#define BV_ADDRS_DEFAULT 16384U
#define BV_ADDRS_MAX (1U << 20)
/* Host ends live at and above this ifindex; masters are below. */
#define BV_IFINDEX_FIRST (4096U * BV_SLOTS_MAX)
#define BV_IFINDEX_RANGES 28672U /* ranges of BV_SLOTS_MAX up to INT_MAX */

/* Learned addresses one slave may hold; static ones have no such bound. */
#define BV_LEARN_MAX 64U

/*
 * Copies of broadcast and multicast that one port makes at once in a window of
 * 2^26 ns, and of one frame. What is over either is left to the copier, a device
 * that a port has once it has had more slaves than that; it takes so many frames
 * at a time. 64 frames, a poll of a NAPI, must not fill the backlog of 1000 that
 * copies of one CPU go through.
 */
#define BV_FLOOD_WINDOW_SHIFT 26
#define BV_FLOOD_COPIES 32768U
#define BV_FLOOD_INLINE 15U
#define BV_COPIER_FRAMES 128U

/* Slots are bits in words of 64 where sets of slaves are kept. */
#define BV_WORDS(slots) (((slots) + 63U) / 64U)

/* Multicast groups one slave may be in, and those that a port has room for. */
#define BV_GROUPS_MAX 64U
#define BV_GROUPS_ROOM(slots) ((slots) < 256U ? 1024U : (slots)*4U)

/*
 * skb->tc_index of a frame that a slave sent to the host or the wire, from our
 * redirect to our next hook, which clears it. It tells such a frame from one
 * that came from the wire or that the host sent.
 */
#define BV_TC_INDEX_SLAVE 0xb7f1

/* A routed slave's, via netkit, by the FIB; its slot is skb->mark. */
#define BV_TC_INDEX_ROUTED 0xb7f2

enum bv_drop_reason {
#define BV_DROP(id, name, text) BV_DROP_##id,
#include "drop_reasons.def"
#undef BV_DROP
	BV_DROP_MAX_
};

/* Room for reasons that later versions add, without a new layout. */
#define BV_DROP_SLOTS 32

/*
 * bv_slave.flags: what the programs decide by. With BV_SLAVE_NETKIT the slave's
 * program is netkit's for the peer, else it is at the host end's ingress.
 */
#define BV_SLAVE_ACTIVE (1U << 0)
#define BV_SLAVE_PEER (1U << 1) /* in another netns: redirect_peer works */
#define BV_SLAVE_PRIVATE (1U << 2)
#define BV_SLAVE_VEPA (1U << 3)
#define BV_SLAVE_HOST_OFF (1U << 4)
#define BV_SLAVE_L3 (1U << 5)
#define BV_SLAVE_L3S (1U << 6)
#define BV_SLAVE_PROXY (1U << 7) /* answer the wire's ARP and ND for it */
#define BV_SLAVE_NOMINEE (1U << 8)
#define BV_SLAVE_ARP_FLOOD (1U << 9)
#define BV_SLAVE_IP4 (1U << 10) /* it has sent IPv4 or ARP, or was given IPv4 */
#define BV_SLAVE_NO_FWD6 (1U << 11) /* its IPv6 would not be forwarded */
#define BV_SLAVE_NETKIT (1U << 12) /* a netkit pair; else veth, or a tap */
#define BV_SLAVE_MACVLAN (1U << 13) /* has MACs of its own */
#define BV_SLAVE_PASSTHRU (1U << 14) /* has the master for itself */
#define BV_SLAVE_SOURCE (1U << 15) /* hears only who is on its list */
#define BV_SLAVE_NODST (1U << 16) /* ...and nobody else hears those */
/* Of macvlan in vepa and source: those in bridge leave it to the switch. */
#define BV_SLAVE_SWITCHED (1U << 17)
#define BV_SLAVE_NOPROMISC (1U << 18) /* the user side's: of passthru */
/* A tap of the ipvlan flavour: the MAC of who is behind it is replaced. */
#define BV_SLAVE_GUEST (1U << 19)
#define BV_SLAVE_TAP (1U << 20) /* the user side's: one device is both ends */
/* Its neighbours are the datapath's business, not its own. */
#define BV_SLAVE_ROUTED (BV_SLAVE_L3 | BV_SLAVE_L3S)

/* bv_slave.state: the user side's, changed under the lock of the namespace. */
enum bv_slave_state {
	BV_STATE_FREE = 0,
	BV_STATE_CREATING = 1, /* found under the lock: its creator died */
	BV_STATE_READY = 2,
	BV_STATE_DELETING = 3, /* found under the lock: its deleter died */
};

/* One per slot, in the array BV_MAP_SLAVES, mapped by the user side. */
struct bv_slave {
	__u32 flags;
	__u32 queue_len; /* the user side's: frames that it would have wait */
	__u32 learned; /* addresses learned; the programs count it atomically */
	__u8 kind; /* enum bv_kind */
	__u8 mode; /* enum bv_mode */
	__u8 changing; /* found under the lock: who changed the mode died */
	__u8 state; /* enum bv_slave_state */
	char name[16]; /* the slave's name when it was created */
	__u32 addrs4; /* IPv4 addresses it owns; both sides count atomically */
	__u32 groups; /* multicast groups it is in; counted atomically */
	__u64 group_bloom; /* ...a bit for each, by hash, and for some it left */
	__u8 dhcp_id[6]; /* stands for the MAC in its DHCP client ids */
	/* macvlan: its device's. BV_SLAVE_GUEST: the guest's, 0: not known yet */
	__u8 mac[6];
	__u32 macs; /* MACs learned; the programs count it atomically */
};
_Static_assert(sizeof(struct bv_slave) == 64, "a shift finds the record");

/*
 * Key of BV_MAP_ADDRS and BV_MAP_GROUPS; IPv4 as an IPv4-mapped IPv6 address (RFC
 * 4291 2.5.5.2).
 */
struct bv_addr_key {
	__be32 ip[4];
};
_Static_assert(sizeof(struct bv_addr_key) == 16, "no hidden padding");

/* The one record of BV_MAP_PORT, mapped by the user side. */
struct bv_port {
	__u32 magic;
	__u32 version;
	__u32 master_ifindex;
	__u32 base_ifindex;
	__u32 slots; /* size of BV_MAP_SLAVES, the host's slot included */
	__u32 addrs; /* size of BV_MAP_ADDRS */
	__u32 high_slot; /* no slot above this one is in use */
	__u32 mtu; /* the master's */
	__u8 mac[6]; /* the master's */
	__u8 hook; /* enum bv_hook */
	__u8 ours; /* BV_OURS_ */
	__u32 flood_copies; /* in the present window */
	__u32 nominee; /* slot, 0 if there is none */
	__u64 flood_window;
	__u64 rotated_ns[2]; /* IGMP, MLD: answers to a query were due then */
	__u32 arp_listeners; /* bits set in BV_MAP_LISTENERS */
	__u32 nd_listeners;
	__u32 copier; /* the device of slot 0 is there: copies can wait */
	__u32 queued; /* frames that are with it */
	__u64 served_ns; /* it was at work then */
	struct bv_addr_key ip6; /* of the master, wider scope first; 0: none */
	/* Counts, so that what no slave needs costs nothing. */
	__u32 macvlans; /* slaves with BV_SLAVE_MACVLAN */
	__u32 switched; /* ...in vepa */
	__u32 sources; /* MACs on their lists, together */
	__u32 passthru; /* slot, 0 if there is none */
	__u32 flood_inline; /* copies of a frame that are made at once */
	__u32 queue_max; /* frames that may wait for the copier */
	__s32 bclim; /* the user side's: what flood_inline is made of */
	__u8 own_mac[6]; /* the master's before passthru; 0: it has it now */
	__u8 reserved[6];
};
_Static_assert(sizeof(struct bv_port) == 152, "no hidden padding");

/* What we changed on the master, and put back when the port goes. */
#define BV_OURS_CLSACT 0x1
#define BV_OURS_ALLMULTI 0x2
#define BV_OURS_FORWARD4 0x4
#define BV_OURS_FORWARD6 0x8
#define BV_OURS_PROMISC 0x10

enum bv_hook {
	BV_HOOK_TCX = 1,
	BV_HOOK_CLSACT = 2,
};

/* Value of BV_MAP_LISTENERS, of 64 slots: who hears what nobody owns. */
struct bv_listeners {
	__u64 arp, nd;
};
_Static_assert(sizeof(struct bv_listeners) == 16, "no hidden padding");

/*
 * Does a slave, by flags and addrs4? One that no IPv4 address is known of may be
 * the one that is asked for; who has IPv6 is asked by its groups.
 */
#define BV_LISTENS(flags) \
	(((flags) & (BV_SLAVE_ACTIVE | BV_SLAVE_ROUTED)) == BV_SLAVE_ACTIVE)
#define BV_LISTENS_ARP(flags, addrs4) \
	(BV_LISTENS(flags) && (!(addrs4) || ((flags)&BV_SLAVE_ARP_FLOOD)))
/* Who has a MAC of its own is asked by its groups, whatever it is flooded with. */
#define BV_LISTENS_ND(flags)                                  \
	(BV_LISTENS(flags) && ((flags)&BV_SLAVE_ARP_FLOOD) && \
	 !((flags)&BV_SLAVE_MACVLAN))

/*
 * An element of the value of BV_MAP_GROUPS, which has one for every 64 slots:
 * who has reported the group since the last general query, and since the one
 * before. A bit counts if the group's is in the slave's group_bloom, too.
 */
struct bv_members {
	__u64 now, before;
};
_Static_assert(sizeof(struct bv_members) == 16, "no hidden padding");

/* The bit of a group in bv_slave.group_bloom. */
#define BV_GROUP_BLOOM(key)                                                 \
	(1ULL                                                               \
	 << ((((key)->ip[0] ^ (key)->ip[1] ^ (key)->ip[2] ^ (key)->ip[3]) * \
	      0x9e3779b1U) >>                                               \
	     26))

/* bv_addr.owner: slot in the low half, how it got here in the high half. */
#define BV_OWNER(slot, how) ((__u32)(slot) | ((__u32)(how) << 16))
#define BV_OWNER_SLOT(owner) ((owner)&0xffffU)
#define BV_OWNER_HOW(owner) ((owner) >> 16)

enum bv_addr_how {
	BV_ADDR_LEARNED = 0,
	BV_ADDR_STATIC = 1,
};

/* Value of BV_MAP_ADDRS. */
struct bv_addr {
	__u32 owner; /* BV_OWNER(); the programs replace it atomically */
	__u8 plen; /* prefix length the user gave; 32 or 128 when learned */
	__u8 reserved[3];
	__u64 seen_ns; /* CLOCK_MONOTONIC of the owner's last claim */
	/* The owner was last asked then, of IPv6 by a vepa slave; 0: never */
	__u64 challenged_ns;
};
_Static_assert(sizeof(struct bv_addr) == 24, "no hidden padding");

/* MACs that one slave may learn, and those that a port has room for. */
#define BV_MACS_MAX 64U
#define BV_MACS_ROOM(slots) ((slots) < 256U ? 2048U : (slots)*8U)

/*
 * Key of BV_MAP_MACS. With n 0: the slave that has the MAC. From 1 on, without a
 * gap: slaves with BV_SLAVE_SOURCE that have it on their list.
 */
struct bv_mac_key {
	__u8 mac[6];
	__u16 n;
};
_Static_assert(sizeof(struct bv_mac_key) == 8, "no hidden padding");
#define BV_SOURCE_SHARE 64U /* slaves that may list one MAC */
/* n, the user side's: the MAC is in the master's filter, and we put it there. */
#define BV_MAC_FILTER 0xffffU

/* What a slave asks for that asks for nothing, as with the kernel's driver. */
#define BV_QUEUE_DEFAULT 1000U

/* Value of BV_MAP_MACS; bv_mac.owner: BV_OWNER() with n 0, else a slot. */
struct bv_mac {
	__u32 owner;
};
_Static_assert(sizeof(struct bv_mac) == 4, "no hidden padding");

enum bv_mac_how {
	BV_MAC_LEARNED = 0, /* somebody sent from it by way of that slave */
	BV_MAC_OWN = 1, /* its device's */
};

/*
 * Key of BV_MAP_DHCP: a transaction that a slave or the host began, so that the
 * reply finds it. Replies to other things do not have its chaddr or address.
 */
struct bv_dhcp_key {
	__be32 xid; /* DHCPv6: 24 bits */
	__u8 version; /* of IP */
	__u8 reserved[3];
};
_Static_assert(sizeof(struct bv_dhcp_key) == 8, "no hidden padding");

/* Room for transactions; the oldest give way to new ones. */
#define BV_DHCP_MAX 4096U

/* What became of the client id in a slave's DHCPv4 request. */
enum bv_dhcp_id {
	BV_DHCP_ID_SAME = 0,
	BV_DHCP_ID_REPLACED = 1,
	BV_DHCP_ID_INSERTED = 2,
};

/* Value of BV_MAP_DHCP. */
struct bv_dhcp {
	__u16 slot;
	__u16 id; /* enum bv_dhcp_id */
	__be32 xid; /* as its client has it; the key is as the server sees it */
	__u64 seen_ns; /* CLOCK_MONOTONIC of the last request */
};
_Static_assert(sizeof(struct bv_dhcp) == 16, "no hidden padding");
_Static_assert(BV_SLOTS_MAX - 1 <= 0xffff, "a slot is 16 bits there");

/* One per slot, in the array BV_MAP_DROPS, mapped by the user side. */
struct bv_drops {
	__u64 count[BV_DROP_SLOTS];
};
_Static_assert(BV_DROP_MAX_ <= BV_DROP_SLOTS, "a reason without a counter");

#endif /* BV_ABI_H */
