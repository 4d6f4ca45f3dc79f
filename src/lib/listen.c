// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * listen.c - who hears questions that nobody here is known to have an answer to,
 * and who gets IPv4 broadcasts, as the user side changes it.
 *
 * The programs count and set the same at the same time (listen.h on the BPF side
 * says how two that disagree come to agree).
 */
#include <arpa/inet.h>

#include "internal.h"

static void set_bit(uint64_t *word, uint64_t bit, uint32_t *count, bool on)
{
	if (on && !(__atomic_fetch_or(word, bit, __ATOMIC_SEQ_CST) & bit))
		__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
	if (!on && __atomic_fetch_and(word, ~bit, __ATOMIC_SEQ_CST) & bit)
		__atomic_fetch_sub(count, 1, __ATOMIC_RELAXED);
}

void bv_listen_settle(const struct port *port, uint32_t slot)
{
	struct bv_listeners *l = &port->listeners[slot / 64];
	const struct bv_slave *rec = &port->slaves[slot];
	uint64_t bit = 1ULL << slot % 64;
	uint32_t flags, addrs4;

	do {
		flags = __atomic_load_n(&rec->flags, __ATOMIC_SEQ_CST);
		addrs4 = __atomic_load_n(&rec->addrs4, __ATOMIC_SEQ_CST);
		set_bit((uint64_t *)&l->arp, bit, &port->rec->arp_listeners,
			BV_LISTENS_ARP(flags, addrs4));
		set_bit((uint64_t *)&l->nd, bit, &port->rec->nd_listeners,
			BV_LISTENS_ND(flags));
	} while (flags != __atomic_load_n(&rec->flags, __ATOMIC_SEQ_CST) ||
		 addrs4 != __atomic_load_n(&rec->addrs4, __ATOMIC_SEQ_CST));
}

void bv_count_addr(const struct port *port, uint32_t slot,
		   const struct bv_addr_key *key, int n)
{
	struct bv_slave *rec = &port->slaves[slot];

	if (slot == BV_SLOT_HOST || slot >= port->slots || key->ip[0] ||
	    key->ip[1] || key->ip[2] != htonl(0xffff))
		return;
	__atomic_fetch_add(&rec->addrs4, (uint32_t)n, __ATOMIC_SEQ_CST);
	if (n > 0)
		__atomic_fetch_or(&rec->flags, BV_SLAVE_IP4, __ATOMIC_RELAXED);
	bv_listen_settle(port, slot);
}
