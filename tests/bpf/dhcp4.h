/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dhcp4.h - words for rows about DHCPv4. A frame that is expected is built from
 * the message that is expected, checksums and lengths included.
 */
#ifndef BV_TEST_DHCP4_H
#define BV_TEST_DHCP4_H

#include "dhcp.h"

#define DISCOVER 53, 1, 1
#define OFFER 53, 1, 2
#define END 255
#define ID_MAC 61, 7, 1, OWN
#define ID_SLAVE(slot) 61, 7, 1, DHCP_ID(slot)
#define ID_OTHER 61, 4, 0, 'w', 'e', 'b'
#define NO_ID 0, 0, 0, 0, 0, 0, 0, 0, 0
#define PAD_120                                                                \
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,   \
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0

#define DHCP(...) (&(const struct dhcp){ __VA_ARGS__ })
#define OPTS(...) .opts = BYTES(__VA_ARGS__)
#define REPLY(...) DHCP(.type = 2, __VA_ARGS__)

/* From a client without an address to all, from one with a lease to a server. */
#define ASK(...)                                              \
	.kind = FRAME_IP4, .to = broadcast, .src = "0.0.0.0", \
	.dst = "255.255.255.255", .dport = 67, .dhcp = __VA_ARGS__
#define RENEW(...)                                             \
	.kind = FRAME_IP4, .to = neighbour, .src = "10.0.0.1", \
	.dst = IP4_WIRE, .dport = 67, .dhcp = __VA_ARGS__
/* To the one MAC and an address that nobody has yet, or to all. */
#define TELL(...)                                                            \
	.kind = FRAME_IP4, .src = IP4_WIRE, .dst = "10.0.0.50", .dport = 68, \
	.dhcp = __VA_ARGS__
#define TELL_ALL(...)                                        \
	.kind = FRAME_IP4, .to = broadcast, .src = IP4_WIRE, \
	.dst = "255.255.255.255", .dport = 68, .dhcp = __VA_ARGS__
#define SAYS(slot_, id_)                                               \
	{                                                              \
		.known = true, .slot = (slot_), .id = BV_DHCP_ID_##id_ \
	}
/* The id on the wire where XID is another's, and what is noted of it. */
#define XID_OF(slot) (XID ^ ((slot) + 1) * 2654435761U)
#define SAYS_XID(slot_, id_)                                            \
	{                                                               \
		.known = true, .slot = (slot_), .id = BV_DHCP_ID_##id_, \
		.xid = XID                                              \
	}
#define ID_REQUEST OPTS(ID_MAC, END)

#endif /* BV_TEST_DHCP4_H */
