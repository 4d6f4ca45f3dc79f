// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DHCPv6 of slaves: what a request becomes, who gets the reply, and what it
 * becomes. Frames that are expected are built from the message that is expected,
 * checksums included.
 */
#include "dhcp.h"

/* Option 8, elapsed time, is one that is always there. */
#define ELAPSED 0, 8, 0, 2, 0, 0
#define LLT(...) 0, 1, 0, 14, 0, 1, 0, 1, 0x2a, 0x2b, 0x2c, 0x2d, __VA_ARGS__
#define LL(...) 0, 1, 0, 10, 0, 3, 0, 1, __VA_ARGS__
/* The server's, option 2, made of the same MAC. */
#define SERVER 0, 2, 0, 10, 0, 3, 0, 1, OWN
/* An odd number of bytes. */
#define ODD 0, 16, 0, 1, 7

enum {
	SOLICIT = 1,
	ADVERTISE,
	REQUEST,
	RENEW = 5,
	REPLY = 7,
	RECONFIGURE = 10,
	RELAY_FORWARD = 12,
	RELAY_REPLY = 13,
};

static const uint8_t servers[6] = { 0x33, 0x33, 0, 1, 0, 2 };

#define DHCP(...) (&(const struct dhcp){ __VA_ARGS__ })
#define OPTS(...) .opts = BYTES(__VA_ARGS__)
#define ASK_TO(to_, ...)                                                      \
	.kind = FRAME_IP6, .to = (to_), .src = "fe80::1", .dst = "ff02::1:2", \
	.dport = 547, .dhcp = DHCP(__VA_ARGS__)
#define ASK(...) ASK_TO(servers, __VA_ARGS__)
#define TELL(dst_, ...)                                                \
	.kind = FRAME_IP6, .src = IP6_WIRE, .dst = dst_, .dport = 546, \
	.dhcp = DHCP(__VA_ARGS__)
#define UNKNOWN "fe80::1234" /* nobody's yet */

#define OF(slot_)                              \
	{                                      \
		.known = true, .slot = (slot_) \
	}

static const struct test_case request_cases[] = {
	{ .name = "the MAC in a DUID-LLT becomes the slave's dhcp_id",
	  .frame = { ASK(OPTS(LLT(OWN), ELAPSED)) },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(LLT(DHCP_ID(1)), ELAPSED)),
	  .xid_after = OF(1) },
	{ .name = "the MAC in a DUID-LL becomes the slave's dhcp_id",
	  .frame = { ASK(.type = REQUEST, OPTS(ELAPSED, LL(OWN))) },
	  EVERYBODY,
	  .becomes = DHCP(.type = REQUEST, OPTS(ELAPSED, LL(DHCP_ID(1)))),
	  .xid_after = OF(1) },
	{ .name = "...of that slave, at an odd offset as well",
	  .at = 3,
	  .frame = { ASK(OPTS(ODD, LL(OWN))) },
	  .out = { .verdict = REDIRECT, .copies = S1 | S2 | HOST, .to = WIRE },
	  .becomes = DHCP(OPTS(ODD, LL(DHCP_ID(3)))),
	  .xid_after = OF(3) },
	{ .name = "the server's DUID is left alone",
	  .frame = { ASK(.type = RENEW, OPTS(SERVER, LL(OWN))) },
	  EVERYBODY,
	  .becomes = DHCP(.type = RENEW, OPTS(SERVER, LL(DHCP_ID(1)))),
	  .xid_after = OF(1) },
	{ .name = "a renewal to a server's address is rewritten",
	  .frame = { ASK_TO(neighbour, .type = RENEW, OPTS(LL(OWN))) },
	  TO_WIRE,
	  .becomes = DHCP(.type = RENEW, OPTS(LL(DHCP_ID(1)))),
	  .xid_after = OF(1) },
	{ .name = "a vepa slave's goes to the wire, rewritten",
	  .flags = { [1] = BV_SLAVE_VEPA },
	  .frame = { ASK(OPTS(LL(OWN))) },
	  TO_WIRE,
	  .becomes = DHCP(OPTS(LL(DHCP_ID(1)))),
	  .xid_after = OF(1) },
	{ .name = "another MAC in the DUID is left alone",
	  .frame = { ASK(OPTS(LL(FOREIGN))) },
	  EVERYBODY,
	  .xid_after = OF(1) },
	{ .name = "a DUID-EN is left alone",
	  .frame = { ASK(OPTS(0, 1, 0, 12, 0, 2, 0, 1, 0, 0, OWN)) },
	  EVERYBODY,
	  .xid_after = OF(1) },
	{ .name = "a DUID of other hardware is left alone",
	  .frame = { ASK(OPTS(0, 1, 0, 10, 0, 3, 0, 32, OWN)) },
	  EVERYBODY,
	  .xid_after = OF(1) },
	{ .name = "a DUID-LL that is too long is left alone",
	  .frame = { ASK(OPTS(0, 1, 0, 11, 0, 3, 0, 1, OWN, 0)) },
	  EVERYBODY,
	  .xid_after = OF(1) },
	{ .name = "a DUID-LLT that is too short is left alone",
	  .frame = { ASK(OPTS(0, 1, 0, 10, 0, 1, 0, 1, OWN)) },
	  EVERYBODY,
	  .xid_after = OF(1) },
	{ .name = "a DUID that is almost nothing is left alone",
	  .frame = { ASK(OPTS(0, 1, 0, 1, 0)) },
	  EVERYBODY,
	  .xid_after = OF(1) },
	{ .name = "two client ids are left alone",
	  .frame = { ASK(OPTS(LL(OWN), LL(OWN))) },
	  EVERYBODY,
	  .xid_after = OF(1) },
	{ .name = "no client id is none",
	  .frame = { ASK(OPTS(ELAPSED)) },
	  EVERYBODY,
	  .xid_after = OF(1) },
	{ .name = "no option is none either",
	  .frame = { ASK(.type = SOLICIT) },
	  EVERYBODY,
	  .xid_after = OF(1) },
	{ .name = "an option behind it that lies: left alone",
	  .frame = { ASK(OPTS(LL(OWN), 0, 8, 0, 3, 0, 0)) },
	  EVERYBODY,
	  .xid_after = OF(1) },
	{ .name = "half an option behind it: left alone",
	  .frame = { ASK(OPTS(LL(OWN), 0, 8)) },
	  EVERYBODY,
	  .xid_after = OF(1) },
	{ .name = "a sibling that uses the same transaction does not get it",
	  .xid = OF(2),
	  .frame = { ASK(OPTS(LL(OWN))) },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(LL(DHCP_ID(1)))) },
	{ .name = "what is relayed is left alone",
	  .frame = { ASK(.type = RELAY_FORWARD, OPTS(LL(OWN))) },
	  EVERYBODY },
	{ .name = "a reply to the server's port is left alone",
	  .frame = { ASK(.type = ADVERTISE, OPTS(LL(OWN))) },
	  EVERYBODY },
	{ .name = "UDP longer than IP is left alone",
	  .frame = { ASK(OPTS(LL(OWN))), .udp_len_off = 1 },
	  EVERYBODY },
	{ .name = "UDP shorter than IP is left alone",
	  .frame = { ASK(OPTS(LL(OWN))), .udp_len_off = -1 },
	  EVERYBODY },
	{ .name = "IP longer than the frame is left alone",
	  .frame = { ASK(OPTS(LL(OWN))), .len_off = 1, .udp_len_off = 1 },
	  EVERYBODY },
	{ .name = "a payload length of 0 is left alone",
	  .frame = { ASK(OPTS(LL(OWN))), .no_len = true },
	  EVERYBODY },
	{ .name = "a fragment is left alone",
	  .frame = { ASK(OPTS(LL(OWN))), .exts = BYTES(44) },
	  EVERYBODY },
	{ .name = "a message cut short is left alone",
	  .frame = { ASK_TO(neighbour, OPTS(LL(OWN))), .len_off = 1,
		     .udp_len_off = 1 },
	  .cuts = { { 14, { .verdict = REDIRECT, .to = WIRE } } } },
};

static const struct test_case wire_cases[] = {
	{ .name = "the MAC is put back into the DUID",
	  .frame = { TELL("fe80::1", .type = REPLY,
			  OPTS(LLT(DHCP_ID(1)), SERVER)),
		     FROM_WIRE },
	  ONLY(S1),
	  .becomes = DHCP(.type = REPLY, OPTS(LLT(OWN), SERVER)) },
	{ .name = "the owner of the address gets it, whose the id may be",
	  .xid = OF(2),
	  .frame = { TELL("fe80::1", .type = ADVERTISE, OPTS(LL(DHCP_ID(1)))),
		     FROM_WIRE },
	  ONLY(S1),
	  .becomes = DHCP(.type = ADVERTISE, OPTS(LL(OWN))) },
	{ .name = "a reconfiguration is put back as well",
	  .frame = { TELL("fe80::1", .type = RECONFIGURE, OPTS(LL(DHCP_ID(1)))),
		     FROM_WIRE },
	  ONLY(S1),
	  .becomes = DHCP(.type = RECONFIGURE, OPTS(LL(OWN))) },
	{ .name = "to an unknown address the transaction shows the way",
	  .xid = OF(2),
	  .frame = { TELL(UNKNOWN, .type = ADVERTISE, OPTS(ODD, LL(DHCP_ID(2)))),
		     FROM_WIRE },
	  ONLY(S2),
	  .becomes = DHCP(.type = ADVERTISE, OPTS(ODD, LL(OWN))) },
	{ .name = "...if it is known",
	  .frame = { TELL(UNKNOWN, .type = ADVERTISE, OPTS(LL(DHCP_ID(2)))),
		     FROM_WIRE },
	  PASSED },
	{ .name = "...and not old",
	  .xid = { .known = true, .slot = 2, .ago = 151 },
	  .frame = { TELL(UNKNOWN, .type = ADVERTISE, OPTS(LL(DHCP_ID(2)))),
		     FROM_WIRE },
	  PASSED },
	{ .name = "the host's reply is the host's, whose the id may be",
	  .xid = OF(2),
	  .frame = { TELL(IP6_HOST, .type = REPLY, OPTS(LL(DHCP_ID(2)))),
		     FROM_WIRE },
	  PASSED },
	{ .name = "another slave's dhcp_id is left alone",
	  .frame = { TELL("fe80::1", .type = REPLY, OPTS(LL(DHCP_ID(2)))),
		     FROM_WIRE },
	  ONLY(S1) },
	{ .name = "a reply whose options lie is left alone",
	  .frame = { TELL("fe80::1", .type = REPLY,
			  OPTS(LL(DHCP_ID(1)), 0, 8, 0, 9)),
		     FROM_WIRE },
	  ONLY(S1) },
	{ .name = "a relay's reply is left alone",
	  .xid = OF(2),
	  .frame = { TELL(UNKNOWN, .type = RELAY_REPLY, OPTS(LL(DHCP_ID(2)))),
		     FROM_WIRE },
	  PASSED },
	{ .name = "a private slave has DHCP from the wire",
	  .flags = { [2] = BV_SLAVE_PRIVATE | BV_SLAVE_HOST_OFF },
	  .xid = OF(2),
	  .frame = { TELL(UNKNOWN, .type = REPLY), FROM_WIRE },
	  ONLY(S2) },
	{ .name = "but not from a sibling by way of the switch",
	  .flags = { [2] = BV_SLAVE_PRIVATE },
	  .xid = OF(2),
	  .frame = { TELL(UNKNOWN, .type = REPLY) },
	  DROPPED(2, PRIVATE) },
};

/* Servers in slave 1. */
static const struct test_case sibling_cases[] = {
	{ .name = "a sibling's reply is put back",
	  .frame = { TELL("fe80::2", .type = REPLY, OPTS(LL(DHCP_ID(2)))) },
	  ONLY(S2),
	  .becomes = DHCP(.type = REPLY, OPTS(LL(OWN))) },
	{ .name = "to an unknown address it goes by the transaction",
	  .xid = OF(3),
	  .frame = { TELL(UNKNOWN, .type = REPLY, OPTS(LL(DHCP_ID(3)))) },
	  ONLY(S3),
	  .becomes = DHCP(.type = REPLY, OPTS(LL(OWN))) },
	{ .name = "a sibling cannot serve a private slave",
	  .flags = { [2] = BV_SLAVE_PRIVATE },
	  .frame = { TELL("fe80::2", .type = REPLY, OPTS(LL(DHCP_ID(2)))) },
	  DROPPED(1, PRIVATE),
	  .becomes = DHCP(.type = REPLY, OPTS(LL(OWN))) },
	{ .name = "a vepa slave's reply goes to the wire as it is",
	  .flags = { [1] = BV_SLAVE_VEPA },
	  .frame = { TELL("fe80::2", .type = REPLY, OPTS(LL(DHCP_ID(2)))) },
	  TO_WIRE },
	{ .name = "a reply to a client on the wire goes there",
	  .xid = OF(2),
	  .frame = { TELL(UNKNOWN, .type = REPLY, OPTS(LL(DHCP_ID(2)))),
		     .to = neighbour },
	  TO_WIRE },
	{ .name = "an unknown reply to nobody's address is the host's",
	  .frame = { TELL(UNKNOWN, .type = REPLY, OPTS(LL(DHCP_ID(2)))) },
	  TO_HOST },
};

static const struct test_case host_cases[] = {
	{ .name = "the host's reply is put back",
	  .xid = OF(3),
	  .frame = { TELL(UNKNOWN, .type = REPLY, OPTS(LL(DHCP_ID(3)))) },
	  ONLY(S3),
	  .becomes = DHCP(.type = REPLY, OPTS(LL(OWN))) },
	{ .name = "the host cannot serve a slave with host off",
	  .flags = { [3] = BV_SLAVE_HOST_OFF },
	  .xid = OF(3),
	  .frame = { TELL(UNKNOWN, .type = REPLY, OPTS(LL(DHCP_ID(3)))) },
	  DROPPED(3, HOST_OFF),
	  .becomes = DHCP(.type = REPLY, OPTS(LL(OWN))) },
	{ .name = "the host's own request is noted, and left alone",
	  .frame = { ASK(OPTS(LL(OWN))) },
	  .out = { .verdict = NEXT, .copies = S1 | S2 | S3 },
	  .xid_after = OF(0) },
};

int main(void)
{
	const struct case_table tables[] = {
		CASES(SLAVE_TX, request_cases),
		CASES(WIRE_RX, wire_cases),
		CASES(SLAVE_TX, sibling_cases),
		CASES(HOST_TX, host_cases),
		{},
	};

	return cases_main(tables);
}
