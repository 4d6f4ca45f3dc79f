// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An address that two want: what each of their frames does, one after the
 * other. Time passes by moving what the table says of the past further back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"

#define IP4_X "192.0.2.1"
#define IP6_X "2001:db8::1"

static int reset(void **state)
{
	(void)state;
	env_reset();
	return 0;
}

/* A slave's frame through its program; returns the verdict. */
static enum verdict slave_sends(uint32_t slot, const struct spec *spec)
{
	struct run run = { .ifindex = env_ifindex((int)slot) };
	struct frame f;

	frame_build(&f, spec);
	assert_int_equal(env_run(SLAVE_TX, &run, &f), 0);
	return (enum verdict)run.verdict;
}

static enum verdict arp_claim(uint32_t slot, const char *ip)
{
	const struct spec spec = { .kind = FRAME_ARP,
				   .to = neighbour,
				   .op = ARP_REPLY,
				   .src = ip,
				   .dst = IP4_WIRE };

	return slave_sends(slot, &spec);
}

static enum verdict nd_claim(uint32_t slot, const char *ip)
{
	const struct spec spec = { .kind = FRAME_ND,
				   .to = neighbour,
				   .type = ND_NA,
				   .src = ip,
				   .dst = IP6_WIRE,
				   .target = ip };

	return slave_sends(slot, &spec);
}

static enum verdict dad_question(uint32_t slot, const char *ip)
{
	const struct spec spec = { .kind = FRAME_ND,
				   .to = all_nodes,
				   .src = "::",
				   .dst = "ff02::1:ff00:1",
				   .target = ip };

	return slave_sends(slot, &spec);
}

static struct bv_addr get(const char *ip)
{
	struct bv_addr addr;

	assert_true(env_addr_get(ip, &addr));
	return addr;
}

static void expect_owner(const char *ip, uint32_t slot)
{
	const struct bv_addr addr = get(ip);

	assert_int_equal(addr.owner, BV_OWNER(slot, BV_ADDR_LEARNED));
	for (uint32_t i = 0; i <= SLAVES; i++)
		assert_int_equal(env.slaves[i].learned, env_learned(i));
}

static void time_passes(const char *ip, uint64_t ms)
{
	struct bv_addr addr = get(ip);

	addr.seen_ns = env_ago(addr.seen_ns, ms);
	if (addr.challenged_ns)
		addr.challenged_ns = env_ago(addr.challenged_ns, ms);
	env_addr_set(ip, &addr);
}

static uint64_t refused(uint32_t slot)
{
	return env.drops[slot].count[BV_DROP_ADDR_IN_USE];
}

static void test_times(void **state)
{
	uint64_t before = env_now(), first;
	struct bv_addr addr;

	(void)state;
	assert_int_equal(arp_claim(1, IP4_X), REDIRECT);
	addr = get(IP4_X);
	assert_in_range(addr.seen_ns, before, env_now());
	assert_int_equal(addr.challenged_ns, 0);
	assert_int_equal(addr.plen, 32);

	first = addr.seen_ns;
	assert_int_equal(arp_claim(1, IP4_X), REDIRECT);
	addr = get(IP4_X);
	assert_in_range(addr.seen_ns, first + 1, env_now());
	expect_owner(IP4_X, 1);

	assert_int_equal(nd_claim(1, IP6_X), REDIRECT);
	addr = get(IP6_X);
	assert_in_range(addr.seen_ns, before, env_now());
	assert_int_equal(addr.plen, 128);
	expect_owner(IP6_X, 1);
}

static void test_arp_contest(void **state)
{
	uint64_t before;
	struct bv_addr addr;

	(void)state;
	arp_claim(2, IP4_X);
	time_passes(IP4_X, 60000);

	/* Refused, and the owner asked by what the frame has become. */
	before = env_now();
	assert_int_equal(arp_claim(1, IP4_X), REDIRECT);
	assert_int_equal(refused(1), 1);
	addr = get(IP4_X);
	assert_in_range(addr.challenged_ns, before, env_now());
	assert_true(addr.seen_ns < before);
	expect_owner(IP4_X, 2);

	/* The owner answers, and is still there when it is claimed again. */
	arp_claim(2, IP4_X);
	time_passes(IP4_X, 1500);
	assert_int_equal(arp_claim(1, IP4_X), REDIRECT);
	assert_int_equal(refused(1), 2);
	expect_owner(IP4_X, 2);

	/* Asked just now: a second claim does not ask again. */
	assert_int_equal(arp_claim(1, IP4_X), DROP);
	assert_int_equal(refused(1), 3);
	time_passes(IP4_X, 300);
	assert_int_equal(arp_claim(1, IP4_X), DROP);
	expect_owner(IP4_X, 2);

	/* A second of silence. */
	time_passes(IP4_X, 701);
	before = env_now();
	assert_int_equal(arp_claim(1, IP4_X), REDIRECT);
	assert_int_equal(refused(1), 4);
	expect_owner(IP4_X, 1);
	addr = get(IP4_X);
	assert_in_range(addr.seen_ns, before, env_now());
	assert_int_equal(addr.challenged_ns, 0);

	/* The former owner is now the one to be refused. */
	assert_int_equal(arp_claim(2, IP4_X), REDIRECT);
	assert_int_equal(refused(2), 1);
	expect_owner(IP4_X, 1);
}

/*
 * No question of the claimant's is one that the owner must have heard: what it
 * does not answer gives nothing away.
 */
static void test_dad_contest(void **state)
{
	(void)state;
	nd_claim(2, IP6_X);
	assert_int_equal(dad_question(1, IP6_X), REDIRECT);
	assert_int_equal(nd_claim(1, IP6_X), DROP);
	time_passes(IP6_X, 60000);
	assert_int_equal(dad_question(1, IP6_X), REDIRECT);
	assert_int_equal(nd_claim(1, IP6_X), DROP);
	assert_int_equal(get(IP6_X).challenged_ns, 0);
	expect_owner(IP6_X, 2);
	assert_int_equal(refused(1), 2);
}

/* What a switch in hairpin mode makes of dad_question(). */
static enum verdict dad_comes_back(const char *ip)
{
	const struct spec spec = { .kind = FRAME_ND,
				   .to = all_nodes,
				   .src = "::",
				   .dst = "ff02::1:ff00:1",
				   .target = ip };
	struct run run = { .ifindex = env_ifindex(AT_WIRE) };
	struct frame f;

	frame_build(&f, &spec);
	assert_int_equal(env_run(WIRE_RX, &run, &f), 0);
	return (enum verdict)run.verdict;
}

static void test_dad_by_the_switch(void **state)
{
	(void)state;
	nd_claim(2, IP6_X);
	env.slaves[1].flags |= BV_SLAVE_VEPA;
	env.slaves[2].flags |= BV_SLAVE_VEPA;

	/* The owner's own, and the answer is not its to give. */
	dad_question(2, IP6_X);
	assert_int_equal(dad_comes_back(IP6_X), DROP);
	assert_int_equal(env.drops[0].count[BV_DROP_REFLECTED], 1);

	dad_question(1, IP6_X);
	assert_int_equal(dad_comes_back(IP6_X), REDIRECT);
	time_passes(IP6_X, 1001);
	assert_int_equal(dad_comes_back(IP6_X), DROP);
	assert_int_equal(env.drops[0].count[BV_DROP_REFLECTED], 2);
	expect_owner(IP6_X, 2);
}

/* Of macvlan the MAC says whose question comes back: nothing need be noted. */
static void test_dad_by_mac(void **state)
{
	const struct spec spec = { .kind = FRAME_ND,
				   .to = all_nodes,
				   .from = mac1,
				   .src = "::",
				   .dst = "ff02::1:ff00:1",
				   .target = IP6_X };

	(void)state;
	nd_claim(2, IP6_X);
	env.slaves[1].flags |= BV_SLAVE_MACVLAN | BV_SLAVE_VEPA |
			       BV_SLAVE_SWITCHED;
	memcpy(env.slaves[1].mac, mac1, sizeof(mac1));
	slave_sends(1, &spec);
	assert_int_equal(get(IP6_X).challenged_ns, 0);
}

/* DAD's question names an IPv4 address: its owner has not been asked. */
static void test_dad_for_ip4(void **state)
{
	(void)state;
	arp_claim(2, IP4_X);
	env.slaves[1].flags |= BV_SLAVE_VEPA;
	time_passes(IP4_X, 60000);
	assert_int_equal(dad_question(1, "::ffff:" IP4_X), REDIRECT);
	assert_int_equal(get(IP4_X).challenged_ns, 0);
	time_passes(IP4_X, 1001);
	/* The first claim, by which it is asked. */
	assert_int_equal(arp_claim(1, IP4_X), REDIRECT);
	assert_int_equal(refused(1), 1);
	expect_owner(IP4_X, 2);
}

static void test_limit(void **state)
{
	struct bv_addr_key key;
	char ip[16];

	(void)state;
	for (uint32_t i = 0; i <= BV_LEARN_MAX; i++) {
		snprintf(ip, sizeof(ip), "198.51.100.%u", i);
		assert_int_equal(arp_claim(1, ip),
				 i < BV_LEARN_MAX ? REDIRECT : DROP);
	}
	assert_int_equal(env.slaves[1].learned, BV_LEARN_MAX);
	assert_int_equal(env_addr_count(), BV_LEARN_MAX);
	assert_int_equal(env.drops[1].count[BV_DROP_ADDR_LIMIT], 1);

	/* One given up, as the command does it, makes room for one. */
	key_parse(&key, "198.51.100.7");
	assert_int_equal(bpf_map_delete_elem(env.addrs_fd, &key), 0);
	env.slaves[1].learned--;
	assert_int_equal(arp_claim(1, ip), REDIRECT);
	assert_int_equal(arp_claim(1, "198.51.100.7"), DROP);
	expect_owner(ip, 1);
}

static const struct spec question = { .kind = FRAME_ND,
				      .to = all_nodes,
				      .src = "::",
				      .dst = "ff02::1:ff00:1",
				      .target = IP6_X };

/* ND knows no IPv4 addresses; the table has them in the same form. */
static void test_question_for_ip4(void **state)
{
	struct spec spec = question;

	(void)state;
	arp_claim(2, IP4_X);
	spec.target = "::ffff:" IP4_X;
	slave_sends(1, &spec);
	assert_int_equal(get(IP4_X).challenged_ns, 0);
	time_passes(IP4_X, 1500);
	arp_claim(1, IP4_X);
	expect_owner(IP4_X, 2);
}

static void test_host_asks_another(void **state)
{
	/* Sent by the host as if slave 2's address were its own. */
	const struct spec spec = { .kind = FRAME_ARP,
				   .to = broadcast,
				   .src = IP4_X,
				   .dst = "10.0.0.3" };
	struct run run = { .ifindex = env.master_ifindex };
	struct frame f;

	(void)state;
	arp_claim(2, IP4_X);
	arp_claim(3, "10.0.0.3");
	frame_build(&f, &spec);
	assert_int_equal(env_run(HOST_TX, &run, &f), 0);
	assert_int_equal(get(IP4_X).challenged_ns, 0);
	time_passes(IP4_X, 1500);
	assert_int_equal(env_run(HOST_TX, &run, &f), 0);
	expect_owner(IP4_X, 2);
}

/* The question is ours: nothing that the slave wrote comes along with it. */
static void test_probe_is_bare(void **state)
{
	const struct spec claim = { .kind = FRAME_ARP,
				    .to = neighbour,
				    .op = ARP_REPLY,
				    .src = IP4_X,
				    .dst = IP4_WIRE,
				    .payload = 100 };
	static const uint8_t zero[FRAME_MAX];
	struct run run = { .ifindex = env_ifindex(1) };
	struct frame f;

	(void)state;
	env.slaves[1].flags |= BV_SLAVE_PRIVATE;
	arp_claim(2, IP4_X);
	frame_build(&f, &claim);
	assert_int_equal(env_run(SLAVE_TX, &run, &f), 0);
	assert_int_equal(run.verdict, REDIRECT);
	assert_true(f.len >= 42);
	assert_memory_equal(f.data + 42, zero, f.len - 42);
}

int main(void)
{
#define TEST(name, function)                      \
	{                                         \
		name, function, reset, NULL, NULL \
	}
	const struct CMUnitTest tests[] = {
		TEST("a claim is dated, and so is the next", test_times),
		TEST("an address contested by ARP", test_arp_contest),
		TEST("an address is not contested by ND", test_dad_contest),
		TEST("DAD by way of a switch", test_dad_by_the_switch),
		TEST("DAD by way of a switch, of macvlan", test_dad_by_mac),
		TEST("DAD by way of a switch, for an IPv4 address",
		     test_dad_for_ip4),
		TEST("64 addresses and no more", test_limit),
		TEST("an owner the host does not ask", test_host_asks_another),
		TEST("ND's question about an IPv4 address asks nobody",
		     test_question_for_ip4),
		TEST("a probe carries nothing of the claimant's",
		     test_probe_is_bare),
	};

	return cmocka_run_group_tests(tests, env_setup, env_teardown);
}
