// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rcu.c - expedite the kernel's grace periods for the length of a batch.
 *
 * Attaching to TCX and deleting a device wait for an RCU grace period under the
 * rtnl lock, 10 ms and more each time; expedited it is a tenth of a millisecond
 * (Documentation/RCU/Design/Requirements: rcu_expedited). The knob is the whole
 * machine's, so it is put back whatever becomes of us: a child process, in a
 * session of its own and deaf to signals from the terminal, waits for the end
 * of a pipe that only we hold open, and then restores the knob. That end comes
 * with our death as well.
 *
 * A knob that is set already is somebody else's and is left alone. Where it
 * cannot be written, batches are slower and right.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "internal.h"

#define RCU_EXPEDITED "/sys/kernel/rcu_expedited"

struct rcu_guard {
	int pipe_fd; /* closing it ends the child */
	pid_t child;
};

/* Waits for our end, then restores. Async-signal-safe: it runs after fork(). */
static void __attribute__((noreturn)) guard(int knob_fd, int pipe_fd)
{
	sigset_t all;
	ssize_t n;
	char c;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	/* Above all the namespace's: its lock must not outlive our parent. */
	if (dup2(knob_fd, 0) != 0 || dup2(pipe_fd, 1) != 1 ||
	    close_range(2, ~0U, 0))
		_exit(1);
	do {
		n = read(1, &c, 1);
	} while (n < 0 && errno == EINTR);
	n = pwrite(0, "0", 1, 0);
	_exit(n == 1 ? 0 : 1);
}

int bv_rcu_expedite(struct rcu_guard **ret)
{
	_cleanup_fd_ int knob_fd = open(RCU_EXPEDITED, O_RDWR | O_CLOEXEC);
	struct rcu_guard *new;
	int ends[2];
	char old = 0;

	*ret = NULL;
	if (knob_fd < 0)
		return -errno;
	if (read(knob_fd, &old, 1) != 1)
		return -EIO;
	if (old != '0')
		return 0;
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	new = malloc(sizeof(*new));
	if (!new) {
		close(ends[0]);
		close(ends[1]);
		return -ENOMEM;
	}
	new->pipe_fd = ends[1];
	new->child = fork();
	if (new->child == 0)
		guard(knob_fd, ends[0]);
	close(ends[0]);
	if (new->child < 0) {
		int err = -errno;

		close(ends[1]);
		free(new);
		return err;
	}
	/* From here on the child undoes it, whatever happens. */
	if (pwrite(knob_fd, "1", 1, 0) != 1) {
		bv_rcu_restore(new);
		return -EIO;
	}
	*ret = new;
	return 0;
}

void bv_rcu_restore(struct rcu_guard *guard)
{
	if (!guard)
		return;
	close(guard->pipe_fd);
	while (waitpid(guard->child, NULL, 0) < 0 && errno == EINTR)
		;
	free(guard);
}
