// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * ctx.c - a view on one network namespace, and the lock on it.
 *
 * The lock is flock(2) on the namespace's own inode: it exists as long as the
 * namespace, is the same seen from any mount namespace, needs no file of ours,
 * and goes with the process that held it, however it died. Changes to masters
 * of one namespace are serialised by it, readers do without.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "internal.h"

int bv_ctx_new(struct bv_ctx **ret, const char *netns)
{
	struct netns_scope scope _cleanup_netns_ = { -1 };
	struct bv_ctx *ctx = calloc(1, sizeof(*ctx));
	int err;

	if (!ctx)
		return -ENOMEM;
	ctx->foreign = netns != NULL;
	ctx->inside.back = -1;
	ctx->conf_fd = ctx->conf4_fd = -1;
	ctx->netns_fd = bv_netns_open(netns);
	if (ctx->netns_fd < 0) {
		err = ctx->netns_fd;
		goto err_free;
	}
	err = bv_netns_enter(&scope, ctx->foreign ? ctx->netns_fd : -1);
	if (err)
		goto err_close;
	ctx->ioctl_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ctx->ioctl_fd < 0) {
		err = -errno;
		goto err_close;
	}
	err = nl_open(&ctx->nl);
	if (err)
		goto err_socket;
	*ret = ctx;
	return 0;

err_socket:
	close(ctx->ioctl_fd);
err_close:
	close(ctx->netns_fd);
err_free:
	free(ctx);
	return err;
}

void bv_ctx_free(struct bv_ctx *ctx)
{
	if (!ctx)
		return;
	bv_batch_end(ctx);
	nl_close(ctx->nl);
	close(ctx->ioctl_fd);
	close(ctx->netns_fd);
	free(ctx);
}

static int lock(struct bv_ctx *ctx)
{
	if (ctx->locked)
		return 0;
	while (flock(ctx->netns_fd, LOCK_EX))
		if (errno != EINTR)
			return bv_fail(ctx, -errno,
				       "cannot lock the namespace: %s",
				       strerror(errno));
	ctx->locked = true;
	return 0;
}

static void unlock(struct bv_ctx *ctx)
{
	bv_close_fd(&ctx->conf_fd);
	bv_close_fd(&ctx->conf4_fd);
	bv_ports_close(ctx);
	bv_netns_forget(ctx);
	if (ctx->locked)
		flock(ctx->netns_fd, LOCK_UN);
	ctx->locked = false;
}

int bv_begin_reading(struct bv_ctx *ctx)
{
	int err;

	ctx->error[0] = '\0';
	err = bv_netns_enter(&ctx->inside, ctx->foreign ? ctx->netns_fd : -1);
	if (err)
		return bv_fail(ctx, err, "cannot enter the namespace: %s",
			       strerror(-err));
	return 0;
}

int bv_begin(struct bv_ctx *ctx)
{
	int err = bv_begin_reading(ctx);

	if (err)
		return err;
	err = lock(ctx);
	if (err)
		bv_end(ctx);
	return err;
}

void bv_end(struct bv_ctx *ctx)
{
	if (!ctx->batch)
		unlock(ctx);
	bv_netns_leave(&ctx->inside);
}

int bv_batch_begin(struct bv_ctx *ctx)
{
	int err;

	ctx->error[0] = '\0';
	if (ctx->batch)
		return bv_fail(ctx, -EALREADY, "a batch is open");
	err = lock(ctx);
	if (err)
		return err;
	ctx->batch = true;
	/* Without it a batch is slow, not wrong. */
	(void)bv_rcu_expedite(&ctx->rcu);
	return 0;
}

void bv_batch_end(struct bv_ctx *ctx)
{
	if (!ctx->batch)
		return;
	bv_rcu_restore(ctx->rcu);
	ctx->rcu = NULL;
	ctx->batch = false;
	unlock(ctx);
}
