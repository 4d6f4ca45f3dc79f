// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * copier.c - the device on which copies of broadcast and multicast wait.
 *
 * A port that has given out more slots than a CPU makes copies at once leaves
 * the rest of them to its copier (flood.h on the BPF side): a veth pair in the
 * master's namespace, its near end under the ifindex of slot 0. What is sent out
 * of the near end comes in at the far end, where bv_copy() is, by a ring of 256
 * frames that belongs to the far end alone:
 *
 *   GRO on the far end	gives it the ring and a NAPI of its own
 *   TSO off on the near	veth puts a frame into the ring only if it could be
 *			merged, which a sender that segments says it cannot
 *   threaded NAPI	a kernel thread serves the ring, which the scheduler
 *			treats as fairly as any other
 *
 * Without the first two copies wait in the CPU's backlog, and without the third
 * they are made in softirq: slower for others, but none is lost. So a kernel that
 * refuses them is taken as it is.
 */
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include "internal.h"

/* Frames of any master fit; the most that veth takes. */
#define COPIER_MTU 65535U

struct copier {
	char near[IFNAMSIZ], far[IFNAMSIZ];
	uint32_t near_ifindex, far_ifindex;
};

static int set_feature(const struct bv_ctx *ctx, const char *dev, uint32_t cmd,
		       uint32_t on)
{
	struct ethtool_value value = { .cmd = cmd, .data = on };
	struct ifreq req = { .ifr_data = (void *)&value };

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", dev);
	return ioctl(ctx->ioctl_fd, SIOCETHTOOL, &req) ? -errno : 0;
}

/*
 * The sysfs that is mounted may be of another namespace, or not be there: a mount
 * of our own, attached nowhere, is of the thread's.
 */
static int set_threaded(const char *dev)
{
	_cleanup_fd_ int fs = -1, mnt = -1, fd = -1;
	char path[64];

	fs = fsopen("sysfs", FSOPEN_CLOEXEC);
	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	mnt = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (mnt < 0)
		return -errno;
	snprintf(path, sizeof(path), "class/net/%s/threaded", dev);
	fd = openat(mnt, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return write(fd, "1", 1) == 1 ? 0 : -errno;
}

/* No stack of the host's is to speak on either end. */
static int quiet(struct bv_ctx *ctx, const char *dev)
{
	if (ctx->conf_fd < 0)
		ctx->conf_fd = bv_conf_open("ipv6");
	/* A kernel without IPv6 has nothing to be told. */
	if (ctx->conf_fd < 0)
		return ctx->conf_fd == -ENOENT ? 0 : ctx->conf_fd;
	return bv_conf_set(ctx->conf_fd, dev, "disable_ipv6", "1");
}

static int set_up(struct bv_ctx *ctx, const struct copier *c)
{
	const struct nl_link_change change = {
		.flags = IFF_UP | IFF_NOARP,
		.flag_mask = IFF_UP | IFF_NOARP,
	};
	int err;

	(void)set_feature(ctx, c->near, ETHTOOL_STSO, 0);
	(void)set_feature(ctx, c->far, ETHTOOL_SGRO, 1);
	err = quiet(ctx, c->near);
	if (!err)
		err = quiet(ctx, c->far);
	if (!err)
		err = nl_link_set(ctx->nl, c->far_ifindex, &change);
	if (!err)
		err = nl_link_set(ctx->nl, c->near_ifindex, &change);
	if (!err)
		(void)set_threaded(c->far);
	return err;
}

static int add_pair(struct bv_ctx *ctx, const struct port *port,
		    struct copier *c)
{
	struct nl_veth veth = {
		.name = c->near,
		.peer_name = c->far,
		.peer_netns_fd = -1,
		.mtu = COPIER_MTU,
		.peer_mtu = COPIER_MTU,
	};
	struct nl_link link;
	int err;

	snprintf(c->near, sizeof(c->near), "bv%u.0", port->link.ifindex);
	snprintf(c->far, sizeof(c->far), "bv%u.q", port->link.ifindex);
	c->near_ifindex = veth.ifindex = bv_host_ifindex(port, BV_SLOT_HOST);
	err = nl_veth_add(ctx->nl, &veth);
	if (err)
		return err;
	err = nl_link_get(ctx->nl, NL_NSID_SELF, c->near_ifindex, NULL, &link);
	if (err)
		(void)nl_link_del(ctx->nl, c->near_ifindex);
	else
		c->far_ifindex = link.peer_ifindex;
	return err;
}

void bv_copier_remove(struct bv_ctx *ctx, struct port *port)
{
	__atomic_store_n(&port->rec->copier, 0, __ATOMIC_RELEASE);
	if (bv_slot_alive(ctx, port, BV_SLOT_HOST))
		(void)nl_link_del(ctx->nl, bv_host_ifindex(port, BV_SLOT_HOST));
}

int bv_copier_make(struct bv_ctx *ctx, struct port *port)
{
	_cleanup_fd_ int prog_fd = bv_port_load_prog(ctx, port, BV_PROG_COPY);
	struct copier c = {};
	int err;

	if (prog_fd < 0)
		return prog_fd;
	/* What a killed command left, or somebody took apart. */
	bv_copier_remove(ctx, port);
	err = add_pair(ctx, port, &c);
	if (!err)
		err = bv_hook_attach(ctx, port->rec->hook, c.far_ifindex, false,
				     prog_fd);
	if (!err)
		err = set_up(ctx, &c);
	if (err) {
		bv_fail_nl(ctx, err, "cannot make \"%s\", which copies for %s",
			   c.near, port->link.name);
		bv_copier_remove(ctx, port);
		return err;
	}
	__atomic_store_n(&port->rec->queued, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&port->rec->copier, 1, __ATOMIC_RELEASE);
	return 0;
}

int bv_copier_prog(struct bv_ctx *ctx, uint32_t near_ifindex)
{
	struct nl_link near, far;
	enum bv_hook hook;

	if (nl_link_get(ctx->nl, NL_NSID_SELF, near_ifindex, NULL, &near) ||
	    near.peer_nsid != NL_NSID_SELF || !near.peer_ifindex ||
	    nl_link_get(ctx->nl, NL_NSID_SELF, near.peer_ifindex, NULL, &far) ||
	    !(near.flags & far.flags & IFF_UP))
		return -ENOENT;
	return bv_hook_find(ctx, far.ifindex, false, BV_PROG_COPY, &hook);
}

static bool is_whole(struct bv_ctx *ctx, const struct port *port)
{
	_cleanup_fd_ int fd =
		bv_copier_prog(ctx, bv_host_ifindex(port, BV_SLOT_HOST));

	return port->rec->copier && fd >= 0;
}

static bool is_needed(const struct port *port)
{
	return port->rec->high_slot > port->rec->flood_inline;
}

int bv_copier_need(struct bv_ctx *ctx, struct port *port)
{
	if (!is_needed(port) || port->rec->copier)
		return 0;
	return bv_copier_make(ctx, port);
}

int bv_copier_repair(struct bv_ctx *ctx, struct port *port)
{
	if (!is_needed(port) || is_whole(ctx, port))
		return 0;
	return bv_copier_make(ctx, port);
}
