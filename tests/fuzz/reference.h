/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reference.h - what a receiver makes of a frame; a second opinion.
 *
 * Shares nothing with src/bpf but the key of the address table. It sees the
 * whole frame and walks through any number of headers, as Linux does.
 */
#ifndef BV_FUZZ_REFERENCE_H
#define BV_FUZZ_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address {
	bool given;
	uint8_t ip[16]; /* IPv4 mapped */
};

struct reading {
	/* ARP or ND that a receiver accepts names another MAC as the sender's. */
	bool foreign;
	struct address src, dst; /* IP's, or ARP's sender and target */
	struct address target; /* of a solicitation */
	struct address claim; /* what the sender says that it owns */
	bool question; /* the claim is DAD's, which is none yet */
};

void reference_read(const uint8_t *frame, size_t len, const uint8_t mac[6],
		    struct reading *r);

/* The frame that asks whether anybody has an IPv4 address, RFC 5227 2.1.1. */
#define PROBE_LEN 42
void reference_probe(uint8_t frame[PROBE_LEN], const uint8_t ip[16],
		     const uint8_t mac[6]);

bool reference_is_ip4(const uint8_t ip[16]);
/* May a host have this address? */
bool reference_is_host_address(const uint8_t ip[16]);

#endif /* BV_FUZZ_REFERENCE_H */
