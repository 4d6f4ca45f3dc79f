// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The programs themselves, compiled for this machine, and the port around them.
 */
#include <bpf/bpf_helpers.h>

/* The loader sets the two constants before the programs run, and so do we. */
#define const
#include "bpf/lib/maps.h"
#undef const
/* What is verified apart is not static, and has no prototype. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "bpf/bpfvlan.bpf.c"

#include "datapath.h"

#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>

#include "guests.h"
#include "require.h"
#include "setup_macs.h"

/* Of the transactions that are there before. */
#define XID4 0x12345678U
#define XID6 0x00345678U

/* A slave's, two of a sibling's, a neighbour's; of each family. */
static const struct bv_addr_key addrs[ADDRS] = {
#define IP4(a, b, c, d)                                                   \
	{                                                                 \
		{                                                         \
			0, 0, bpf_htonl(0xffff),                          \
				bpf_htonl(a << 24 | b << 16 | c << 8 | d) \
		}                                                         \
	}
#define IP6(first, last)                                        \
	{                                                       \
		{                                               \
			bpf_htonl(first), 0, 0, bpf_htonl(last) \
		}                                               \
	}
	IP4(10, 0, 0, 1),   IP4(10, 0, 0, 2),	IP4(10, 0, 0, 3),
	IP4(10, 0, 0, 4),   IP6(0xfe800000, 1), IP6(0xfe800000, 2),
	IP6(0x20010db8, 1), IP6(0x20010db8, 2),
};

static const __u8 mac[6] = { 2, 0, 0, 0, 0x47, 0x11 };

/* Reported by slaves: of both families, some that all get while nobody has. */
static const struct bv_addr_key groups[GROUPS] = {
	IP4(239U, 1, 2, 3),
	IP4(224U, 0, 0, 251),
	{ { bpf_htonl(0xff020000), 0, bpf_htonl(1), bpf_htonl(0xff000002) } },
	IP6(0xff050000, 0x10003),
};

static struct setup setup;
static bool slaves_only; /* in the places of guests, too */
static bool nobody_is_sized;

static bool has_device(uint32_t ifindex)
{
	uint32_t slot = ifindex - BASE_IFINDEX;

	return ifindex == MASTER_IFINDEX ||
	       (slot <= SLAVES && (slot >= 8 || !(setup.gone & 1U << slot)));
}

/*
 * The owner of an address: 1 to 4 a slave, 5 the host, else nobody; 8: static;
 * 0x30: how long ago it was seen, and another's claim challenged it.
 */
static void set_owner(const struct bv_addr_key *key, __u8 what)
{
	static const struct {
		__u64 seen, challenged; /* half seconds ago, 0: never */
	} times[] = { { 1, 0 }, { 8, 1 }, { 8, 4 }, { 2, 4 } };
	const __u64 half = SILENCE_NS / 2;
	__u32 slot = what & 7;
	struct bv_addr addr = { .plen = bv_key_is_ip4(key) ? 32 : 128 };

	if (!slot || slot > 5)
		return;
	slot %= 5;
	addr.owner =
		BV_OWNER(slot, what & 8 ? BV_ADDR_STATIC : BV_ADDR_LEARNED);
	if (what & 8)
		addr.plen -= 8;
	addr.seen_ns = kernel.now - times[what >> 4 & 3].seen * half;
	if (times[what >> 4 & 3].challenged)
		addr.challenged_ns =
			kernel.now - times[what >> 4 & 3].challenged * half;
	(void)bpf_map_update_elem(&bv_addrs, key, &addr, BPF_ANY);
	if (!(what & 8))
		bv_slave_get(slot)->learned++;
	if (slot && bv_key_is_ip4(key))
		bv_slave_get(slot)->addrs4++;
}

static void set_table(void)
{
	__u32 n = 0, i;

	kernel_resize(NATIVE_MAP(&bv_addrs), ADDRS + 1);
	for (i = 0; i < ADDRS; i++) {
		set_owner(&addrs[i], setup.owners[i]);
		n += !!bv_addr_get(&addrs[i]);
	}
	if (setup.port & SETUP_TABLE_FULL)
		kernel_resize(NATIVE_MAP(&bv_addrs), n);
	/* The rest of them is in a part of the table that we do not see. */
	for (i = 0; i <= CHOSEN; i++)
		if (setup.full & 1U << i)
			bv_slave_get(i)->learned = BV_LEARN_MAX;
}

static void set_group(const struct bv_addr_key *group, __u8 who)
{
	struct bv_members members[WORDS] = {};

	if (!who)
		return;
	members[0].now = (who & 0xfU) << 1;
	members[0].before = (who >> 4) << 1;
	(void)bpf_map_update_elem(&bv_groups, group, members, BPF_ANY);
	for (__u32 slot = 1; slot <= CHOSEN; slot++) {
		struct bv_slave *slave = bv_slave_get(slot);

		if (!((who | who >> 4) & 1U << (slot - 1)) ||
		    setup.stale & 1U << slot)
			continue;
		slave->groups++;
		slave->group_bloom |= BV_GROUP_BLOOM(group);
	}
}

static void set_groups(void)
{
	__u32 n = 0, i;

	kernel_resize(NATIVE_MAP(&bv_groups), SLAVES);
	for (i = 0; i < GROUPS; i++) {
		set_group(&groups[i], setup.groups[i]);
		n += !!bv_members_get(&groups[i]);
	}
	if (setup.port & SETUP_GROUPS_FULL)
		kernel_resize(NATIVE_MAP(&bv_groups), n);
	for (i = 1; i <= CHOSEN; i++)
		if (setup.full & 1U << i)
			bv_slave_get(i)->groups = BV_GROUPS_MAX;
}

/*
 * The transaction of a version: 1 to 4 a slave's, 5 the host's, else nobody's;
 * 0x18: what became of the client's id; 0x20: it has been quiet for too long;
 * 0x40: its client knows it by another id.
 */
static void set_dhcp(__u8 version, __be32 xid, __u8 what)
{
	struct bv_dhcp_key key = { .xid = xid, .version = version };
	struct bv_dhcp dhcp = {
		.slot = (what & 7) % 5,
		.id = (what >> 3 & 3) % 3,
		.xid = what & 0x40 ? ~xid : xid,
		.seen_ns = kernel.now - (what & 0x20 ? DHCP_LIFE_NS : 1),
	};

	if ((what & 7) >= 1 && (what & 7) <= 5)
		(void)bpf_map_update_elem(&bv_dhcp, &key, &dhcp, BPF_ANY);
}

/* As the user side has counted them. */
static void set_listeners(void)
{
	const __u32 slots = setup.port & SETUP_MANY ? SLAVES : CHOSEN;

	for (__u32 slot = 1; slot <= slots; slot++) {
		const struct bv_slave *slave = bv_slave_get(slot);
		__u32 word = slot / 64;
		struct bv_listeners *l =
			bpf_map_lookup_elem(&bv_listeners, &word);

		if (BV_LISTENS_ARP(slave->flags, slave->addrs4)) {
			l->arp |= 1ULL << slot % 64;
			bv_port.arp_listeners++;
		}
		if (BV_LISTENS_ND(slave->flags)) {
			l->nd |= 1ULL << slot % 64;
			bv_port.nd_listeners++;
		}
	}
}

/* Those of the ipvlan flavour. */
#define FLAGS_MASK (2 * BV_SLAVE_NETKIT - 1)

static void set_slave(__u32 slot)
{
	struct bv_slave *slave = bv_slave_get(slot);

	if (slot > bv_port.high_slot)
		return;
	slave->flags = (setup.flags[(slot - 1) % CHOSEN] & FLAGS_MASK) ^
		       (BV_SLAVE_ACTIVE | BV_SLAVE_PEER);
	setup_mode(&setup, &bv_port, slave, slot);
	if (setup_is_guest(&setup, slot))
		setup_guest(&setup, slave, slot, slaves_only);
	/* One mode at a time, and one flag. */
	if (slave->flags & BV_SLAVE_L3)
		slave->flags &= ~BV_SLAVE_L3S;
	if (slave->flags & BV_SLAVE_PRIVATE)
		slave->flags &= ~BV_SLAVE_VEPA;
	slave->dhcp_id[0] = 6;
	slave->dhcp_id[5] = (__u8)slot;
}

static void set_queue(void)
{
	if (setup.port & SETUP_QUEUE_FULL)
		bv_port.queued = BV_COPIER_FRAMES;
	bv_port.copier = !!(setup.port & SETUP_COPIER);
	bv_port.served_ns = kernel.now;
	if (setup.port & SETUP_QUEUE_STUCK)
		bv_port.served_ns -= 2 * BV_STUCK_NS;
	if (setup.port & SETUP_FLOOD_REACHED)
		bv_port.flood_copies = BV_FLOOD_COPIES;
	if (setup.port & SETUP_FLOOD_BEFORE)
		bv_port.flood_window--;
	if (setup.port & SETUP_QUERIED)
		bv_port.rotated_ns[0] = bv_port.rotated_ns[1] = kernel.now;
}

static void set_port(void)
{
	__u64 window = kernel.now >> BV_FLOOD_WINDOW_SHIFT;
	__u32 i;

	bv_words = WORDS;
	bv_base_ifindex = BASE_IFINDEX;
	bv_master_ifindex = MASTER_IFINDEX;
	bv_port = (struct bv_port){
		.magic = BV_ABI_MAGIC,
		.version = BV_ABI_VERSION,
		.master_ifindex = MASTER_IFINDEX,
		.base_ifindex = BASE_IFINDEX,
		.slots = SLAVES + 1,
		.addrs = ADDRS + 1,
		.high_slot = setup.port & SETUP_NO_SLOTS  ? 0 :
			     setup.port & SETUP_FEW_SLOTS ? 2 :
			     setup.port & SETUP_MANY	  ? SLAVES :
							    CHOSEN,
		.mtu = setup.port & SETUP_SMALL_MTU ? SMALL_MTU : 1500,
		.hook = BV_HOOK_TCX,
		.flood_inline = setup_inline(&setup),
		.queue_max = BV_COPIER_FRAMES - setup.queue % BV_COPIER_FRAMES,
		.flood_window = window,
	};
	__builtin_memcpy(bv_port.mac, mac, sizeof(mac));
	if (setup.nominee <= CHOSEN && !setup_is_macvlan(&setup, setup.nominee))
		bv_port.nominee = setup.nominee;
	if (!(setup.port & SETUP_NO_IP6))
		bv_port.ip6 = addrs[ADDRS - 1];
	set_queue();
	bv_port.passthru = setup_passthru(&setup, bv_port.high_slot);
	for (i = 1; i <= (setup.port & SETUP_MANY ? SLAVES : CHOSEN); i++)
		if (!bv_port.passthru || i == bv_port.passthru)
			set_slave(i);
}

static void set_kernel(void)
{
	static const __u32 devices[] = { MASTER_IFINDEX, OTHER_IFINDEX,
					 BASE_IFINDEX + BV_SLOTS_MAX + 1 };

	kernel.now = 1ULL << 45;
	kernel.has_device = has_device;
	kernel.n_sent = 0;
	kernel.fib = (setup.fib & 15) <= 9 ? setup.fib & 15 : -22;
	kernel.fib_ifindex = devices[(setup.fib >> 4) % 3];
	kernel.fib_mtu = 1280;
	kernel.partial = setup.skb & SETUP_PARTIAL;
	kernel.folded = setup.skb & SETUP_FOLDED;
	kernel_resize(NATIVE_MAP(&bv_slaves), SLAVES + 1);
	kernel_resize(NATIVE_MAP(&bv_drops), SLAVES + 1);
	kernel_resize(NATIVE_MAP(&bv_listeners), WORDS);
	kernel_resize(NATIVE_MAP(&bv_dhcp), 2);
	kernel_empty_maps();
	kernel_resize_value(NATIVE_MAP(&bv_groups),
			    sizeof(struct bv_members) * WORDS);
	if (!nobody_is_sized)
		kernel_resize_value(NATIVE_MAP(&bv_nobody),
				    sizeof(struct bv_members) * WORDS);
	nobody_is_sized = true;
}

/* As eth_type_trans() says; what is shorter than its header is no frame. */
static void set_type(struct __sk_buff *skb, const __u8 *frame, size_t len)
{
	static const __u8 all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	__u16 proto;

	if (len < ETH_HLEN)
		return;
	memcpy(&proto, frame + 12, sizeof(proto));
	/* ETH_P_802_2: the field is a length. */
	skb->protocol = bpf_ntohs(proto) >= 1536 ? proto : bpf_htons(4);
	skb->pkt_type = !memcmp(frame, all, 6) ? BV_PACKET_BROADCAST :
			frame[0] & 1	       ? BV_PACKET_MULTICAST :
			!memcmp(frame, mac, 6) ? BV_PACKET_HOST :
						 BV_PACKET_OTHERHOST;
}

static void copy_entry(const void *key, const void *value, void *arg)
{
	struct table *t = arg;

	memcpy(&t->entries[t->n].key, key, sizeof(struct bv_addr_key));
	memcpy(&t->entries[t->n].addr, value, sizeof(struct bv_addr));
	t->n++;
}

static void copy_group(const void *key, const void *value, void *arg)
{
	struct groups *g = arg;

	memcpy(&g->entries[g->n].key, key, sizeof(struct bv_addr_key));
	memcpy(g->entries[g->n].members, value, sizeof(g->entries[0].members));
	g->n++;
}

static void copy_mac(const void *key, const void *value, void *arg)
{
	struct macs *m = arg;

	memcpy(&m->entries[m->n].key, key, sizeof(struct bv_mac_key));
	memcpy(&m->entries[m->n].mac, value, sizeof(struct bv_mac));
	m->n++;
}

static void copy_transaction(const void *key, const void *value, void *arg)
{
	struct transactions *t = arg;

	memcpy(&t->entries[t->n].key, key, sizeof(struct bv_dhcp_key));
	memcpy(&t->entries[t->n].dhcp, value, sizeof(struct bv_dhcp));
	t->n++;
}

static void get_state(struct state *s)
{
	__u32 i;

	s->slots = setup.port & SETUP_MANY ? SLAVES : CHOSEN;
	s->port = bv_port;
	for (i = 0; i <= s->slots; i++) {
		s->slaves[i] = *bv_slave_get(i);
		s->drops[i] =
			*(struct bv_drops *)bpf_map_lookup_elem(&bv_drops, &i);
	}
	for (i = 0; i < WORDS; i++)
		s->listeners[i] = *(struct bv_listeners *)bpf_map_lookup_elem(
			&bv_listeners, &i);
	s->table.n = s->groups.n = s->transactions.n = s->macs.n = 0;
	kernel_each(NATIVE_MAP(&bv_addrs), copy_entry, &s->table);
	kernel_each(NATIVE_MAP(&bv_groups), copy_group, &s->groups);
	kernel_each(NATIVE_MAP(&bv_dhcp), copy_transaction, &s->transactions);
	kernel_each(NATIVE_MAP(&bv_macs), copy_mac, &s->macs);
}

const struct table_entry *table_find(const struct table *t, const __u8 ip[16])
{
	for (__u32 i = 0; i < t->n; i++)
		if (!memcmp(&t->entries[i].key, ip, 16))
			return &t->entries[i];
	return NULL;
}

const struct group_entry *group_find(const struct groups *g, const __u8 ip[16])
{
	for (__u32 i = 0; i < g->n; i++)
		if (!memcmp(&g->entries[i].key, ip, 16))
			return &g->entries[i];
	return NULL;
}

const struct mac_entry *mac_find(const struct macs *m, const __u8 key[6],
				 __u16 n)
{
	for (__u32 i = 0; i < m->n; i++)
		if (!memcmp(m->entries[i].key.mac, key, 6) &&
		    m->entries[i].key.n == n)
			return &m->entries[i];
	return NULL;
}

const struct transaction *transaction_find(const struct transactions *t,
					   __u32 xid, __u8 version)
{
	for (__u32 i = 0; i < t->n; i++)
		if (t->entries[i].key.xid == xid &&
		    t->entries[i].key.version == version)
			return &t->entries[i];
	return NULL;
}

static int (*const programs[])(struct __sk_buff *) = {
	[SLAVE_TX] = bv_slave_tx, [WIRE_RX] = bv_wire_rx,
	[HOST_TX] = bv_host_tx,	  [END_TX] = bv_end_tx,
	[COPY] = bv_copy,
};

static void set_skb(struct datapath *d)
{
	struct __sk_buff *skb = &d->skb;
	bool netkit;

	skb->ifindex = MASTER_IFINDEX;
	if (d->prog == SLAVE_TX || d->prog == END_TX)
		skb->ifindex = BASE_IFINDEX + d->slot;
	skb->ingress_ifindex = skb->ifindex;
	if (d->prog == HOST_TX || d->prog == END_TX)
		skb->ingress_ifindex =
			!setup.ingress		? 0 :
			setup.ingress <= SLAVES ? BASE_IFINDEX + setup.ingress :
						  OTHER_IFINDEX;
	skb->vlan_present = setup.skb & (SETUP_VLAN | SETUP_PRIORITY) ? 1 : 0;
	skb->vlan_tci = (setup.skb & SETUP_PRIORITY ? 0xe000 : 0) |
			(setup.skb & SETUP_VLAN ? 5 : 0);
	skb->gso_size = setup.skb & SETUP_GSO ? 60 : 0;
	skb->tc_index = setup.skb & SETUP_TC_INDEX ? BV_TC_INDEX_SLAVE :
			setup.skb & SETUP_ROUTED   ? BV_TC_INDEX_ROUTED :
						     0;
	if (skb->tc_index == BV_TC_INDEX_ROUTED && d->prog == HOST_TX)
		skb->mark = d->slot;
	set_type(skb, d->frame, d->len);
	netkit = d->prog == SLAVE_TX &&
		 bv_slave_flags(d->slot) & BV_SLAVE_NETKIT;
	/* Behind veth a slave's frame has the type of its address. */
	if (setup.pkt_type <= BV_PACKET_OTHERHOST &&
	    (d->prog != SLAVE_TX || netkit))
		skb->pkt_type = setup.pkt_type;
	if (setup.pkt_type == PACKET_LOOPBACK && d->prog == WIRE_RX)
		skb->pkt_type = PACKET_LOOPBACK;
	if (netkit && setup.skb & SETUP_LIES)
		skb->protocol = bpf_htons(ETH_P_IP);
}

/*
 * The copier's turns with the frame that it was given, if it was. No turn comes
 * to nothing: there are no more of them than there are slaves.
 */
static void run_copier(struct datapath *d)
{
	const struct sent *sent = NULL;
	struct __sk_buff skb = {
		.ifindex = OTHER_IFINDEX,
		.vlan_present = d->skb.vlan_present,
		.vlan_tci = d->skb.vlan_tci,
	};
	__u32 turns = 0;

	for (size_t i = 0; i < d->n_sent; i++)
		if (kernel.sent[i].ifindex == BASE_IFINDEX &&
		    !kernel.sent[i].failed)
			sent = &kernel.sent[i];
	if (!sent)
		return;
	require(sent->how == SENT_CLONE && !sent->flags);
	d->deferred = true;
	skb.mark = sent->mark;
	skb.tc_index = (__u16)sent->tc_index;
	set_type(&skb, d->out, d->skb.len);
	kernel_receive(&skb, d->out, d->skb.len, setup.linear);
	while (bv_copy(&skb) == REDIRECT) {
		sent = &kernel.sent[--kernel.n_sent];
		require(sent->how == SENT_REDIRECT && !sent->flags);
		require(sent->ifindex == BASE_IFINDEX);
		require(++turns <= SLAVES);
	}
	kernel_free(&skb);
}

/* What the sender has sent, if this is a run without guests. */
static void make_plain(const struct datapath *d, uint8_t *frame)
{
	if (slaves_only && d->prog == SLAVE_TX &&
	    setup_is_guest(&setup, d->slot))
		(void)guest_sent(frame, d->len, mac, setup.skb & SETUP_PARTIAL);
}

bool datapath_run(enum program prog, const uint8_t *data, size_t size,
		  bool plain, struct datapath *d)
{
	uint8_t *frame;

	if (size < sizeof(setup) || size > FRAME_MAX / 4)
		return false;
	memcpy(&setup, data, sizeof(setup));
	slaves_only = plain;
	set_kernel();
	set_port();
	setup_macs(&setup, &bv_port, bv_slave_get, NATIVE_MAP(&bv_macs));
	set_table();
	set_groups();
	set_dhcp(4, bpf_htonl(XID4), setup.dhcp[0]);
	set_dhcp(6, bpf_htonl(XID6), setup.dhcp[1]);
	set_listeners();
	size -= sizeof(setup);
	d->prog = prog;
	d->setup = setup;
	d->slot = setup.slot % (SLAVES + 2) + 1;
	d->len = size + setup.more * 8U;
	d->skb = (struct __sk_buff){};
	d->deferred = false;
	d->now = kernel.now;
	d->frame = frame = calloc(1, d->len + 1);
	d->out = malloc(FRAME_MAX);
	require(d->frame && d->out);
	memcpy(frame, data + sizeof(setup), size);
	for (size_t i = size; i < d->len; i++)
		frame[i] = (uint8_t)(i * 7);
	memcpy(d->mac, mac, sizeof(mac));
	make_plain(d, frame);
	set_skb(d);
	get_state(&d->before);
	kernel_receive(&d->skb, d->frame, d->len, setup.linear);
	d->verdict = (enum verdict)programs[prog](&d->skb);
	d->n_sent = kernel.n_sent;
	memcpy(d->out, kernel.frame, d->skb.len);
	kernel_free(&d->skb);
	run_copier(d);
	get_state(&d->after);
	return true;
}

void datapath_free(struct datapath *d)
{
	free((uint8_t *)d->frame);
	free(d->out);
}

int datapath_fuzz(enum program prog, const uint8_t *data, size_t size)
{
	static struct datapath d, plain;
	static struct sent sent[SENT_MAX];
	size_t n_sent = 0;

	if (!datapath_run(prog, data, size, false, &d))
		return 0;
	if (setup.guests) {
		memcpy(sent, kernel.sent, sizeof(sent));
		n_sent = kernel.n_sent;
		(void)datapath_run(prog, data, size, true, &plain);
		oracle_check(&plain);
		check_guests(&d, sent, n_sent, &plain);
		datapath_free(&plain);
	} else {
		oracle_check(&d);
	}
	datapath_free(&d);
	return 0;
}
