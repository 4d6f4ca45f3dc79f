// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Claims on two CPUs at once. Whoever wins, an address has one owner, and what
 * the slaves are counted to have learned is what the table holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <bpf/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"

#define ROUNDS 10000
#define HEAD_START 256
#define IP4_X "192.0.2.1"
#define IP4_Y "192.0.2.2"

/* One frame per round, by each of two threads at the same time. */
struct racer {
	uint32_t slot;
	const char *ip;
	uint64_t verdicts[REDIRECT + 1];
	int err;
};

struct race {
	void (*before)(void); /* each round... */
	bool (*after)(void); /* is all as it must be? */
	struct racer a, b;
	int failed; /* rounds */
	int cpu; /* of the second, another one than ours if there is any */
	atomic_int started, ready, done; /* the round's number */
};

/* Threads that sleep until they are woken would hardly meet: these spin. */
static void await(atomic_int *what, int round)
{
	for (int i = 0; atomic_load(what) < round; i++)
		if (i > 10000)
			sched_yield();
}

static void prepare(const struct racer *r, struct frame *f)
{
	const struct spec spec = { .kind = FRAME_ARP,
				   .to = neighbour,
				   .op = ARP_REPLY,
				   .src = r->ip,
				   .dst = IP4_WIRE };

	frame_build(f, &spec);
}

static void claim(struct racer *r, struct frame *f)
{
	struct run run = { .ifindex = env_ifindex((int)r->slot) };
	int err = env_run(SLAVE_TX, &run, f);

	if (err)
		r->err = err;
	else if (run.verdict <= REDIRECT)
		r->verdicts[run.verdict]++;
}

static void *second_thread(void *arg)
{
	struct race *r = arg;
	struct frame f;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(r->cpu, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
	for (int i = 1; i <= ROUNDS; i++) {
		prepare(&r->b, &f);
		atomic_store(&r->ready, i);
		await(&r->started, i);
		claim(&r->b, &f);
		atomic_store(&r->done, i);
	}
	return NULL;
}

/* Of the process, before the setup has bound it to one of them. */
static cpu_set_t cpus;

static int choose_cpu(void)
{
	int here = sched_getcpu(), cpu;

	for (cpu = CPU_SETSIZE - 1; cpu > 0; cpu--)
		if (CPU_ISSET(cpu, &cpus) && cpu != here)
			break;
	return cpu;
}

static void race(struct race *r)
{
	pthread_t thread;
	struct frame f;

	env_reset();
	r->cpu = choose_cpu();
	assert_int_equal(pthread_create(&thread, NULL, second_thread, r), 0);
	/* No verdict in here: the thread must not outlive what it uses. */
	for (int i = 1; i <= ROUNDS; i++) {
		r->before();
		prepare(&r->a, &f);
		await(&r->ready, i);
		atomic_store(&r->started, i);
		/* The other hears of it late: meet it early, and late. */
		for (atomic_int n = 0; n < i % HEAD_START; n++)
			;
		claim(&r->a, &f);
		await(&r->done, i);
		r->failed += !r->after();
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(r->failed, 0);
	assert_int_equal(r->a.err, 0);
	assert_int_equal(r->b.err, 0);
}

static void forget(const char *ip)
{
	struct bv_addr_key key;

	key_parse(&key, ip);
	(void)bpf_map_delete_elem(env.addrs_fd, &key);
}

/* Owned by a slot before the race, or by nobody. */
static void owned_by(const char *ip, int slot, uint64_t asked_ms)
{
	uint64_t now = env_now();
	const struct bv_addr addr = {
		.owner = BV_OWNER(slot, BV_ADDR_LEARNED),
		.plen = 32,
		.seen_ns = env_ago(now, 60000),
		.challenged_ns = asked_ms ? env_ago(now, asked_ms) : 0,
	};

	forget(ip);
	if (slot != GONE)
		env_addr_set(ip, &addr);
	for (int i = 0; i <= (int)SLAVES; i++)
		env.slaves[i].learned = i == slot;
}

static void nobody_owns(void)
{
	owned_by(IP4_X, GONE, 0);
}

static void gone_slave_owns(void)
{
	owned_by(IP4_X, 4, 0);
}

static void silent_slave_owns(void)
{
	owned_by(IP4_X, 3, 2000);
}

static uint64_t won[SLAVES + 1];

/* It is one of the two's now. */
static bool one_owner(void)
{
	struct bv_addr addr;
	uint32_t slot;

	if (!env_addr_get(IP4_X, &addr) ||
	    BV_OWNER_HOW(addr.owner) != BV_ADDR_LEARNED)
		return false;
	slot = BV_OWNER_SLOT(addr.owner);
	if (slot != 1 && slot != 2)
		return false;
	won[slot]++;
	for (uint32_t i = 0; i <= SLAVES; i++)
		if (env.slaves[i].learned != (i == slot))
			return false;
	return true;
}

static void run_race(void (*before)(void))
{
	struct race r = {
		.before = before,
		.after = one_owner,
		.a = { .slot = 1, .ip = IP4_X },
		.b = { .slot = 2, .ip = IP4_X },
	};

	memset(won, 0, sizeof(won));
	race(&r);
	assert_int_equal(won[1] + won[2], ROUNDS);
	assert_int_equal(env_addr_count(), 1);
	/* Refused claims are counted; with a probe the verdict is another. */
	assert_true(env.drops[1].count[BV_DROP_ADDR_IN_USE] <= won[2]);
	assert_true(env.drops[2].count[BV_DROP_ADDR_IN_USE] <= won[1]);
	assert_true(env.drops[1].count[BV_DROP_ADDR_IN_USE] >=
		    r.a.verdicts[DROP]);
	assert_true(env.drops[2].count[BV_DROP_ADDR_IN_USE] >=
		    r.b.verdicts[DROP]);
}

static void test_new(void **state)
{
	(void)state;
	run_race(nobody_owns);
}

static void test_gone(void **state)
{
	(void)state;
	run_race(gone_slave_owns);
}

static void test_silent(void **state)
{
	(void)state;
	run_race(silent_slave_owns);
}

static void room_for_one(void)
{
	forget(IP4_X);
	forget(IP4_Y);
	env.slaves[1].learned = BV_LEARN_MAX - 1;
}

static bool no_more_than_may_be(void)
{
	return env.slaves[1].learned == BV_LEARN_MAX && env_learned(1) == 1;
}

static void test_limit(void **state)
{
	struct race r = {
		.before = room_for_one,
		.after = no_more_than_may_be,
		.a = { .slot = 1, .ip = IP4_X },
		.b = { .slot = 1, .ip = IP4_Y },
	};

	(void)state;
	race(&r);
}

int main(void)
{
#define TEST(name, function)                     \
	{                                        \
		name, function, NULL, NULL, NULL \
	}
	const struct CMUnitTest tests[] = {
		TEST("two claim what is nobody's", test_new),
		TEST("two claim what a slave that is gone had", test_gone),
		TEST("two claim what a silent slave has", test_silent),
		TEST("a slave claims two where one is left", test_limit),
	};

	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		return 1;
	return cmocka_run_group_tests(tests, env_setup, env_teardown);
}
