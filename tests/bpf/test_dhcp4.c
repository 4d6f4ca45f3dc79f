// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a slave sends as a DHCPv4 client: what it becomes, and what is noted of
 * it. Where it goes is as with any other frame.
 */
#include "dhcp4.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <bpf/bpf.h>
#include <cmocka.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* A packet of IP, UDP, BOOTP and the options DISCOVER and END, and 9 more. */
#define GROWN (20 + 8 + 240 + 4 + 9)

static void mtu_too_small(void)
{
	env.port->mtu = GROWN - 1;
}

static void mtu_just_right(void)
{
	env.port->mtu = GROWN;
}

static void nominate_slave_1(void)
{
	env.port->nominee = 1;
}

static void take_the_other_id(void)
{
	struct bv_dhcp_key key = { .xid = htobe32(XID_OF(1)), .version = 4 };
	struct bv_dhcp value = { .slot = 3, .seen_ns = env_now() };

	assert_int_equal(
		bpf_map_update_elem(env.dhcp_fd, &key, &value, BPF_ANY), 0);
}

static const struct test_case request_cases[] = {
	{ .name = "a MAC in the client id becomes the slave's dhcp_id",
	  .frame = { ASK(DHCP(OPTS(DISCOVER, ID_MAC, END), .pad = 40)) },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(DISCOVER, ID_SLAVE(1), END), .pad = 40),
	  .xid_after = SAYS(1, REPLACED) },
	{ .name = "...of that slave, at an odd offset as well",
	  .at = 3,
	  .frame = { ASK(DHCP(OPTS(DISCOVER, 0, ID_MAC, 55, 1, 3, END))) },
	  .out = { .verdict = REDIRECT, .copies = S1 | S2 | HOST, .to = WIRE },
	  .becomes = DHCP(OPTS(DISCOVER, 0, ID_SLAVE(3), 55, 1, 3, END)),
	  .xid_after = SAYS(3, REPLACED) },
	{ .name = "without a client id one goes into the padding",
	  .frame = { ASK(DHCP(OPTS(DISCOVER, END), .pad = 40)) },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(DISCOVER, ID_SLAVE(1), END), .pad = 31),
	  .xid_after = SAYS(1, INSERTED) },
	{ .name = "...at an even offset as well",
	  .frame = { ASK(DHCP(OPTS(DISCOVER, 0, END), .pad = 9)) },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(DISCOVER, 0, ID_SLAVE(1), END)),
	  .xid_after = SAYS(1, INSERTED) },
	{ .name = "without padding the packet grows",
	  .frame = { ASK(DHCP(OPTS(DISCOVER, END))) },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(DISCOVER, ID_SLAVE(1), END)),
	  .xid_after = SAYS(1, INSERTED) },
	{ .name = "with too little padding it grows by the rest",
	  .frame = { ASK(DHCP(OPTS(DISCOVER, 0, END), .pad = 8)) },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(DISCOVER, 0, ID_SLAVE(1), END)),
	  .xid_after = SAYS(1, INSERTED) },
	{ .name = "padding behind the packet is left alone",
	  .frame = { ASK(DHCP(OPTS(DISCOVER, END), .pad = 9, .trailer = 5)) },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(DISCOVER, ID_SLAVE(1), END), .trailer = 5),
	  .xid_after = SAYS(1, INSERTED) },
	{ .name = "a packet that grows has none",
	  .frame = { ASK(DHCP(OPTS(DISCOVER, END), .pad = 2, .trailer = 30)) },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(DISCOVER, ID_SLAVE(1), END)),
	  .xid_after = SAYS(1, INSERTED) },
	{ .name = "nor if that was less than it grows by",
	  .frame = { ASK(DHCP(OPTS(DISCOVER, END), .trailer = 5)) },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(DISCOVER, ID_SLAVE(1), END)),
	  .xid_after = SAYS(1, INSERTED) },
	{ .name = "a packet that would exceed the MTU does not grow",
	  .prepare = mtu_too_small,
	  .frame = { ASK(DHCP(OPTS(DISCOVER, END))) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "a packet may grow to the MTU",
	  .prepare = mtu_just_right,
	  .frame = { ASK(DHCP(OPTS(DISCOVER, END))) },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(DISCOVER, ID_SLAVE(1), END)),
	  .xid_after = SAYS(1, INSERTED) },
	{ .name = "behind IP options too",
	  .frame = { ASK(DHCP(OPTS(DISCOVER, END))), .ip_opts = 3 },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(DISCOVER, ID_SLAVE(1), END)),
	  .xid_after = SAYS(1, INSERTED) },
	{ .name = "a checksum that is none stays none, replaced",
	  .frame = { ASK(DHCP(OPTS(ID_MAC, END))), .no_csum = true },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(ID_SLAVE(1), END)),
	  .xid_after = SAYS(1, REPLACED) },
	{ .name = "a checksum that is none stays none, grown",
	  .frame = { ASK(DHCP(OPTS(DISCOVER, END))), .no_csum = true },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(DISCOVER, ID_SLAVE(1), END)),
	  .xid_after = SAYS(1, INSERTED) },
	{ .name = "a renewal to the wire is rewritten",
	  .frame = { RENEW(DHCP(OPTS(53, 1, 3, ID_MAC, END))) },
	  TO_WIRE,
	  .becomes = DHCP(OPTS(53, 1, 3, ID_SLAVE(1), END)),
	  .xid_after = SAYS(1, REPLACED) },
	{ .name = "a renewal to the wire grows",
	  .frame = { RENEW(DHCP(OPTS(53, 1, 3, END))) },
	  TO_WIRE,
	  .becomes = DHCP(OPTS(53, 1, 3, ID_SLAVE(1), END)),
	  .xid_after = SAYS(1, INSERTED) },
	{ .name = "a renewal with IP options is rewritten",
	  .frame = { RENEW(DHCP(OPTS(53, 1, 3, ID_MAC, END))), .ip_opts = 1 },
	  TO_WIRE,
	  .becomes = DHCP(OPTS(53, 1, 3, ID_SLAVE(1), END)),
	  .xid_after = SAYS(1, REPLACED) },
	{ .name = "a renewal from a sibling's server is rewritten",
	  .frame = { .kind = FRAME_IP4,
		     .src = "10.0.0.1",
		     .dst = "10.0.0.2",
		     .dport = 67,
		     .dhcp = DHCP(OPTS(53, 1, 3, ID_MAC, END)) },
	  ONLY(S2),
	  .becomes = DHCP(OPTS(53, 1, 3, ID_SLAVE(1), END)),
	  .xid_after = SAYS(1, REPLACED) },
	{ .name = "a vepa slave's goes to the wire, rewritten",
	  .flags = { [1] = BV_SLAVE_VEPA },
	  .frame = { ASK(DHCP(OPTS(ID_MAC, END))) },
	  TO_WIRE,
	  .becomes = DHCP(OPTS(ID_SLAVE(1), END)),
	  .xid_after = SAYS(1, REPLACED) },
	{ .name = "a slave repeats itself",
	  .xid = SAYS(1, REPLACED),
	  .frame = { ASK(DHCP(OPTS(ID_MAC, END))) },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(ID_SLAVE(1), END)) },
};

/* Noted, as the reply is for the slave; else left as it is. */
static const struct test_case alone_cases[] = {
	{ .name = "a client id of another form is left alone",
	  .frame = { ASK(DHCP(OPTS(DISCOVER, ID_OTHER, END), .pad = 40)) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "another MAC in the client id is left alone",
	  .frame = { ASK(DHCP(OPTS(61, 7, 1, FOREIGN, END), .pad = 40)) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "a client id of type 0 with the MAC is left alone",
	  .frame = { ASK(DHCP(OPTS(61, 7, 0, OWN, END), .pad = 40)) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "a longer client id is left alone",
	  .frame = { ASK(DHCP(OPTS(61, 8, 1, OWN, 0, END), .pad = 40)) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "an empty client id is left alone",
	  .frame = { ASK(DHCP(OPTS(61, 0, END), .pad = 40)) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "a client id in two parts is left alone",
	  .frame = { ASK(DHCP(OPTS(ID_MAC, ID_MAC, END), .pad = 40)) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "what may have one in its names gets none",
	  .frame = { ASK(DHCP(OPTS(52, 1, 3, END), .pad = 40)) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "what may have another in its names is left alone",
	  .frame = { ASK(DHCP(OPTS(ID_MAC, 52, 1, 3, END), .pad = 40)) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "the last option lies: left alone",
	  .frame = { ASK(DHCP(OPTS(ID_MAC, 12, 200, 'x', END))) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "the last option swallows the end: left alone",
	  .frame = { ASK(DHCP(OPTS(ID_MAC, 12, 2, 'x', END))) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "the client id lies: left alone",
	  .frame = { ASK(DHCP(OPTS(61, 7, 1, 2, 0, 0, END))) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "no end: left alone",
	  .frame = { ASK(DHCP(OPTS(DISCOVER, ID_MAC))) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "an option without a length: left alone",
	  .frame = { ASK(DHCP(OPTS(ID_MAC, 12))) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "nothing but padding: left alone",
	  .frame = { ASK(DHCP(.pad = 60)) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "no options at all: left alone",
	  .frame = { ASK(DHCP(0)) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "more options than are walked: left alone",
	  .frame = { ASK(DHCP(OPTS(PAD_120, 0, 0, 0, 0, 0, 0, 0, 0, END),
			      .pad = 40)) },
	  EVERYBODY,
	  .xid_after = SAYS(1, SAME) },
	{ .name = "as many as are walked: not left alone",
	  .frame = { ASK(
		  DHCP(OPTS(PAD_120, 0, 0, 0, 0, 0, 0, 0, END), .pad = 40)) },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(PAD_120, 0, 0, 0, 0, 0, 0, 0, ID_SLAVE(1), END),
			  .pad = 31),
	  .xid_after = SAYS(1, INSERTED) },
};

static const struct test_case taken_cases[] = {
	{ .name = "with a sibling's transaction id a slave gets another",
	  .xid = SAYS(2, REPLACED),
	  .frame = { ASK(DHCP(OPTS(ID_MAC, END))) },
	  EVERYBODY,
	  .becomes = DHCP(.xid = XID_OF(1), OPTS(ID_SLAVE(1), END)),
	  .xid_after = SAYS_XID(1, REPLACED) },
	{ .name = "...one of its own",
	  .at = 3,
	  .xid = SAYS(2, REPLACED),
	  .frame = { .kind = FRAME_IP4,
		     .to = neighbour,
		     .src = "10.0.0.3",
		     .dst = IP4_WIRE,
		     .dport = 67,
		     .dhcp = DHCP(OPTS(DISCOVER, 0, END)) },
	  TO_WIRE,
	  .becomes =
		  DHCP(.xid = XID_OF(3), OPTS(DISCOVER, 0, ID_SLAVE(3), END)),
	  .xid_after = SAYS_XID(3, INSERTED) },
	{ .name = "with the host's too, and behind IP options",
	  .xid = SAYS(0, SAME),
	  .frame = { ASK(DHCP(OPTS(ID_OTHER, END))), .ip_opts = 3 },
	  EVERYBODY,
	  .becomes = DHCP(.xid = XID_OF(1), OPTS(ID_OTHER, END)),
	  .xid_after = SAYS_XID(1, SAME) },
	{ .name = "a checksum that is none stays none, with another id",
	  .xid = SAYS(2, REPLACED),
	  .frame = { ASK(DHCP(OPTS(ID_MAC, END))), .no_csum = true },
	  EVERYBODY,
	  .becomes = DHCP(.xid = XID_OF(1), OPTS(ID_SLAVE(1), END)),
	  .xid_after = SAYS_XID(1, REPLACED) },
	{ .name = "if that is taken as well the reply is the others'",
	  .prepare = take_the_other_id,
	  .xid = SAYS(2, REPLACED),
	  .frame = { ASK(DHCP(OPTS(ID_MAC, END))) },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(ID_SLAVE(1), END)) },
	{ .name = "an old transaction is not taken",
	  .xid = { .known = true, .slot = 2, .ago = 151 },
	  .frame = { ASK(DHCP(OPTS(ID_MAC, END))) },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(ID_SLAVE(1), END)),
	  .xid_after = SAYS(1, REPLACED) },
	{ .name = "nor is that of a sibling that is gone",
	  .xid = SAYS(4, SAME),
	  .frame = { ASK(DHCP(OPTS(ID_MAC, END))) },
	  EVERYBODY,
	  .becomes = DHCP(OPTS(ID_SLAVE(1), END)),
	  .xid_after = SAYS(1, REPLACED) },
};

/* Not a client's request, or it cannot be told: as any other broadcast. */
static const struct test_case other_cases[] = {
	{ .name = "another's hardware address is another's affair",
	  .frame = { ASK(DHCP(ID_REQUEST, .chaddr = foreign)) },
	  EVERYBODY },
	{ .name = "hardware that is not Ethernet is not ours",
	  .frame = { ASK(DHCP(ID_REQUEST, .htype = 32)) },
	  EVERYBODY },
	{ .name = "nor is an address of another length",
	  .frame = { ASK(DHCP(ID_REQUEST, .hlen = 8)) },
	  EVERYBODY },
	{ .name = "what is relayed is left alone",
	  .frame = { ASK(DHCP(ID_REQUEST, .relay = "10.0.0.1")) },
	  EVERYBODY },
	{ .name = "BOOTP without options is left alone",
	  .frame = { ASK(DHCP(ID_REQUEST, .cookie = 0x63825364)) },
	  EVERYBODY },
	{ .name = "a reply to the server's port is left alone",
	  .frame = { ASK(DHCP(ID_REQUEST, .type = 2)) },
	  EVERYBODY },
	{ .name = "a first fragment is left alone",
	  .frame = { ASK(DHCP(ID_REQUEST)), .frag_off = 0x2000 },
	  EVERYBODY },
	{ .name = "a later fragment is left alone",
	  .frame = { ASK(DHCP(ID_REQUEST)), .frag_off = 1 },
	  EVERYBODY },
	{ .name = "UDP shorter than IP is left alone",
	  .frame = { ASK(DHCP(ID_REQUEST)), .udp_len_off = -1 },
	  EVERYBODY },
	{ .name = "UDP longer than IP is left alone",
	  .frame = { ASK(DHCP(ID_REQUEST)), .udp_len_off = 1 },
	  EVERYBODY },
	{ .name = "IP longer than the frame is left alone",
	  .frame = { ASK(DHCP(ID_REQUEST)), .len_off = 1, .udp_len_off = 1 },
	  EVERYBODY },
	{ .name = "lengths of 0 are left alone",
	  .frame = { ASK(DHCP(ID_REQUEST)), .no_len = true },
	  EVERYBODY },
	{ .name = "a header that lies about its length is left alone",
	  .frame = { ASK(DHCP(ID_REQUEST)), .ihl = 15 },
	  EVERYBODY },
	{ .name = "segments of many messages are left alone",
	  .styles = RUN,
	  .gso_size = 300,
	  .frame = { RENEW(DHCP(ID_REQUEST)) },
	  TO_WIRE },
	{ .name = "the nominee's is left alone, as routed slaves have no DHCP",
	  .flags = { [1] = BV_SLAVE_L3 | BV_SLAVE_NOMINEE },
	  .prepare = nominate_slave_1,
	  .frame = { ASK(DHCP(ID_REQUEST)) },
	  EVERYBODY },
	{ .name = "a message cut short is left alone",
	  .frame = { RENEW(DHCP(OPTS(DISCOVER, END))), .len_off = 1,
		     .udp_len_off = 1 },
	  .cuts = { { 14, { .verdict = REDIRECT, .to = WIRE } } } },
};

/* Options as a client that means ill would put them, mostly short ones. */
static size_t random_options(unsigned int *seed, uint8_t *opts)
{
	static const uint8_t codes[] = { 0, 0, 12, 52, 53, 61, 61, 255 };
	size_t len = 0, max = (size_t)rand_r(seed) % 40;

	while (len < max) {
		uint8_t code = codes[(size_t)rand_r(seed) % sizeof(codes)];
		const uint8_t id[] = { ID_MAC };

		if (code == 61 && rand_r(seed) % 2) {
			memcpy(opts + len, id, sizeof(id));
			len += sizeof(id);
			continue;
		}
		opts[len++] = code;
		if (code && code != END)
			opts[len++] = (uint8_t)(rand_r(seed) % 9);
		if (rand_r(seed) % 4 == 0)
			opts[len++] = (uint8_t)rand_r(seed);
	}
	return len;
}

/* What dhcp4.h says of options, plainly: their new length. */
static size_t expected_options(uint8_t *opts, size_t len)
{
	const uint8_t mac[] = { ID_MAC }, ours[] = { ID_SLAVE(1) };
	size_t i = 0, id = len;
	bool other = false;

	while (i < len && opts[i] != END) {
		if (!opts[i]) {
			i++;
			continue;
		}
		if (i + 1 >= len)
			return len;
		if (opts[i] == 61) {
			other |= id < len;
			id = i;
		}
		other |= opts[i] == 52;
		i += 2U + opts[i + 1];
	}
	if (i >= len || other)
		return len;
	if (id < len) {
		if (!memcmp(opts + id, mac, sizeof(mac)))
			memcpy(opts + id, ours, sizeof(ours));
		return len;
	}
	memcpy(opts + i, ours, sizeof(ours));
	i += sizeof(ours);
	opts[i++] = END;
	return i > len ? i : len;
}

static void test_random_options_become_what_they_should(void **state)
{
	unsigned int seed = 1, changed = 0;
	uint8_t opts[80];

	(void)state;
	env_reset();
	for (int i = 0; i < 20000; i++) {
		struct dhcp d = { .opts.data = opts };
		struct spec spec = { RENEW(&d) };
		struct run run = { .ifindex = env_ifindex(1) };
		struct frame f, want;

		memset(opts, 0, sizeof(opts));
		d.opts.len = random_options(&seed, opts);
		frame_build(&f, &spec);
		d.opts.len = expected_options(opts, d.opts.len);
		frame_build(&want, &spec);
		changed += f.len != want.len ||
			   memcmp(f.data, want.data, f.len) != 0;
		assert_int_equal(env_run(SLAVE_TX, &run, &f), 0);
		assert_int_equal(run.verdict, REDIRECT);
		assert_int_equal(f.len, want.len);
		assert_memory_equal(f.data, want.data, f.len);
	}
	/* Neither all nor none. */
	assert_in_range(changed, 2000, 18000);
}

static void test_old_transactions_give_way(void **state)
{
	struct bv_dhcp_key key = { .xid = 1, .version = 4 };
	struct bv_dhcp value;

	(void)state;
	env_reset();
	for (uint32_t i = 0; i < 2 * BV_DHCP_MAX; i++) {
		struct dhcp d = { .xid = i + 1, OPTS(ID_MAC, END) };
		struct spec spec = { ASK(&d) };
		struct run run = { .ifindex = env_ifindex(1) };
		struct frame f;

		spec.to = neighbour;
		frame_build(&f, &spec);
		assert_int_equal(env_run(SLAVE_TX, &run, &f), 0);
		assert_int_equal(run.verdict, REDIRECT);
	}
	assert_int_not_equal(bpf_map_lookup_elem(env.dhcp_fd, &key, &value), 0);
	key.xid = htobe32(2 * BV_DHCP_MAX);
	assert_int_equal(bpf_map_lookup_elem(env.dhcp_fd, &key, &value), 0);
	assert_int_equal(value.slot, 1);
}

int main(void)
{
	const struct case_table tables[] = {
		CASES(SLAVE_TX, request_cases),
		CASES(SLAVE_TX, alone_cases),
		CASES(SLAVE_TX, taken_cases),
		CASES(SLAVE_TX, other_cases),
		{},
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_options_become_what_they_should),
		cmocka_unit_test(test_old_transactions_give_way),
	};
	int failed = cases_main(tables);

	return cmocka_run_group_tests(tests, env_setup, env_teardown) + failed;
}
