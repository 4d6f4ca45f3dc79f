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

int bv_lock(struct bv_ctx *ctx)
{
	ctx->error[0] = '\0';
	if (ctx->locked++)
		return 0;
	while (flock(ctx->netns_fd, LOCK_EX)) {
		if (errno == EINTR)
			continue;
		ctx->locked--;
		return bv_fail(ctx, -errno, "cannot lock the namespace: %s",
			       strerror(errno));
	}
	return 0;
}

void bv_unlock(struct bv_ctx *ctx)
{
	if (--ctx->locked)
		return;
	bv_reader_done(ctx);
	flock(ctx->netns_fd, LOCK_UN);
}

void bv_reader_done(struct bv_ctx *ctx)
{
	if (ctx->locked)
		return;
	bv_ports_close(ctx);
	bv_netns_forget(ctx);
}

int bv_batch_begin(struct bv_ctx *ctx)
{
	int err;

	if (ctx->batch)
		return bv_fail(ctx, -EALREADY, "a batch is open");
	err = bv_lock(ctx);
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
	bv_unlock(ctx);
}
