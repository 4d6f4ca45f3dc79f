// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a slave says in ARP and ND: no MAC but the master's, and nothing that
 * cannot be parsed. A receiver is assumed to be no stricter than Linux.
 */
#include "cases.h"

#include <netinet/in.h>

#define DROPPED(why_) \
	.out = { .verdict = DROP, .drops = { { 1, BV_DROP_##why_, 1 } } }
#define EVERYBODY \
	.out = { .verdict = REDIRECT, .copies = S2 | S3 | HOST, .to = WIRE }
/* A question that is for no slave. */
#define UNHEARD .out = { .verdict = REDIRECT, .copies = HOST, .to = WIRE }
#define TO_WIRE .out = { .verdict = REDIRECT, .to = WIRE }

/* A broadcast request for an address of the wire, with something changed. */
#define REQUEST(...)                  \
	.frame = { .kind = FRAME_ARP, \
		   .to = broadcast,   \
		   .src = "10.0.0.1", \
		   .dst = IP4_WIRE,   \
		   __VA_ARGS__ }

static const struct test_case arp_cases[] = {
	{ .name = "ARP for other hardware is dropped",
	  REQUEST(.htype = 6),
	  DROPPED(BAD_ARP) },
	{ .name = "ARP for another protocol is dropped",
	  REQUEST(.ptype = 0x86dd),
	  DROPPED(BAD_ARP) },
	{ .name = "ARP with another length of MACs is dropped",
	  REQUEST(.hlen = 8),
	  DROPPED(BAD_ARP) },
	{ .name = "ARP with another length of addresses is dropped",
	  REQUEST(.plen = 16),
	  DROPPED(BAD_ARP) },
	{ .name = "ARP with a foreign sender is dropped",
	  REQUEST(.sha = foreign),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "ARP with a sender that differs in one bit is dropped",
	  REQUEST(.sha = (const uint8_t[]){ 2, 0, 0, 0, 0x47, 0x13 }),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "ARP with an empty sender is dropped",
	  REQUEST(.sha = (const uint8_t[6]){}),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "a unicast ARP reply with a foreign sender is dropped",
	  .frame = { .kind = FRAME_ARP,
		     .to = neighbour,
		     .op = ARP_REPLY,
		     .src = "10.0.0.1",
		     .dst = IP4_WIRE,
		     .sha = foreign },
	  DROPPED(FOREIGN_MAC) },
	{ .name = "ARP to a sibling with a foreign sender is dropped",
	  .frame = { .kind = FRAME_ARP,
		     .op = ARP_REPLY,
		     .src = "10.0.0.1",
		     .dst = "10.0.0.2",
		     .sha = foreign },
	  DROPPED(FOREIGN_MAC) },
	{ .name = "a vepa slave's ARP with a foreign sender is dropped",
	  .flags = { [1] = BV_SLAVE_VEPA },
	  REQUEST(.sha = foreign),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "a bad ARP to the wire is dropped",
	  .frame = { .kind = FRAME_ARP, .to = neighbour, .hlen = 1 },
	  DROPPED(BAD_ARP) },
	{ .name = "ARP with any operation may pass",
	  REQUEST(.op = 8),
	  EVERYBODY },
	{ .name = "ARP with something behind it may pass",
	  REQUEST(.payload = 18),
	  UNHEARD },
	{ .name = "ARP in another EtherType is none",
	  REQUEST(.proto = ETH_P_TEST, .sha = foreign),
	  EVERYBODY },
};

/* ND to all nodes; what it names is nobody's here. */
#define ND(type_, ...)                                              \
	.frame = { .kind = FRAME_ND,                                \
		   .to = all_nodes,                                 \
		   .type = type_,                                   \
		   .src = "fe80::1",                                \
		   .dst = "ff02::1",                                \
		   .target = type_ == ND_NA ? "fe80::1" : IP6_WIRE, \
		   __VA_ARGS__ }
/* Options: type, length in words, ... */
#define SLLA(...) 1, 1, __VA_ARGS__
#define TLLA(...) 2, 1, __VA_ARGS__
#define NONCE 14, 1, 1, 2, 3, 4, 5, 6
#define NONCE_X5 NONCE, NONCE, NONCE, NONCE, NONCE

static const struct test_case option_cases[] = {
	{ .name = "ND without options may pass", ND(ND_NS), UNHEARD },
	{ .name = "a solicitation from a foreign MAC is dropped",
	  ND(ND_NS, .opts = BYTES(SLLA(FOREIGN))),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "an advertisement of a foreign MAC is dropped",
	  ND(ND_NA, .opts = BYTES(TLLA(FOREIGN))),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "a router solicitation from a foreign MAC is dropped",
	  ND(ND_RS, .opts = BYTES(SLLA(FOREIGN))),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "a router advertisement from a foreign MAC is dropped",
	  ND(ND_RA, .opts = BYTES(SLLA(FOREIGN))),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "a solicitation with a foreign target MAC is dropped",
	  ND(ND_NS, .opts = BYTES(TLLA(FOREIGN))),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "a foreign MAC behind the right one is dropped",
	  ND(ND_NS, .opts = BYTES(SLLA(OWN), SLLA(FOREIGN))),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "a foreign MAC behind other options is dropped",
	  ND(ND_RA,
	     .opts = BYTES(NONCE, 5, 1, 0, 0, 0, 0, 5, 0xdc, SLLA(FOREIGN))),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "a foreign MAC in a longer option is dropped",
	  ND(ND_NS, .opts = BYTES(1, 2, FOREIGN, 0, 0, 0, 0, 0, 0, 0, 0)),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "a MAC that differs in one bit is dropped",
	  ND(ND_NS, .opts = BYTES(SLLA(2, 0, 0, 0x80, 0x47, 0x11))),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "a foreign MAC to the wire is dropped",
	  .frame = { .kind = FRAME_ND,
		     .to = neighbour,
		     .type = ND_NA,
		     .src = "fe80::1",
		     .dst = IP6_WIRE,
		     .target = "fe80::1",
		     .opts = BYTES(TLLA(FOREIGN)) },
	  DROPPED(FOREIGN_MAC) },
	{ .name = "a foreign MAC to a sibling is dropped",
	  .frame = { .kind = FRAME_ND,
		     .type = ND_NA,
		     .src = "fe80::1",
		     .dst = "fe80::2",
		     .target = "fe80::1",
		     .opts = BYTES(TLLA(FOREIGN)) },
	  DROPPED(FOREIGN_MAC) },
	{ .name = "an option of length 0 is dropped",
	  ND(ND_NS, .opts = BYTES(1, 0, OWN)),
	  DROPPED(BAD_ND) },
	{ .name = "an option of length 0 behind a good one is dropped",
	  ND(ND_NS, .opts = BYTES(NONCE, 14, 0, 0, 0, 0, 0, 0, 0)),
	  DROPPED(BAD_ND) },
	{ .name = "half an option is dropped",
	  ND(ND_NS, .opts = BYTES(1, 1, 2, 0)),
	  DROPPED(BAD_ND) },
	{ .name = "one byte of an option is dropped",
	  ND(ND_RS, .opts = BYTES(SLLA(OWN), 1)),
	  DROPPED(BAD_ND) },
	{ .name = "an option that ends behind the packet is dropped",
	  ND(ND_NS, .opts = BYTES(14, 3, 0, 0, 0, 0, 0, 0)),
	  DROPPED(BAD_ND) },
	{ .name = "an option that ends in what is behind the packet, too",
	  ND(ND_NS, .opts = BYTES(14, 2, [15] = 0), .len_off = -8),
	  DROPPED(BAD_ND) },
	{ .name = "half an option with padding behind it, too",
	  ND(ND_NS, .opts = BYTES(NONCE, SLLA(OWN)), .len_off = -4),
	  DROPPED(BAD_ND) },
	{ .name = "16 options may pass",
	  ND(ND_NS, .opts = BYTES(NONCE_X5, NONCE_X5, NONCE_X5, SLLA(OWN))),
	  UNHEARD },
	{ .name = "a foreign MAC in the 16th option is dropped",
	  ND(ND_NS, .opts = BYTES(NONCE_X5, NONCE_X5, NONCE_X5, SLLA(FOREIGN))),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "17 options are dropped",
	  ND(ND_NS,
	     .opts = BYTES(NONCE_X5, NONCE_X5, NONCE_X5, NONCE, SLLA(OWN))),
	  DROPPED(BAD_ND) },
	{ .name = "an option longer than 255 bytes may pass",
	  ND(ND_RA, .opts = BYTES(24, 33, [2 ... 263] = 0)),
	  EVERYBODY },
	{ .name = "what is behind the packet's end is no option",
	  ND(ND_NS, .opts = BYTES(SLLA(FOREIGN)), .len_off = -8),
	  UNHEARD },
	{ .name = "a packet that ends before its options is dropped",
	  ND(ND_NS, .opts = BYTES(SLLA(OWN)), .len_off = -9),
	  DROPPED(BAD_ND) },
	{ .name = "a packet longer than its frame is dropped",
	  ND(ND_NS, .opts = BYTES(SLLA(OWN)), .len_off = 8),
	  DROPPED(BAD_ND) },
	{ .name = "a solicitation without all of its target is dropped",
	  ND(ND_NS, .body = 23),
	  DROPPED(SHORT) },
	{ .name = "a router solicitation of 7 bytes is dropped",
	  ND(ND_RS, .body = 7),
	  DROPPED(SHORT) },
	{ .name = "a redirect names its target's MAC, which is another's",
	  ND(ND_REDIRECT, .opts = BYTES(TLLA(NEIGHBOUR))),
	  EVERYBODY },
};

static const struct test_case next_cases[] = {
#define BEHIND(...) \
	ND(ND_NS, .opts = BYTES(SLLA(FOREIGN)), .exts = BYTES(__VA_ARGS__))
	{ .name = "ND behind hop-by-hop options is ND",
	  BEHIND(IPPROTO_HOPOPTS),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "ND behind a routing header is ND",
	  BEHIND(IPPROTO_ROUTING),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "ND behind destination options is ND",
	  BEHIND(IPPROTO_DSTOPTS),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "ND in a packet that is its own fragment is ND",
	  BEHIND(IPPROTO_FRAGMENT),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "ND in a first fragment is ND",
	  ND(ND_NS, .opts = BYTES(SLLA(FOREIGN)),
	     .exts = BYTES(IPPROTO_FRAGMENT), .frag_off = 1),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "a later fragment is no ND",
	  ND(ND_NS, .opts = BYTES(SLLA(FOREIGN)),
	     .exts = BYTES(IPPROTO_FRAGMENT), .frag_off = 8),
	  EVERYBODY },
	{ .name = "a later fragment of more to come is no ND",
	  ND(ND_NS, .opts = BYTES(SLLA(FOREIGN)),
	     .exts = BYTES(IPPROTO_DSTOPTS, IPPROTO_FRAGMENT),
	     .frag_off = 0xfff9),
	  EVERYBODY },
	{ .name = "ND behind a long option header is ND",
	  ND(ND_NS, .opts = BYTES(SLLA(FOREIGN)),
	     .exts = BYTES(IPPROTO_DSTOPTS), .ext_words = 20),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "ND behind headers as long as they get is ND",
	  ND(ND_NS, .opts = BYTES(SLLA(FOREIGN)),
	     .exts = BYTES(IPPROTO_DSTOPTS), .ext_words = 150),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "ND behind six headers of all kinds is ND",
	  BEHIND(IPPROTO_HOPOPTS, IPPROTO_DSTOPTS, IPPROTO_ROUTING,
		 IPPROTO_FRAGMENT, IPPROTO_DSTOPTS, IPPROTO_DSTOPTS),
	  DROPPED(FOREIGN_MAC) },
	{ .name = "an honest solicitation behind six headers may pass",
	  ND(ND_NS, .opts = BYTES(SLLA(OWN)),
	     .exts = BYTES(IPPROTO_HOPOPTS, IPPROTO_DSTOPTS, IPPROTO_ROUTING,
			   IPPROTO_FRAGMENT, IPPROTO_DSTOPTS, IPPROTO_DSTOPTS)),
	  UNHEARD },
	/* Linux takes ND behind any number of headers. */
	{ .name = "ND behind more headers than are looked behind is dropped",
	  BEHIND(IPPROTO_DSTOPTS, IPPROTO_DSTOPTS, IPPROTO_DSTOPTS,
		 IPPROTO_DSTOPTS, IPPROTO_DSTOPTS, IPPROTO_DSTOPTS,
		 IPPROTO_DSTOPTS),
	  DROPPED(BAD_ND) },
	/* ...and one of payload length 0 to the frame's end, RFC 2675 3. */
	{ .name = "ND of payload length 0 behind hop-by-hop options is dropped",
	  ND(ND_NS, .opts = BYTES(SLLA(FOREIGN)),
	     .exts = BYTES(IPPROTO_HOPOPTS), .no_len = true),
	  DROPPED(BAD_ND) },
	{ .name = "ND of payload length 0 is dropped",
	  ND(ND_NS, .opts = BYTES(SLLA(OWN)), .no_len = true),
	  DROPPED(BAD_ND) },
	{ .name = "what is behind no header that we know is no ND",
	  BEHIND(IPPROTO_AH),
	  EVERYBODY },
	{ .name = "ND behind the header that says nothing follows is none",
	  BEHIND(IPPROTO_NONE),
	  EVERYBODY },
	{ .name = "ND that says it is TCP is none",
	  ND(ND_NS, .opts = BYTES(SLLA(FOREIGN)), .next = IPPROTO_TCP),
	  EVERYBODY },
	{ .name = "IPv6 UDP behind headers reaches a sibling",
	  .frame = { .kind = FRAME_IP6,
		     .src = "fe80::1",
		     .dst = "fe80::2",
		     .exts = BYTES(IPPROTO_DSTOPTS, IPPROTO_FRAGMENT),
		     .payload = 20 },
	  .out = { .verdict = REDIRECT, .to = S2 } },
	{ .name = "an echo request to the wire may pass",
	  .frame = { .kind = FRAME_IP6,
		     .to = neighbour,
		     .src = "fe80::1",
		     .dst = IP6_WIRE,
		     .next = IPPROTO_ICMPV6,
		     .payload = 20 },
	  TO_WIRE },
};

int main(void)
{
	static const struct case_table tables[] = {
		CASES(SLAVE_TX, arp_cases),
		CASES(SLAVE_TX, option_cases),
		CASES(SLAVE_TX, next_cases),
		{},
	};

	return cases_main(tables);
}
