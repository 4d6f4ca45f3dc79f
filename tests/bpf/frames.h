/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frames.h - frames by description: what a test says of one, and its bytes.
 *
 * A field that is left out is what an honest slave or neighbour would send:
 * lengths and checksums are right, hop limits are 255, MACs are the master's.
 * A test names only what it is about.
 */
#ifndef BV_TEST_FRAMES_H
#define BV_TEST_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 4096
#define ETH_P_TEST 0x88b5 /* local experiments, IEEE 802 */

struct frame {
	int type; /* PACKET_, of one that was received */
	size_t len;
	uint8_t data[FRAME_MAX];
};

/* MACs, as initialisers: the master's, a neighbour's, an impostor's, groups. */
#define OWN 2, 0, 0, 0, 0x47, 0x11
#define NEIGHBOUR 2, 0, 0, 0, 0x99, 0x01
#define FOREIGN 2, 0, 0, 0, 0x66, 0x66
extern const uint8_t own[6], neighbour[6], foreign[6];
extern const uint8_t broadcast[6], all_nodes[6];

struct bytes {
	const uint8_t *data;
	size_t len;
};
#define BYTES(...)                                               \
	{                                                        \
		(const uint8_t[]){ __VA_ARGS__ },                \
			sizeof((const uint8_t[]){ __VA_ARGS__ }) \
	}

/*
 * A DHCP message in UDP: what an honest client of the master's MAC, or a server
 * to it, would send.
 */
struct dhcp {
	uint8_t type; /* DHCPv4: op; 0: a request, a solicitation */
	uint32_t xid; /* XID */
	uint8_t htype, hlen; /* 1, 6 */
	const uint8_t *chaddr; /* own */
	const char *relay;
	uint32_t cookie;
	struct bytes opts; /* as they stand in the message */
	size_t pad; /* bytes after them */
	size_t trailer; /* bytes after the packet, in the frame */
};
#define XID 0x00c0ffeeU

enum frame_kind {
	FRAME_PLAIN = 0, /* of a private EtherType */
	FRAME_IP4, /* UDP */
	FRAME_IP6, /* UDP, or what `next` says */
	FRAME_ARP,
	FRAME_ND,
	FRAME_IGMP, /* with router alert, its message as it is in .msg */
	FRAME_MLD, /* the same, in hop-by-hop options if there are no .exts */
};

enum {
	ND_RS = 133,
	ND_RA,
	ND_NS,
	ND_NA,
	ND_REDIRECT
};
enum {
	ARP_REQUEST = 1,
	ARP_REPLY = 2
};

struct spec {
	enum frame_kind kind;
	const uint8_t *to, *from; /* Ethernet; NULL: own */
	uint16_t proto; /* EtherType, if it is not the kind's */
	uint16_t vlan; /* a tag, or two of them */
	uint16_t vlan_inner;
	/* IP source and destination, ARP's sender and target; NULL: zero */
	const char *src, *dst;
	size_t payload; /* bytes after UDP's, PLAIN's or ARP's header */
	size_t cut; /* bytes that are left of the frame; 0: all */

	/* ARP: 0 is what Ethernet and IPv4 have. */
	uint16_t op; /* a request */
	uint16_t htype, ptype;
	uint8_t hlen, plen;
	const uint8_t *sha; /* own */
	const uint8_t *tha; /* zero */

	/* IP */
	uint8_t hop_limit; /* IPv4: 64, IPv6: 255 */
	uint8_t version; /* in the first half byte */
	uint8_t ihl; /* IPv4's, in words */
	int len_off; /* added to the total or payload length */
	bool no_len; /* payload length 0 */
	uint8_t ip_opts; /* words of IPv4 options */
	uint16_t dport;
	const struct dhcp *dhcp; /* instead of the payload */
	int udp_len_off; /* added to UDP's length */
	bool no_csum; /* UDP without */
	struct bytes exts; /* IPv6 extension headers, a number each */
	uint8_t ext_words; /* each one's length field */
	uint16_t frag_off; /* of each fragment header, its flags included */
	uint8_t next; /* after them, if it is not the kind's */

	/* IGMP, MLD: the checksum is put in, if there is room for it */
	struct bytes msg;
	bool bad_csum;
	uint8_t hops; /* TTL, hop limit; 1 */

	/* ND */
	uint8_t type; /* a solicitation */
	const char *target;
	uint32_t nd_flags;
	struct bytes opts; /* as they stand in the frame */
	size_t body; /* bytes before the options; 0: the type's */
};

void frame_build(struct frame *f, const struct spec *spec);

/* A key of the address table from the text of an address of either family. */
struct bv_addr_key;
void key_parse(struct bv_addr_key *key, const char *text);

#endif /* BV_TEST_FRAMES_H */
