// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rcu.c - expedite the kernel's grace periods for the length of a batch.
 *
 * Attaching to TCX and deleting a device wait for an RCU grace period under the
 * rtnl lock, 10 ms and more each time; expedited it is a tenth of a millisecond
 * (Documentation/RCU/Design/Requirements: rcu_expedited). The knob is the whole
 * machine's. The kernel takes any number but 0 for "on", so it serves as a
 * count: each batch adds one and takes one away, whoever else, a batch or the
 * administrator, has it set meanwhile.
 *
 * It is taken away whatever becomes of us: a child process, in a session of its
 * own and deaf to signals, counts up and then waits for the end of a socket that
 * only we hold, which comes with our death as well. Should the child be killed,
 * we count down ourselves.
 *
 * Reading and writing the knob is one step under flock(2) on it. Anybody who may
 * read it could hold that lock, so the wait for it is short, and where it is in
 * vain, or the knob cannot be written, batches are slower and right.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "internal.h"

#define RCU_EXPEDITED "/sys/kernel/rcu_expedited"
#define LOCK_TRIES 100 /* of a millisecond */

struct rcu_guard {
	int knob_fd;
	int socket_fd; /* closing it ends the child */
	pid_t child;
};

static int lock_knob(int fd)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return 0;
		nanosleep(&ms, NULL);
	}
	return -EBUSY;
}

/* Async-signal-safe but for the formatting, of which glibc's is safe enough. */
static int write_count(int fd, int delta)
{
	char text[16] = "";
	int n;

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return -EIO;
	n = atoi(text) + delta;
	n = snprintf(text, sizeof(text), "%d", n > 0 ? n : 0);
	return pwrite(fd, text, (size_t)n, 0) == n ? 0 : -EIO;
}

static int count_up(int fd)
{
	int err = lock_knob(fd);

	if (err)
		return err;
	err = write_count(fd, 1);
	flock(fd, LOCK_UN);
	return err;
}

/* What was counted up is counted down, with the lock or without. */
static int count_down(int fd)
{
	int err;

	(void)lock_knob(fd);
	err = write_count(fd, -1);
	flock(fd, LOCK_UN);
	return err;
}

static void __attribute__((noreturn)) guard(int knob_fd, int socket_fd)
{
	sigset_t all;
	ssize_t n;
	char c = 0;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	/* Above all the namespace's: its lock must not outlive our parent. */
	if (dup2(knob_fd, 0) != 0 || dup2(socket_fd, 1) != 1 ||
	    close_range(2, ~0U, 0) || count_up(0))
		_exit(1);
	/* If nobody is there to read it, the end is there to be read. */
	(void)send(1, &c, 1, MSG_NOSIGNAL);
	do {
		n = read(1, &c, 1);
	} while (n < 0 && errno == EINTR);
	_exit(count_down(0) ? 1 : 0);
}

static int start(struct rcu_guard *new)
{
	int ends[2];
	ssize_t n;
	char c;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	new->child = fork();
	if (new->child == 0)
		guard(new->knob_fd, ends[1]);
	close(ends[1]);
	new->socket_fd = ends[0];
	if (new->child < 0)
		return -errno;
	do {
		n = read(new->socket_fd, &c, 1);
	} while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : -EIO;
}

int bv_rcu_expedite(struct rcu_guard **ret)
{
	struct rcu_guard *new = malloc(sizeof(*new));
	int err;

	*ret = NULL;
	if (!new)
		return -ENOMEM;
	*new = (struct rcu_guard){ .socket_fd = -1, .child = -1 };
	new->knob_fd = open(RCU_EXPEDITED, O_RDWR | O_CLOEXEC);
	err = new->knob_fd < 0 ? -errno : start(new);
	if (err) {
		bv_rcu_restore(new);
		return err;
	}
	*ret = new;
	return 0;
}

void bv_rcu_restore(struct rcu_guard *guard)
{
	int status = 0;

	if (!guard)
		return;
	bv_close_fd(&guard->socket_fd);
	if (guard->child > 0) {
		while (waitpid(guard->child, &status, 0) < 0)
			if (errno != EINTR)
				break;
		if (WIFSIGNALED(status))
			(void)count_down(guard->knob_fd);
	}
	bv_close_fd(&guard->knob_fd);
	free(guard);
}
