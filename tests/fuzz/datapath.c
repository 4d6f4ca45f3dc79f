// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The programs themselves, compiled for this machine, and the port around them.
 */
#include <bpf/bpf_helpers.h>

/* The loader sets the two constants before the programs run, and so do we. */
#define const
#include "bpf/lib/maps.h"
#undef const
#include "bpf/bpfvlan.bpf.c"

#include "datapath.h"

#include <string.h>

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

static struct setup setup;

static bool has_device(uint32_t ifindex)
{
	uint32_t slot = ifindex - BASE_IFINDEX;

	return ifindex == MASTER_IFINDEX ||
	       (slot >= 1 && slot <= SLAVES && !(setup.gone & 1U << slot));
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
	struct bv_addr addr = { .plen = key->ip[0] ? 128 : 32 };

	if (!slot || slot > 5)
		return;
	slot %= 5;
	addr.owner =
		BV_OWNER(slot, what & 8 ? BV_ADDR_STATIC : BV_ADDR_LEARNED);
	if (what & 8)
		addr.plen = 24;
	addr.seen_ns = kernel.now - times[what >> 4 & 3].seen * half;
	if (times[what >> 4 & 3].challenged)
		addr.challenged_ns =
			kernel.now - times[what >> 4 & 3].challenged * half;
	(void)bpf_map_update_elem(&bv_addrs, key, &addr, BPF_ANY);
	if (!(what & 8))
		bv_slave_get(slot)->learned++;
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
	for (i = 0; i <= SLAVES; i++)
		if (setup.full & 1U << i)
			bv_slave_get(i)->learned = BV_LEARN_MAX;
}

static void set_port(void)
{
	__u64 window = kernel.now >> BV_FLOOD_WINDOW_SHIFT;
	__u32 i;

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
							    SLAVES,
		.mtu = setup.port & SETUP_SMALL_MTU ? SMALL_MTU : 1500,
		.hook = BV_HOOK_TCX,
		.flood_window = window,
	};
	__builtin_memcpy(bv_port.mac, mac, sizeof(mac));
	if (setup.port & SETUP_FLOOD_REACHED)
		bv_port.flood_copies = BV_FLOOD_COPIES;
	if (setup.port & SETUP_FLOOD_BEFORE)
		bv_port.flood_window--;
	for (i = 1; i <= SLAVES; i++)
		bv_slave_get(i)->flags = setup.flags[i - 1] ^
					 (BV_SLAVE_ACTIVE | BV_SLAVE_PEER);
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
	if (setup.pkt_type <= BV_PACKET_OTHERHOST)
		skb->pkt_type = setup.pkt_type;
}

static void copy_entry(const void *key, const void *value, void *arg)
{
	struct table *t = arg;

	memcpy(&t->entries[t->n].key, key, sizeof(struct bv_addr_key));
	memcpy(&t->entries[t->n].addr, value, sizeof(struct bv_addr));
	t->n++;
}

static void get_state(struct state *s)
{
	s->port = bv_port;
	for (__u32 i = 0; i <= SLAVES; i++) {
		s->slaves[i] = *bv_slave_get(i);
		s->drops[i] =
			*(struct bv_drops *)bpf_map_lookup_elem(&bv_drops, &i);
	}
	s->table.n = 0;
	kernel_each(NATIVE_MAP(&bv_addrs), copy_entry, &s->table);
}

const struct table_entry *table_find(const struct table *t, const __u8 ip[16])
{
	for (__u32 i = 0; i < t->n; i++)
		if (!memcmp(&t->entries[i].key, ip, 16))
			return &t->entries[i];
	return NULL;
}

static int (*const programs[])(struct __sk_buff *) = {
	[SLAVE_TX] = bv_slave_tx,
	[WIRE_RX] = bv_wire_rx,
	[HOST_TX] = bv_host_tx,
};

bool datapath_run(enum program prog, const uint8_t *data, size_t size,
		  struct datapath *d)
{
	if (size < sizeof(setup) || size > sizeof(setup) + FRAME_MAX)
		return false;
	memcpy(&setup, data, sizeof(setup));
	kernel.now = 1ULL << 45;
	kernel.has_device = has_device;
	kernel_resize(NATIVE_MAP(&bv_slaves), SLAVES + 1);
	kernel_resize(NATIVE_MAP(&bv_drops), SLAVES + 1);
	kernel_empty_maps();
	set_port();
	set_table();
	*d = (struct datapath){
		.prog = prog,
		.setup = setup,
		.slot = setup.slot % (SLAVES + 2) + 1,
		.frame = data + sizeof(setup),
		.len = size - sizeof(setup),
		.now = kernel.now,
	};
	memcpy(d->mac, mac, sizeof(mac));
	d->skb.ifindex = prog == SLAVE_TX ? BASE_IFINDEX + d->slot :
					    MASTER_IFINDEX;
	d->skb.vlan_present = setup.skb & SETUP_VLAN;
	d->skb.gso_size = setup.skb & SETUP_GSO ? 60 : 0;
	d->skb.tc_index = setup.skb & SETUP_TC_INDEX ? BV_TC_INDEX_SLAVE : 0;
	set_type(&d->skb, d->frame, d->len);
	get_state(&d->before);
	kernel_receive(&d->skb, d->frame, d->len, setup.linear);
	d->verdict = (enum verdict)programs[prog](&d->skb);
	get_state(&d->after);
	kernel_free(&d->skb);
	return true;
}

int datapath_fuzz(enum program prog, const uint8_t *data, size_t size)
{
	struct datapath d;

	if (datapath_run(prog, data, size, &d))
		oracle_check(&d);
	return 0;
}
