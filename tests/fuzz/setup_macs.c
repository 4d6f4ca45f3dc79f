// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slaves with MACs of their own, as the user side leaves them: flags by mode, the
 * table of MACs, the counts in the port's record. A slave that is not active went
 * after the last command; its entries and what it counts for are still there.
 */
#include "setup_macs.h"

#include <bpf/bpf_helpers.h>
#include <string.h>

#include "require.h"

/* Of nobody's device. Whoever has the last two may be on a list. */
static const uint8_t macs[MACS][6] = {
	{ 2, 0, 0, 0, 0x61, 1 },
	{ 2, 0, 0, 0, 0x61, 2 },
	{ 2, 0, 0, 0, 0x61, 3 },
	{ 2, 0, 0, 0, 0x99, 1 },
};

/* Those that macvlan's modes are made of. */
static const uint32_t mode_flags[MODE_MAX_] = {
	[MODE_BRIDGE] = BV_SLAVE_MACVLAN,
	[MODE_PRIVATE] = BV_SLAVE_MACVLAN | BV_SLAVE_PRIVATE,
	[MODE_VEPA] = BV_SLAVE_MACVLAN | BV_SLAVE_VEPA | BV_SLAVE_SWITCHED,
	[MODE_SOURCE] = BV_SLAVE_MACVLAN | BV_SLAVE_SOURCE | BV_SLAVE_SWITCHED,
	[MODE_NODST] = BV_SLAVE_MACVLAN | BV_SLAVE_SOURCE | BV_SLAVE_SWITCHED |
		       BV_SLAVE_NODST,
	[MODE_PASSTHRU] = BV_SLAVE_MACVLAN | BV_SLAVE_PASSTHRU,
};
/* Others that may be set beside them; arp flood is unless it is cleared. */
#define BESIDE                                                 \
	(BV_SLAVE_ACTIVE | BV_SLAVE_PEER | BV_SLAVE_HOST_OFF | \
	 BV_SLAVE_ARP_FLOOD | BV_SLAVE_NETKIT)

static enum mode mode_of(const struct setup *setup, uint32_t slot)
{
	return slot ? setup->modes[(slot - 1) % CHOSEN] % MODE_MAX_ :
		      MODE_IPVLAN;
}

bool setup_is_macvlan(const struct setup *setup, uint32_t slot)
{
	return mode_of(setup, slot) != MODE_IPVLAN;
}

uint32_t setup_passthru(const struct setup *setup, uint32_t high_slot)
{
	for (uint32_t slot = 1; slot <= CHOSEN && slot <= high_slot; slot++)
		if (mode_of(setup, slot) == MODE_PASSTHRU)
			return slot;
	return 0;
}

uint32_t setup_inline(const struct setup *setup)
{
	uint32_t fewer = setup->fewer % (BV_FLOOD_INLINE + 2);

	return fewer <= BV_FLOOD_INLINE ? BV_FLOOD_INLINE - fewer :
					  BV_SLOTS_MAX;
}

static void own_mac(uint8_t mac[6], uint32_t slot)
{
	const uint8_t own[6] = { 2, 0, 0, 0, 0x51, (uint8_t)slot };

	memcpy(mac, own, sizeof(own));
}

void setup_mode(const struct setup *setup, const struct bv_port *port,
		struct bv_slave *slave, uint32_t slot)
{
	enum mode mode = mode_of(setup, slot);

	if (mode == MODE_IPVLAN)
		return;
	slave->flags &= BESIDE;
	slave->flags ^= BV_SLAVE_ARP_FLOOD;
	slave->flags |= BV_SLAVE_IP4 | mode_flags[mode];
	if (mode == MODE_PASSTHRU)
		memcpy(slave->mac, port->mac, sizeof(slave->mac));
	else
		own_mac(slave->mac, slot);
}

struct filling {
	const struct setup *setup;
	struct bv_port *port;
	struct bv_slave *(*slave_get)(uint32_t slot);
	const struct native_map *map;
	uint32_t n;
};

static void enter(struct filling *f, const uint8_t mac[6], uint16_t n,
		  uint32_t owner)
{
	struct bv_mac_key key = { .n = n };
	struct bv_mac entry = { .owner = owner };

	memcpy(key.mac, mac, sizeof(key.mac));
	require(!native_update(f->map, &key, &entry, BPF_NOEXIST));
	f->n++;
}

static void count(struct filling *f, uint32_t slot)
{
	const struct bv_slave *slave = f->slave_get(slot);

	if (!(slave->flags & BV_SLAVE_MACVLAN))
		return;
	f->port->macvlans++;
	if (slave->flags & BV_SLAVE_PASSTHRU)
		return;
	f->port->switched += slave->flags & BV_SLAVE_SWITCHED &&
			     !(slave->flags & BV_SLAVE_SOURCE);
	enter(f, slave->mac, 0, BV_OWNER(slot, BV_MAC_OWN));
}

static void learn(struct filling *f, const uint8_t mac[6], uint32_t slot)
{
	struct bv_slave *slave;

	if (!slot || slot > CHOSEN)
		return;
	slave = f->slave_get(slot);
	if (!(slave->flags & BV_SLAVE_MACVLAN) ||
	    slave->flags & BV_SLAVE_PASSTHRU)
		return;
	enter(f, mac, 0, BV_OWNER(slot, BV_MAC_LEARNED));
	slave->macs++;
}

static void list(struct filling *f, const uint8_t mac[6], uint8_t who)
{
	uint16_t n = 0;

	for (uint32_t i = 1; i <= f->port->high_slot; i++) {
		uint32_t slot =
			who & LISTS_BACKWARDS ? f->port->high_slot + 1 - i : i;

		if (!(who & 2U << (slot - 1) % CHOSEN) ||
		    !(f->slave_get(slot)->flags & BV_SLAVE_SOURCE) ||
		    n >= BV_SOURCE_SHARE)
			continue;
		enter(f, mac, ++n, slot);
	}
	f->port->sources += n;
}

void setup_macs(const struct setup *setup, struct bv_port *port,
		struct bv_slave *(*slave_get)(uint32_t slot),
		const struct native_map *map)
{
	struct filling f = { setup, port, slave_get, map, 0 };
	uint32_t i;

	kernel_resize(map, UINT32_MAX);
	for (i = 1; i <= port->high_slot; i++)
		count(&f, i);
	for (i = 0; i < MACS; i++)
		learn(&f, macs[i], setup->macs[i]);
	for (i = 0; i < LISTS; i++)
		list(&f, macs[MACS - 1 - i], setup->lists[i]);
	kernel_resize(map, setup->macs_full & 1 ? f.n : f.n + 1);
	/* The rest of them is in a part of the table that we do not see. */
	for (i = 1; i <= CHOSEN; i++)
		if (setup->macs_full & 1U << i &&
		    slave_get(i)->flags & BV_SLAVE_MACVLAN)
			slave_get(i)->macs = BV_MACS_MAX;
}
