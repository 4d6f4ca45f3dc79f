// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bound on copies: what is over it reaches the host or the wire only, and
 * is counted. A window ends with the clock, so what is tested within one is
 * done again when that was over first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cases.h"

static uint64_t window;

static void set_window(uint32_t copies)
{
	window = env_now() >> BV_FLOOD_WINDOW_SHIFT;
	env.port->flood_window = window;
	env.port->flood_copies = copies;
}

/* Only a program that met another window has changed this one. */
static bool window_over(void)
{
	return env.port->flood_window != window ||
	       env_now() >> BV_FLOOD_WINDOW_SHIFT != window;
}

static void bound_reached(void)
{
	set_window(BV_FLOOD_COPIES);
}

static void one_is_left(void)
{
	set_window(BV_FLOOD_COPIES - 1);
}

static void window_before(void)
{
	set_window(BV_FLOOD_COPIES);
	env.port->flood_window--;
}

static void no_slaves(void)
{
	set_window(BV_FLOOD_COPIES);
	env.port->high_slot = 0;
}

static void slots_above_one(void)
{
	env.port->high_slot = 1;
}

#define COUNTED(slot_) .drops = { { slot_, BV_DROP_FLOOD_LIMIT, 1 } }
#define FULL .prepare = bound_reached, .too_late = window_over
#define SLAVE_BROADCAST               \
	.frame = { .kind = FRAME_IP4, \
		   .to = broadcast,   \
		   .src = "10.0.0.1", \
		   .dst = "10.0.0.255" }

static const struct test_case slave_cases[] = {
	{ .name = "a broadcast over the bound reaches host and wire",
	  FULL,
	  SLAVE_BROADCAST,
	  .out = { .verdict = REDIRECT,
		   .copies = HOST,
		   .to = WIRE,
		   COUNTED(1) } },
	{ .name = "a slave with host off: it reaches the wire",
	  FULL,
	  .flags = { [1] = BV_SLAVE_HOST_OFF },
	  SLAVE_BROADCAST,
	  .out = { .verdict = REDIRECT, .to = WIRE, COUNTED(1) } },
	{ .name = "a private slave makes no copies and loses none",
	  FULL,
	  .flags = { [1] = BV_SLAVE_PRIVATE },
	  SLAVE_BROADCAST,
	  .out = { .verdict = REDIRECT, .copies = HOST, .to = WIRE } },
	{ .name = "the frame that reaches the bound is copied to all",
	  .prepare = one_is_left,
	  .too_late = window_over,
	  SLAVE_BROADCAST,
	  .out = { .verdict = REDIRECT, .copies = S2 | S3 | HOST, .to = WIRE } },
	{ .name = "a new window begins at none",
	  .prepare = window_before,
	  SLAVE_BROADCAST,
	  .out = { .verdict = REDIRECT, .copies = S2 | S3 | HOST, .to = WIRE } },
	{ .name = "a question for a known owner is not bounded",
	  FULL,
	  .frame = { .kind = FRAME_ARP,
		     .to = broadcast,
		     .src = "10.0.0.1",
		     .dst = "10.0.0.2" },
	  .out = { .verdict = REDIRECT, .copies = S2, .to = WIRE } },
	{ .name = "unicast is not bounded",
	  FULL,
	  .frame = { .kind = FRAME_IP4, .src = "10.0.0.1", .dst = "10.0.0.2" },
	  .out = { .verdict = REDIRECT, .to = S2 } },
	{ .name = "over both bounds, each is counted",
	  FULL,
	  .frame = { .to = broadcast, .payload = MTU + 5 },
	  .styles = RUN,
	  .out = { .verdict = DROP,
		   .copies = HOST,
		   .drops = { { 1, BV_DROP_FLOOD_LIMIT, 1 },
			      { 1, BV_DROP_OVERSIZE, 1 } } } },
	{ .name = "a port with no slaves makes no copies",
	  .prepare = no_slaves,
	  SLAVE_BROADCAST,
	  .out = { .verdict = REDIRECT, .copies = HOST, .to = WIRE } },
	{ .name = "slots above the highest in use are not looked at",
	  .at = 3,
	  .prepare = slots_above_one,
	  .frame = { .kind = FRAME_IP4,
		     .to = broadcast,
		     .src = "10.0.0.3",
		     .dst = "10.0.0.255" },
	  .out = { .verdict = REDIRECT, .copies = S1 | HOST, .to = WIRE } },
};

static const struct test_case wire_cases[] = {
	{ .name = "the wire's broadcast over the bound reaches the host",
	  FULL,
	  .frame = { .kind = FRAME_IP4,
		     .to = broadcast,
		     .from = neighbour,
		     .src = IP4_WIRE,
		     .dst = "10.0.0.255" },
	  .out = { .verdict = NEXT, COUNTED(0) } },
	{ .name = "a vepa slave's, reflected, is counted as the slave's",
	  FULL,
	  .flags = { [2] = BV_SLAVE_VEPA },
	  .frame = { .kind = FRAME_IP4,
		     .to = broadcast,
		     .src = "10.0.0.2",
		     .dst = "10.0.0.255" },
	  .out = { .verdict = NEXT, COUNTED(2) } },
	{ .name = "the wire's question for a slave is not bounded",
	  FULL,
	  .frame = { .kind = FRAME_ARP,
		     .to = broadcast,
		     .from = neighbour,
		     .sha = neighbour,
		     .src = IP4_WIRE,
		     .dst = "10.0.0.1" },
	  .out = { .verdict = REDIRECT, .to = S1 } },
};

static const struct test_case host_cases[] = {
	{ .name = "the host's broadcast over the bound reaches the wire",
	  FULL,
	  .frame = { .kind = FRAME_IP4,
		     .to = broadcast,
		     .src = IP4_HOST,
		     .dst = "10.0.0.255" },
	  .out = { .verdict = NEXT, COUNTED(0) } },
};

/*
 * All slots of the default port, of which two are in use: what counts is the
 * copies. They are made by one call, which takes a small part of a window.
 */
static void test_bound(void **state)
{
	static const struct spec spec = { .to = broadcast, .payload = 46 };
	const uint32_t frames = 8;
	struct run run = { .ifindex = env_ifindex(1), .repeat = frames + 3 };
	struct frame f;

	(void)state;
	do {
		env_reset();
		env.port->high_slot = BV_SLAVES_DEFAULT;
		set_window(BV_FLOOD_COPIES - 2 * frames);
		frame_build(&f, &spec);
		assert_int_equal(env_run(SLAVE_TX, &run, &f), 0);
	} while (window_over());
	assert_int_equal(run.verdict, REDIRECT);
	assert_int_equal(env.port->flood_copies, BV_FLOOD_COPIES);
	assert_int_equal(env.drops[1].count[BV_DROP_FLOOD_LIMIT], 3);
	env_settle();
	for (uint32_t i = 0; i < frames; i++) {
		assert_true(env_take(2, &f));
		assert_true(env_take(3, &f));
	}
	assert_false(env_take(2, &f));
	assert_false(env_take(3, &f));
	for (uint32_t i = 0; i < frames + 3; i++)
		assert_true(env_take(AT_HOST, &f));
	assert_false(env_take(AT_HOST, &f));
}

/* A broadcast that is left to the copier, which has all it may have. */
static uint32_t queued_after(uint64_t served_ns)
{
	static const struct spec spec = { .to = broadcast, .payload = 46 };
	struct run run = { .ifindex = env_ifindex(1) };
	struct frame f;

	env_reset();
	env.port->high_slot = BV_SLAVES_DEFAULT;
	env.port->copier = 1;
	env.port->queued = BV_COPIER_FRAMES;
	env.port->served_ns = served_ns;
	frame_build(&f, &spec);
	assert_int_equal(env_run(SLAVE_TX, &run, &f), 0);
	assert_int_equal(run.verdict, REDIRECT);
	assert_int_equal(env.drops[1].count[BV_DROP_QUEUE_FULL], 1);
	return env.port->queued;
}

/* What another CPU has noted may be later than what this one took for now. */
static void test_queue(void **state)
{
	(void)state;
	assert_int_equal(queued_after(env_now()), BV_COPIER_FRAMES);
	assert_int_equal(queued_after(env_now() + 500000000), BV_COPIER_FRAMES);
	assert_int_equal(queued_after(env_ago(env_now(), 2000)), 0);
}

/* A slot whose device went with its namespace, before anybody noticed. */
#define GHOST (SLAVES + 1)

static void add_ghost(void)
{
	const struct bv_addr addr = { .owner = BV_OWNER(GHOST, 0), .plen = 32 };

	env_reset();
	env.slaves[GHOST].flags = BV_SLAVE_ACTIVE | BV_SLAVE_PEER;
	env.slaves[GHOST].addrs4 = env.slaves[GHOST].learned = 1;
	env.port->high_slot = GHOST;
	env_addr_set("10.0.0.5", &addr);
}

static void expect_ghost_laid(const struct spec *spec, uint32_t copies)
{
	struct run run = { .ifindex = env_ifindex(1) };
	struct frame f, got;

	add_ghost();
	frame_build(&f, spec);
	assert_int_equal(env_run(SLAVE_TX, &run, &f), 0);
	assert_int_equal(run.verdict, REDIRECT);
	assert_int_equal(env.slaves[GHOST].flags, BV_SLAVE_PEER);
	assert_true(env.slaves[2].flags & BV_SLAVE_ACTIVE);
	env_settle();
	for (int at = 1; at <= (int)SLAVES; at++)
		assert_int_equal(env_take(at, &got), !!(copies & TO(at)));
}

static void test_ghost(void **state)
{
	const struct spec to_all = { .to = broadcast, .payload = 46 };
	const struct spec to_one = { .kind = FRAME_ARP,
				     .to = broadcast,
				     .dst = "10.0.0.5" };

	(void)state;
	expect_ghost_laid(&to_all, S2 | S3);
	expect_ghost_laid(&to_one, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "copies are what the bound counts", test_bound, NULL, NULL,
		  NULL },
		{ "a queue is stuck if nobody has served it for a second",
		  test_queue, NULL, NULL, NULL },
		{ "a copy for a device that is gone ends its slot", test_ghost,
		  NULL, NULL, NULL },
	};
	static const struct case_table tables[] = {
		CASES(SLAVE_TX, slave_cases),
		CASES(WIRE_RX, wire_cases),
		CASES(HOST_TX, host_cases),
		{},
	};
	int failed = cases_main(tables);

	return failed | cmocka_run_group_tests(tests, env_setup, env_teardown);
}
