// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of MACs around a row: set, and compared as a whole. */
#include "macs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <bpf/bpf.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "env.h"

#define TABLE_MAX 256

const uint8_t mac1[6] = { MAC1 }, mac2[6] = { MAC2 }, mac3[6] = { MAC3 };

struct table {
	uint32_t n;
	struct {
		struct bv_mac_key key;
		uint32_t owner;
	} rows[TABLE_MAX];
};

static struct table before;

static void table_read(struct table *t)
{
	struct bv_mac_key *last = NULL;
	struct bv_mac mac;

	t->n = 0;
	while (t->n < TABLE_MAX &&
	       !bpf_map_get_next_key(env.macs_fd, last, &t->rows[t->n].key)) {
		last = &t->rows[t->n].key;
		assert_int_equal(bpf_map_lookup_elem(env.macs_fd, last, &mac),
				 0);
		t->rows[t->n++].owner = mac.owner;
	}
}

static struct bv_mac_key key_of(const struct mac_entry *e)
{
	struct bv_mac_key key = { .n = e->n };

	memcpy(key.mac, e->mac, sizeof(key.mac));
	return key;
}

static uint32_t owner_of(const struct mac_entry *e)
{
	return e->n ? (uint32_t)e->slot : BV_OWNER(e->slot, e->how);
}

static void enter(const struct mac_entry *e)
{
	struct bv_mac mac = { .owner = owner_of(e) };
	struct bv_mac_key key = key_of(e);

	assert_int_equal(bpf_map_update_elem(env.macs_fd, &key, &mac, BPF_ANY),
			 0);
	if (e->n)
		env.port->sources++;
	else if (e->how == BV_MAC_LEARNED)
		env.slaves[e->slot].macs++;
}

void macs_add(const struct mac_entry *entries)
{
	for (; entries->mac; entries++)
		enter(entries);
	table_read(&before);
}

void macs_set(const struct mac_entry *entries)
{
	static const uint8_t *const macs[] = { NULL, mac1, mac2, mac3 };

	for (uint32_t slot = 1; slot < 4; slot++) {
		struct bv_slave *slave = &env.slaves[slot];
		const struct mac_entry e = {
			.mac = macs[slot],
			.slot = (int)slot,
			.how = BV_MAC_OWN,
		};

		if (!(slave->flags & BV_SLAVE_MACVLAN))
			continue;
		if (slave->flags & BV_SLAVE_PASSTHRU) {
			env.port->passthru = slot;
			continue;
		}
		memcpy(slave->mac, macs[slot], sizeof(slave->mac));
		env.port->macvlans++;
		if (slave->flags & BV_SLAVE_SOURCE)
			slave->flags |= BV_SLAVE_SWITCHED;
		else if (slave->flags & BV_SLAVE_SWITCHED)
			env.port->switched++;
		enter(&e);
	}
	macs_add(entries);
}

static uint32_t find(const struct table *t, const struct bv_mac_key *key)
{
	uint32_t i;

	for (i = 0; i < t->n; i++)
		if (!memcmp(&t->rows[i].key, key, sizeof(*key)))
			break;
	return i;
}

static void change(struct table *t, const struct mac_entry *e)
{
	struct bv_mac_key key = key_of(e);
	uint32_t i = find(t, &key);

	if (e->slot < 0) {
		assert_true(i < t->n);
		t->rows[i] = t->rows[--t->n];
		return;
	}
	t->n += i == t->n;
	t->rows[i].key = key;
	t->rows[i].owner = owner_of(e);
}

const char *macs_check(const struct mac_entry *changed)
{
	uint32_t learned[SLAVES + 1] = {};
	struct table want = before, got;
	static char why[80];

	for (; changed->mac; changed++)
		change(&want, changed);
	table_read(&got);
	if (got.n != want.n) {
		snprintf(why, sizeof(why), "%u MACs in the table, not %u",
			 got.n, want.n);
		return why;
	}
	for (uint32_t i = 0; i < got.n; i++) {
		uint32_t at = find(&want, &got.rows[i].key);
		uint32_t owner = got.rows[i].owner;

		if (at == want.n || want.rows[at].owner != owner) {
			snprintf(why, sizeof(why),
				 "a MAC that ends in %02x is %#x's",
				 got.rows[i].key.mac[5], owner);
			return why;
		}
		if (!got.rows[i].key.n && BV_OWNER_HOW(owner) == BV_MAC_LEARNED)
			learned[BV_OWNER_SLOT(owner)]++;
	}
	for (uint32_t slot = 0; slot <= SLAVES; slot++)
		if (env.slaves[slot].macs != learned[slot]) {
			snprintf(why, sizeof(why),
				 "slot %u is counted to have learned %d MACs",
				 slot, (int)env.slaves[slot].macs);
			return why;
		}
	return NULL;
}
