/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_lib.h - the public API in memory, for tests of the command.
 *
 * It knows a few masters, keeps the slaves and addresses it is given, and
 * writes each call that was made, with what was asked, into a log. fake_run()
 * runs a command line against it and keeps what was printed.
 */
#ifndef BV_TEST_FAKE_LIB_H
#define BV_TEST_FAKE_LIB_H

#include <stdbool.h>
#include <stddef.h>

#include "bpfvlan/bpfvlan.h"

#define FAKE_SLAVES 64
#define FAKE_ADDRS 64
#define FAKE_DROPS 24

struct fake {
	/* What there is. Masters are eth0 (3) and eth1 (4). */
	struct bv_slave_info slaves[FAKE_SLAVES];
	uint64_t drops[FAKE_SLAVES][FAKE_DROPS];
	int n_slaves;
	struct bv_addr_info addrs[FAKE_ADDRS];
	int n_addrs;
	struct bv_master_info masters[2];
	uint64_t master_drops[2][FAKE_DROPS];
	int n_masters;

	/* The next call of this name fails so; once, or from then on. */
	const char *fail_call, *fail_text;
	int fail_err;
	bool fail_always;

	/* Told of every line that is logged. */
	void (*on_call)(const char *line);

	/*
	 * Deletion of names that begin with "n" succeeds although there are no
	 * such slaves; counted, not logged: for long batches.
	 */
	bool counting;
	size_t del_calls, del_resolved, del_deleted;

	bool in_batch;
	int contexts; /* open ones */
	char *log; /* a line a call */

	/* Of the last fake_run(). */
	char *out, *err;
};

extern struct fake fake;

/* Nothing there, nothing logged. */
void fake_reset(void);
void fake_forget_log(void);
void fake_done(void);
/* cmocka's fixtures: reset before, done after. */
int fake_setup(void **state);
int fake_teardown(void **state);

/* A slave of eth0 in namespace netns ("": none), filled like a real one. */
struct bv_slave_info *fake_slave(const char *name, const char *netns);
/* A list of one slave's addresses grows: "10.0.0.1/24". */
void fake_addr(const struct bv_slave_info *s, const char *text,
	       enum bv_addr_origin origin);

/*
 * Runs the words of a line (split at single blanks, '' is an empty word) and
 * returns the exit code.
 */
int fake_run(const char *line);

/* Fails the test unless the last run printed and returned this. */
void fake_expect(const char *line, int status, const char *out,
		 const char *err);

#endif /* BV_TEST_FAKE_LIB_H */
