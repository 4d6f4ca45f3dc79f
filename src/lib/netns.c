// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * netns.c - network namespaces: by name, by path, by nsid.
 *
 * The kernel numbers a namespace as seen from another (nsid, rtnetlink(7)
 * RTM_GETNSID), but gives no way from the number to the namespace. So the
 * namespaces that have a name, below /run/netns as ip-netns(8) makes them, and
 * then those of all processes, are asked for their number until one fits.
 *
 * A thread enters a namespace only within one function, by a scope that leaves
 * it on every path out.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "internal.h"

#define NETNS_DIR "/run/netns"
#define NETNS_SELF "/proc/thread-self/ns/net"

int bv_netns_open(const char *name)
{
	char path[PATH_MAX];
	int fd, n;

	if (!name)
		n = snprintf(path, sizeof(path), "%s", NETNS_SELF);
	else if (strchr(name, '/'))
		n = snprintf(path, sizeof(path), "%s", name);
	else if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return -ENOENT;
	else
		n = snprintf(path, sizeof(path), "%s/%s", NETNS_DIR, name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	/* A path may be anything: not to wait for a FIFO's other end. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET)
		return fd;
	close(fd);
	return -EINVAL;
}

int bv_netns_enter(struct netns_scope *scope, int fd)
{
	int back;

	scope->back = -1;
	if (fd < 0)
		return 0;
	back = bv_netns_open(NULL);
	if (back < 0)
		return back;
	if (setns(fd, CLONE_NEWNET)) {
		int err = -errno;

		close(back);
		return err;
	}
	scope->back = back;
	return 0;
}

void bv_netns_leave(struct netns_scope *scope)
{
	if (scope->back < 0)
		return;
	/*
	 * It cannot fail for a namespace we came from, short of a privilege
	 * taken away meanwhile; to go on in the wrong one would be worse.
	 */
	if (setns(scope->back, CLONE_NEWNET))
		abort();
	close(scope->back);
	scope->back = -1;
}

bool bv_netns_same(int fd_a, int fd_b)
{
	struct stat a, b;

	return !fstat(fd_a, &a) && !fstat(fd_b, &b) && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

int bv_netns_resolve(struct bv_ctx *ctx, const char *netns, int *nsid)
{
	_cleanup_fd_ int fd = bv_netns_open(netns);
	int id;

	if (fd < 0)
		return fd;
	if (bv_netns_same(fd, ctx->netns_fd)) {
		*nsid = NL_NSID_SELF;
		return 0;
	}
	id = nl_nsid_get(ctx->nl, fd);
	if (id < 0)
		return -ENOENT;
	*nsid = id;
	return 0;
}

static int compare_nsid(const void *a, const void *b)
{
	const struct ns_name *x = a, *y = b;

	return (x->nsid > y->nsid) - (x->nsid < y->nsid);
}

/* Asks every named namespace for its number, once. */
static int load_names(struct bv_ctx *ctx)
{
	const struct dirent *entry;
	size_t room = 0;
	DIR *dir;

	bv_netns_forget(ctx);
	dir = opendir(NETNS_DIR);
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir))) {
		_cleanup_fd_ int fd = -1;
		int nsid;

		if (entry->d_name[0] == '.')
			continue;
		fd = bv_netns_open(entry->d_name);
		if (fd < 0)
			continue;
		nsid = nl_nsid_get(ctx->nl, fd);
		if (nsid < 0)
			continue;
		if (bv_grow(&ctx->ns_names, &room, ctx->n_ns_names,
			    sizeof(*ctx->ns_names))) {
			closedir(dir);
			return -ENOMEM;
		}
		ctx->ns_names[ctx->n_ns_names].nsid = nsid;
		snprintf(ctx->ns_names[ctx->n_ns_names].name,
			 sizeof(ctx->ns_names->name), "%s", entry->d_name);
		ctx->n_ns_names++;
	}
	closedir(dir);
	if (ctx->n_ns_names)
		qsort(ctx->ns_names, ctx->n_ns_names, sizeof(*ctx->ns_names),
		      compare_nsid);
	return 0;
}

void bv_netns_forget(struct bv_ctx *ctx)
{
	free(ctx->ns_names);
	ctx->ns_names = NULL;
	ctx->n_ns_names = 0;
}

static const struct ns_name *find_name(struct bv_ctx *ctx, int nsid)
{
	struct ns_name key = { .nsid = nsid };

	if (!ctx->n_ns_names)
		return NULL;
	return bsearch(&key, ctx->ns_names, ctx->n_ns_names, sizeof(key),
		       compare_nsid);
}

const char *bv_netns_name(struct bv_ctx *ctx, int nsid)
{
	const struct ns_name *name;

	if (nsid == NL_NSID_SELF)
		return "";
	if (!ctx->ns_names && load_names(ctx))
		return "";
	name = find_name(ctx, nsid);
	return name ? name->name : "";
}

/* By the processes' namespaces: for those of containers, without a name. */
static int open_by_process(struct bv_ctx *ctx, int nsid)
{
	const struct dirent *entry;
	DIR *dir = opendir("/proc");
	int found = -ENOENT;

	if (!dir)
		return -errno;
	while (found < 0 && (entry = readdir(dir))) {
		_cleanup_fd_ int fd = -1;
		char path[PATH_MAX];

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/ns/net", entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && nl_nsid_get(ctx->nl, fd) == nsid) {
			found = fd;
			fd = -1;
		}
	}
	closedir(dir);
	return found;
}

int bv_netns_open_nsid(struct bv_ctx *ctx, int nsid)
{
	const struct ns_name *name = find_name(ctx, nsid);
	int fd;

	/* A name may have gone to another namespace since it was noted. */
	if (!name || (fd = bv_netns_open(name->name)) < 0) {
		int err = load_names(ctx);

		if (err)
			return err;
		name = find_name(ctx, nsid);
		fd = name ? bv_netns_open(name->name) : -ENOENT;
	}
	if (fd >= 0 && nl_nsid_get(ctx->nl, fd) == nsid)
		return fd;
	if (fd >= 0)
		close(fd);
	return open_by_process(ctx, nsid);
}
