// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest in l2 behind a tap of the ipvlan flavour, here slave 1: what it sends
 * with its own MAC, as others get it, and what it gets.
 */
#include "guest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <linux/if_ether.h>
#include <string.h>

#include "dhcp4.h"

#define LL(...) 0, 1, 0, 10, 0, 3, 0, 1, __VA_ARGS__

#define NA                                                                   \
	.kind = FRAME_ND, .type = ND_NA, .src = "fe80::1", .dst = "fe80::2", \
	.target = "fe80::1"
#define TOLD                                                   \
	.kind = FRAME_IP4, .from = neighbour, .src = IP4_WIRE, \
	.dst = "10.0.0.50", .dport = 68
#define UNHEARD WIRE, .copies = HOST
#define ALL WIRE, .copies = S2 | S3 | HOST

static const struct test_case sent_cases[] = {
	{ .name = "what goes to the wire has the master's MAC",
	  SENDS(WIRE, (), (), .kind = FRAME_IP4, .to = neighbour,
		.src = "10.0.0.1", .dst = IP4_WIRE, .payload = 1400) },
	{ .name = "...of whatever protocol",
	  SENDS(WIRE, (), (), .to = neighbour, .payload = 46) },
	{ .name = "...and with nothing in it",
	  SENDS(WIRE, (), (), .to = neighbour) },
	{ .name = "what is to be segmented, too",
	  .gso_size = 60,
	  .styles = RUN,
	  SENDS(WIRE, (), (), .kind = FRAME_IP4, .to = neighbour,
		.src = "10.0.0.1", .dst = IP4_WIRE, .payload = 1000) },
	{ .name = "a sibling gets it so",
	  SENDS(S2, (), (), .kind = FRAME_IP4, .src = "10.0.0.1",
		.dst = "10.0.0.2", .payload = 30) },
	{ .name = "and the host",
	  SENDS(HOST, (), (), .kind = FRAME_IP6, .src = "fe80::1",
		.dst = IP6_HOST, .payload = 30) },
	{ .name = "and all of them a broadcast",
	  SENDS(ALL, (), (), .to = broadcast, .payload = 46) },
	{ .name = "a guest with the master's MAC is like any slave",
	  GUEST_FLAGS,
	  .frame = { .to = neighbour, .payload = 46 },
	  .out = { .verdict = REDIRECT, .to = WIRE } },
	{ .name = "what it sends to itself comes back, with its MACs",
	  GUEST_FLAGS,
	  .frame = { .kind = FRAME_IP4,
		     .from = guest,
		     .to = guest,
		     .src = "10.0.0.1",
		     .dst = "10.0.0.1" },
	  .out = { .verdict = REDIRECT,
		   .to = S1,
		   .becomes = &(const struct spec){ .kind = FRAME_IP4,
						    .to = guest,
						    .src = "10.0.0.1",
						    .dst = "10.0.0.1" } } },
	{ .name = "what is to its MAC and is nobody's is the host's",
	  SENDS(HOST, (.to = guest), (), .payload = 46) },
	{ .name = "a group for a source is dropped",
	  GUEST_FLAGS,
	  .frame = { .from = all_nodes, .to = neighbour, .payload = 46 },
	  DROPPED(1, FOREIGN_MAC) },
	{ .name = "no source is dropped",
	  GUEST_FLAGS,
	  .frame = { .from = (const uint8_t[6]){},
		     .to = neighbour,
		     .payload = 46 },
	  DROPPED(1, FOREIGN_MAC) },
	{ .name = "in a VLAN it is dropped",
	  GUEST_FLAGS,
	  .styles = SENT,
	  .frame = { .from = guest, .to = neighbour, .vlan = 5, .payload = 46 },
	  DROPPED(1, VLAN) },
	{ .name = "the guest's MAC in another slave's frame is foreign",
	  .at = 2,
	  .prepare = guest_known,
	  GUEST_FLAGS,
	  .frame = { .from = guest, .to = neighbour, .payload = 46 },
	  DROPPED(2, FOREIGN_MAC) },
};

static const struct test_case arp_cases[] = {
	{ .name = "an ARP request says the master's MAC",
	  SENDS(UNHEARD, (.sha = guest), (), .kind = FRAME_ARP, .to = broadcast,
		.src = "10.0.0.1", .dst = IP4_WIRE) },
	{ .name = "an ARP reply does",
	  SENDS(S2, (.sha = guest), (), .kind = FRAME_ARP, .op = ARP_REPLY,
		.tha = own, .src = "10.0.0.1", .dst = "10.0.0.2") },
	{ .name = "an announcement does, as sender and target",
	  SENDS(ALL, (.sha = guest, .tha = guest), (.tha = own),
		.kind = FRAME_ARP, .op = ARP_REPLY, .to = broadcast,
		.src = "10.0.0.1", .dst = "10.0.0.1") },
	{ .name = "what it says of another's MAC stays",
	  SENDS(WIRE, (.sha = guest), (), .kind = FRAME_ARP, .op = ARP_REPLY,
		.to = neighbour, .tha = neighbour, .src = "10.0.0.1",
		.dst = IP4_WIRE) },
	{ .name = "RARP, by which a hypervisor announces it, does too",
	  SENDS(ALL, (.sha = guest, .tha = guest), (.tha = own),
		.kind = FRAME_ARP, .proto = ETH_P_RARP, .op = 3,
		.to = broadcast) },
	{ .name = "ARP that says a third MAC is dropped",
	  GUEST_FLAGS,
	  .styles = SENT,
	  .frame = { .kind = FRAME_ARP,
		     .from = guest,
		     .sha = neighbour,
		     .to = broadcast,
		     .src = "10.0.0.1",
		     .dst = IP4_WIRE },
	  DROPPED(1, FOREIGN_MAC) },
	{ .name = "ARP cut short is dropped",
	  GUEST_FLAGS,
	  .styles = SENT,
	  .frame = { .kind = FRAME_ARP,
		     .from = guest,
		     .sha = guest,
		     .to = broadcast,
		     .src = "10.0.0.1",
		     .dst = IP4_WIRE,
		     .cut = 41 },
	  DROPPED(1, BAD_ARP) },
	{ .name = "ARP for an address of a sibling is refused",
	  GUEST_FLAGS,
	  .styles = SENT,
	  .table = { { .ip = "10.7.7.7", .slot = 2, .how = BV_ADDR_STATIC } },
	  .frame = { .kind = FRAME_ARP,
		     .from = guest,
		     .sha = guest,
		     .to = broadcast,
		     .src = "10.7.7.7",
		     .dst = IP4_WIRE },
	  DROPPED(1, ADDR_IN_USE) },
	{ .name = "what it says is its own from then on",
	  SENDS(UNHEARD, (.sha = guest), (), .kind = FRAME_ARP, .to = broadcast,
		.src = "10.0.0.71", .dst = IP4_WIRE),
	  .after = { { .ip = "10.0.0.71", .slot = 1 } } },
};

static const struct test_case nd_cases[] = {
	{ .name = "a solicitation says the master's MAC",
	  SENDS(UNHEARD, (.opts = BYTES(1, 1, GUEST)),
		(.opts = BYTES(1, 1, OWN)), .kind = FRAME_ND, .to = all_nodes,
		.src = "fe80::1", .dst = "ff02::1:ff00:77",
		.target = IP6_WIRE) },
	{ .name = "an advertisement does",
	  SENDS(S2, (.opts = BYTES(2, 1, GUEST)), (.opts = BYTES(2, 1, OWN)),
		NA) },
	{ .name = "behind another option, and twice",
	  SENDS(S2,
		(.opts = BYTES(14, 1, 1, 2, 3, 4, 5, 6, 2, 1, GUEST, 1, 1,
			       GUEST)),
		(.opts = BYTES(14, 1, 1, 2, 3, 4, 5, 6, 2, 1, OWN, 1, 1, OWN)),
		NA) },
	{ .name = "behind extension headers",
	  SENDS(S2, (.opts = BYTES(2, 1, GUEST)), (.opts = BYTES(2, 1, OWN)),
		NA, .exts = BYTES(0, 60), .ext_words = 1) },
	{ .name = "in the first fragment",
	  SENDS(S2, (.opts = BYTES(2, 1, GUEST)), (.opts = BYTES(2, 1, OWN)),
		NA, .exts = BYTES(44), .frag_off = 1) },
	{ .name = "a router solicitation does",
	  SENDS(UNHEARD, (.opts = BYTES(1, 1, GUEST)),
		(.opts = BYTES(1, 1, OWN)), .kind = FRAME_ND, .type = ND_RS,
		.to = all_nodes, .src = "fe80::1", .dst = "ff02::2") },
	{ .name = "a router advertisement does",
	  SENDS(ALL, (.opts = BYTES(1, 1, GUEST)), (.opts = BYTES(1, 1, OWN)),
		.kind = FRAME_ND, .type = ND_RA, .to = all_nodes,
		.src = "fe80::1", .dst = "ff02::1") },
	{ .name = "a redirect does",
	  SENDS(S2, (.opts = BYTES(2, 1, GUEST)), (.opts = BYTES(2, 1, OWN)),
		.kind = FRAME_ND, .type = ND_REDIRECT, .src = "fe80::1",
		.dst = "fe80::2", .target = "fe80::1") },
	{ .name = "a third MAC is dropped",
	  GUEST_FLAGS,
	  .styles = SENT,
	  .frame = { .from = guest, .opts = BYTES(2, 1, NEIGHBOUR), NA },
	  DROPPED(1, FOREIGN_MAC) },
	{ .name = "options that lie are dropped",
	  GUEST_FLAGS,
	  .styles = SENT,
	  .frame = { .from = guest, .opts = BYTES(2, 2, GUEST), NA },
	  DROPPED(1, BAD_ND) },
	{ .name = "an option of no length is dropped",
	  GUEST_FLAGS,
	  .styles = SENT,
	  .frame = { .from = guest, .opts = BYTES(2, 0, GUEST), NA },
	  DROPPED(1, BAD_ND) },
};

static const struct test_case dhcp_cases[] = {
	{ .name = "a request has the master's MAC, and dhcp_id for an id",
	  SENDS(ALL,
		(.dhcp = DHCP(.chaddr = guest,
			      OPTS(DISCOVER, 61, 7, 1, GUEST, END))),
		(.dhcp = DHCP(OPTS(DISCOVER, ID_SLAVE(1), END))),
		.kind = FRAME_IP4, .to = broadcast, .src = "0.0.0.0",
		.dst = "255.255.255.255", .dport = 67),
	  .xid_after = SAYS(1, REPLACED) },
	{ .name = "without a checksum it stays without",
	  SENDS(ALL, (.dhcp = DHCP(.chaddr = guest, OPTS(ID_OTHER, END))),
		(.dhcp = DHCP(OPTS(ID_OTHER, END))), .kind = FRAME_IP4,
		.to = broadcast, .src = "0.0.0.0", .dst = "255.255.255.255",
		.dport = 67, .no_csum = true),
	  .xid_after = SAYS(1, SAME) },
	{ .name = "without an id it gets one",
	  SENDS(ALL, (.dhcp = DHCP(.chaddr = guest, OPTS(DISCOVER, END))),
		(.dhcp = DHCP(OPTS(DISCOVER, ID_SLAVE(1), END))),
		.kind = FRAME_IP4, .to = broadcast, .src = "0.0.0.0",
		.dst = "255.255.255.255", .dport = 67),
	  .xid_after = SAYS(1, INSERTED) },
	{ .name = "a renewal, behind IP options",
	  SENDS(WIRE, (.dhcp = DHCP(.chaddr = guest, OPTS(ID_OTHER, END))),
		(.dhcp = DHCP(OPTS(ID_OTHER, END))), .kind = FRAME_IP4,
		.to = neighbour, .src = "10.0.0.1", .dst = IP4_WIRE,
		.dport = 67, .ip_opts = 2),
	  .xid_after = SAYS(1, SAME) },
	{ .name = "in the first fragment",
	  SENDS(WIRE, (.dhcp = DHCP(.chaddr = guest, OPTS(ID_OTHER, END))),
		(.dhcp = DHCP(OPTS(ID_OTHER, END))), .kind = FRAME_IP4,
		.to = neighbour, .src = "10.0.0.1", .dst = IP4_WIRE,
		.dport = 67, .frag_off = 0x2000) },
	{ .name = "a later fragment is not looked into",
	  SENDS(WIRE, (), (),
		.dhcp = DHCP(.chaddr = guest, OPTS(ID_OTHER, END)),
		.kind = FRAME_IP4, .to = neighbour, .src = "10.0.0.1",
		.dst = IP4_WIRE, .dport = 67, .frag_off = 0x0001) },
	{ .name = "of another client it is left alone",
	  SENDS(WIRE, (), (),
		.dhcp = DHCP(.chaddr = neighbour, OPTS(ID_OTHER, END)),
		.kind = FRAME_IP4, .to = neighbour, .src = "10.0.0.1",
		.dst = IP4_WIRE, .dport = 67) },
	{ .name = "a reply of its own is left alone",
	  SENDS(WIRE, (), (), .dhcp = REPLY(.chaddr = guest, OPTS(END)),
		.kind = FRAME_IP4, .to = neighbour, .src = "10.0.0.1",
		.dst = IP4_WIRE, .dport = 67) },
	{ .name = "another UDP packet that looks like it is left alone",
	  SENDS(WIRE, (), (), .dhcp = DHCP(.chaddr = guest, OPTS(END)),
		.kind = FRAME_IP4, .to = neighbour, .src = "10.0.0.1",
		.dst = IP4_WIRE, .dport = 4011) },
	{ .name = "DHCPv6: dhcp_id for the MAC in the DUID",
	  SENDS(WIRE, (.dhcp = DHCP(OPTS(LL(GUEST)))),
		(.dhcp = DHCP(OPTS(LL(DHCP_ID(1))))), .kind = FRAME_IP6,
		.to = neighbour, .src = "fe80::1", .dst = IP6_WIRE,
		.dport = 547),
	  .xid_after = SAYS(1, SAME) },
};

static const struct test_case got_cases[] = {
	{ .name = "what is for it has its MAC",
	  GETS((), (), .kind = FRAME_IP4, .src = IP4_WIRE, .dst = "10.0.0.1",
	       .from = neighbour, .payload = 1400) },
	{ .name = "IPv6 as well",
	  GETS((), (), .kind = FRAME_IP6, .src = IP6_WIRE, .dst = "fe80::1",
	       .from = neighbour, .payload = 30) },
	{ .name = "before it has sent anything all behind the tap get it",
	  GUEST_FLAGS,
	  .frame = { .kind = FRAME_IP4,
		     .from = neighbour,
		     .src = IP4_WIRE,
		     .dst = "10.0.0.1" },
	  .out = { .verdict = REDIRECT,
		   .to = S1,
		   .becomes = &(const struct spec){ .kind = FRAME_IP4,
						    .to = broadcast,
						    .from = neighbour,
						    .src = IP4_WIRE,
						    .dst = "10.0.0.1" } } },
	{ .name = "an ARP reply has its MAC for the target's",
	  GETS((.tha = own), (.tha = guest), .kind = FRAME_ARP, .op = ARP_REPLY,
	       .from = neighbour, .sha = neighbour, .src = IP4_WIRE,
	       .dst = "10.0.0.1") },
	{ .name = "an ARP request to it, too",
	  GETS((), (), .kind = FRAME_ARP, .from = neighbour, .sha = neighbour,
	       .src = IP4_WIRE, .dst = "10.0.0.1") },
	{ .name = "an ARP request to all is as it was",
	  GUEST_FLAGS,
	  .prepare = guest_known,
	  .frame = { .kind = FRAME_ARP,
		     .to = broadcast,
		     .from = neighbour,
		     .sha = neighbour,
		     .src = IP4_WIRE,
		     .dst = "10.0.0.1" },
	  .out = { .verdict = REDIRECT, .to = S1 } },
	{ .name = "a DHCP reply has its MAC in chaddr and id",
	  .xid = SAYS(1, REPLACED),
	  GETS((.dhcp = REPLY(OPTS(OFFER, ID_SLAVE(1), END))),
	       (.dhcp = REPLY(.chaddr = guest,
			      OPTS(OFFER, 61, 7, 1, GUEST, END))),
	       TOLD) },
	{ .name = "an id that was put in is padding to it",
	  .xid = SAYS(1, INSERTED),
	  GETS((.dhcp = REPLY(OPTS(OFFER, ID_SLAVE(1), END))),
	       (.dhcp = REPLY(.chaddr = guest, OPTS(OFFER, NO_ID, END))),
	       TOLD) },
	{ .name = "a DHCP reply to all goes to it alone, still to all",
	  .xid = SAYS(1, SAME),
	  GUEST_FLAGS,
	  .prepare = guest_known,
	  .frame = { .to = broadcast, .dhcp = REPLY(OPTS(END)), TOLD },
	  .out = { .verdict = REDIRECT,
		   .to = S1,
		   .becomes =
			   &(const struct spec){
				   .to = broadcast,
				   .dhcp = REPLY(.chaddr = guest, OPTS(END)),
				   TOLD } } },
	{ .name = "without a checksum it stays without",
	  .xid = SAYS(1, SAME),
	  GETS((.dhcp = REPLY(OPTS(END))),
	       (.dhcp = REPLY(.chaddr = guest, OPTS(END))), .no_csum = true,
	       TOLD) },
	{ .name = "a DHCPv6 reply has its MAC in the DUID",
	  .xid = SAYS(1, SAME),
	  GETS((.dhcp = DHCP(.type = 7, OPTS(LL(DHCP_ID(1))))),
	       (.dhcp = DHCP(.type = 7, OPTS(LL(GUEST)))), .from = neighbour,
	       .kind = FRAME_IP6, .src = IP6_WIRE, .dst = "fe80::1",
	       .dport = 546) },
	{ .name = "a request that somebody sends it is left alone",
	  GETS((), (), .from = neighbour, .kind = FRAME_IP4, .src = IP4_WIRE,
	       .dst = "10.0.0.1", .dport = 67, .dhcp = DHCP(OPTS(END))) },
};

static const struct test_case near_cases[] = {
	{ .name = "a sibling's frame has its MAC",
	  .at = 2,
	  GETS((), (), .kind = FRAME_IP4, .src = "10.0.0.2", .dst = "10.0.0.1",
	       .payload = 30) },
	{ .name = "so has one from the master's namespace",
	  .at = 3,
	  GETS((), (), .kind = FRAME_IP6, .src = "fe80::3", .dst = "fe80::1",
	       .payload = 30) },
};

static const struct test_case host_cases[] = {
	{ .name = "the host's frame has its MAC",
	  GETS((), (), .kind = FRAME_IP4, .src = IP4_HOST, .dst = "10.0.0.1",
	       .payload = 30) },
	{ .name = "the host's ARP reply, too",
	  GETS((.tha = own), (.tha = guest), .kind = FRAME_ARP, .op = ARP_REPLY,
	       .src = IP4_HOST, .dst = "10.0.0.1") },
};

static void send_from(const uint8_t *mac)
{
	const struct spec spec = { .to = neighbour,
				   .from = mac,
				   .payload = 46 };
	struct run run = { .ifindex = env_ifindex(1) };
	struct frame f;

	frame_build(&f, &spec);
	assert_int_equal(env_run(SLAVE_TX, &run, &f), 0);
}

static void test_the_mac_is_that_of_the_last_frame(void **state)
{
	static const uint8_t group[6] = { 3, 0, 0, 0, 0, 1 }, none[6];

	(void)state;
	env_reset();
	env.slaves[1].flags |= BV_SLAVE_GUEST;
	send_from(guest);
	assert_memory_equal(env.slaves[1].mac, guest, sizeof(guest));
	send_from(neighbour);
	assert_memory_equal(env.slaves[1].mac, neighbour, sizeof(neighbour));
	send_from(group);
	send_from(none);
	assert_memory_equal(env.slaves[1].mac, neighbour, sizeof(neighbour));
	send_from(own);
	assert_memory_equal(env.slaves[1].mac, own, sizeof(own));
	env_settle();
}

int main(void)
{
	static const struct case_table tables[] = {
		CASES(SLAVE_TX, sent_cases), CASES(SLAVE_TX, arp_cases),
		CASES(SLAVE_TX, nd_cases),   CASES(SLAVE_TX, dhcp_cases),
		CASES(WIRE_RX, got_cases),   CASES(SLAVE_TX, near_cases),
		CASES(HOST_TX, host_cases),  {},
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_mac_is_that_of_the_last_frame),
	};
	int failed = cases_main(tables);

	return cmocka_run_group_tests(tests, env_setup, env_teardown) + failed;
}
