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

struct datapath;

/* A field of two bytes, as they are sent. */
static inline unsigned int u16(const uint8_t *at)
{
	return (unsigned int)at[0] << 8 | at[1];
}

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
	bool arp, arp_request; /* of Ethernet and IPv4; not an announcement */
	bool report; /* of IGMP or MLD, which is not for other members */
	/* DHCP to a client: its version and transaction as it is in the frame. */
	uint8_t reply;
	uint8_t request; /* to a server */
	uint32_t xid;
};

void reference_read(const uint8_t *frame, size_t len, const uint8_t mac[6],
		    struct reading *r);

/* The frame that asks whether anybody has an IPv4 address, RFC 5227 2.1.1. */
#define PROBE_LEN 42
void reference_probe(uint8_t frame[PROBE_LEN], const uint8_t ip[16],
		     const uint8_t mac[6]);

/*
 * The answer with this MAC to an ARP request or solicitation, of so many bytes
 * at most; 0: no host would answer it.
 */
size_t reference_answer(const struct datapath *d, const struct reading *r,
			uint8_t *answer);

/* The one's complement sum of bytes (RFC 1071), 0 written as 0xffff. */
uint16_t reference_sum(const uint8_t *at, size_t len, uint32_t sum);
/* The same of an upper-layer packet and its pseudo header. */
uint16_t reference_sum_ip6(const uint8_t *ip6, size_t len);
uint16_t reference_sum_udp4(const uint8_t *ip, size_t len);

bool reference_is_ip4(const uint8_t ip[16]);
/* May a host have this address? */
bool reference_is_host_address(const uint8_t ip[16]);

#endif /* BV_FUZZ_REFERENCE_H */
