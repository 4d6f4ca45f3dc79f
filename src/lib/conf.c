// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * conf.c - settings of devices: /proc/sys/net/{ipv4,ipv6}/conf (ip-sysctl.rst).
 *
 * The kernel shows them to a thread for the namespace it is in, and finds "net"
 * below /proc/sys for one namespace among those of all others, one by one: with
 * a thousand of them that costs more than all else here. So the directories of
 * the masters' namespace are opened once a call.
 *
 * A value that is as wanted is not written: to write is to act, see
 * bv_conf_forward6().
 */
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

int bv_conf_open(const char *family)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf", family);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_key(int conf_fd, const char *dev, const char *key, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dev, key);
	fd = openat(conf_fd, path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int bv_conf_set(int conf_fd, const char *dev, const char *key,
		const char *value)
{
	_cleanup_fd_ int fd = open_key(conf_fd, dev, key, O_WRONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = write(fd, value, strlen(value));
	return n < 0 ? -errno : 0;
}

int bv_conf_get(int conf_fd, const char *dev, const char *key,
		char value[BV_CONF_LEN])
{
	_cleanup_fd_ int fd = open_key(conf_fd, dev, key, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, value, BV_CONF_LEN - 1);
	if (n < 0)
		return -errno;
	value[n] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

int bv_conf_need(int conf_fd, const char *dev, const char *key,
		 const char *value)
{
	char is[BV_CONF_LEN];
	int err = bv_conf_get(conf_fd, dev, key, is);

	if (err)
		return err;
	return strcmp(is, value) ? bv_conf_set(conf_fd, dev, key, value) : 0;
}

int bv_conf_fd(struct bv_ctx *ctx, int family)
{
	int *fd = family == AF_INET ? &ctx->conf4_fd : &ctx->conf_fd;

	if (*fd < 0)
		*fd = bv_conf_open(family == AF_INET ? "ipv4" : "ipv6");
	return *fd;
}

/* A device that has a default route by router advertisement. */
struct ra_dev {
	char name[IFNAMSIZ];
	char accept_ra[BV_CONF_LEN];
};

struct ra_devs {
	struct ra_dev *devs;
	size_t n, room;
};

static int note_ra_dev(const struct nl_route *route, void *arg)
{
	struct ra_devs *ra = arg;
	struct ra_dev dev = {};

	if (route->dst_len || !if_indextoname(route->oif, dev.name))
		return 0;
	for (size_t i = 0; i < ra->n; i++)
		if (!strcmp(ra->devs[i].name, dev.name))
			return 0;
	if (bv_grow(&ra->devs, &ra->room, ra->n, sizeof(dev)))
		return -ENOMEM;
	ra->devs[ra->n++] = dev;
	return 0;
}

int bv_conf_forward6(struct bv_ctx *ctx, int conf_fd, const char *dev,
		     const char *value)
{
	char is[BV_CONF_LEN];
	struct ra_devs ra = {};
	int err = bv_conf_get(conf_fd, dev, "forwarding", is);

	if (err || !strcmp(is, value))
		return err;
	err = nl_route_dump(ctx->nl, AF_INET6, RTPROT_RA, note_ra_dev, &ra);
	for (size_t i = 0; !err && i < ra.n; i++) {
		struct ra_dev *d = &ra.devs[i];

		if (bv_conf_get(conf_fd, d->name, "accept_ra", d->accept_ra) ||
		    bv_conf_need(conf_fd, d->name, "accept_ra", "2"))
			d->accept_ra[0] = '\0'; /* it has gone */
	}
	if (!err)
		err = bv_conf_set(conf_fd, dev, "forwarding", value);
	for (size_t i = 0; i < ra.n; i++)
		if (ra.devs[i].accept_ra[0])
			(void)bv_conf_need(conf_fd, ra.devs[i].name,
					   "accept_ra", ra.devs[i].accept_ra);
	free(ra.devs);
	return err;
}
