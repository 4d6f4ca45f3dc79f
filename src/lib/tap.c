// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * tap.c - slaves that are taps, for virtual machines.
 *
 * A tap (tun(4), Documentation/networking/tuntap.rst) is slave and host end at
 * once: a persistent device of the masters' namespace with the ifindex of its slot
 * and, as every host end, the master's MAC. What whoever holds /dev/net/tun
 * writes comes in there, where the program of slaves is; what goes out of it can
 * be read. So it stays where it is, for programs redirect by an ifindex of the
 * namespace that they run in.
 *
 * The MAC of who is behind it is not the device's. In the macvlan flavour it is
 * in the record, chosen here; in the other the programs learn it and replace it by
 * the master's (src/bpf/lib/guest.h).
 *
 * Until TUNSETPERSIST the device goes with its fd, so that one who is killed
 * leaves nothing or what the next command finds by its record.
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "internal.h"

/* As the drivers' taps have it. */
#define TAP_TXQLEN 500

int bv_check_tap(struct bv_ctx *ctx, const char *name, enum bv_kind kind,
		 const struct bv_slave_opts *opts)
{
	const char *why = NULL;

	if (!bv_kind_is_tap(kind)) {
		if (opts->user || opts->group || opts->multi_queue)
			why = "\"user\", \"group\" and \"multi_queue\" are for "
			      "taps";
	} else if (opts->via) {
		why = "\"via\" is not for taps";
	} else if (opts->mode == BV_MODE_L3S) {
		why = "a tap cannot be in l3s, by which the host's stack would "
		      "have to reach it";
	}
	return why ? bv_fail(ctx, -EINVAL, "\"%s\": %s", name, why) : 0;
}

int bv_check_tap_netns(struct bv_ctx *ctx, const char *name)
{
	return bv_fail(ctx, -EINVAL,
		       "\"%s\" is a tap, which stays in the namespace of its "
		       "master: Invalid argument",
		       name);
}

static int set_number(int fd, unsigned long request, const uint32_t *value)
{
	return value && ioctl(fd, request, (unsigned long)*value) ? -errno : 0;
}

/* Attached to @fd, and gone with it. */
static int create(int fd, const struct nl_veth *tap,
		  const struct bv_slave_opts *opts)
{
	uint32_t ifindex = tap->ifindex;
	struct ifreq req = {
		.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR |
				     IFF_TUN_EXCL |
				     (opts->multi_queue ? IFF_MULTI_QUEUE : 0)),
	};
	int err;

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", tap->name);
	if (ioctl(fd, TUNSETIFINDEX, &ifindex) || ioctl(fd, TUNSETIFF, &req))
		return errno == EBUSY && if_nametoindex(tap->name) ? -EEXIST :
								     -errno;
	err = set_number(fd, TUNSETOWNER, opts->user);
	return err ? err : set_number(fd, TUNSETGROUP, opts->group);
}

static int prepare(struct bv_ctx *ctx, const struct nl_veth *tap)
{
	struct nl_link_change change = { .mtu = tap->peer_mtu,
					 .mac = tap->mac };
	struct ifreq req = { .ifr_qlen = TAP_TXQLEN };

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", tap->name);
	if (ioctl(ctx->ioctl_fd, SIOCSIFTXQLEN, &req))
		return -errno;
	return nl_link_set(ctx->nl, tap->ifindex, &change);
}

int bv_tap_add(struct bv_ctx *ctx, const struct bv_slave_opts *opts,
	       const struct nl_veth *tap)
{
	_cleanup_fd_ int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	int err;

	if (fd < 0)
		return bv_fail(ctx, -errno, "cannot open /dev/net/tun: %s",
			       strerror(errno));
	err = create(fd, tap, opts);
	if (err == -EEXIST)
		return bv_fail(ctx, err, "name \"%s\" is in use: File exists",
			       tap->name);
	if (!err)
		err = prepare(ctx, tap);
	if (!err && ioctl(fd, TUNSETPERSIST, 1UL))
		err = -errno;
	return err ? bv_fail(ctx, err, "cannot create the tap \"%s\": %s",
			     tap->name, strerror(-err)) :
		     0;
}

static void swap(__u64 *a, __u64 *b)
{
	__u64 was = *a;

	*a = *b;
	*b = was;
}

/* The device counts what the host sends to it and gets from it. */
static void swap_stats(struct rtnl_link_stats64 *s)
{
	swap(&s->rx_bytes, &s->tx_bytes);
	swap(&s->rx_packets, &s->tx_packets);
	swap(&s->rx_errors, &s->tx_errors);
	swap(&s->rx_dropped, &s->tx_dropped);
}

void bv_tap_link(const struct bv_slave *rec, struct live_slave *live)
{
	live->nsid = NL_NSID_SELF;
	live->link = live->host;
	swap_stats(&live->link.stats);
	if (rec->flags & BV_SLAVE_MACVLAN)
		memcpy(live->link.mac, rec->mac, BV_MAC_LEN);
}

void bv_tap_fill(const struct bv_slave *rec, const struct live_slave *live,
		 struct bv_slave_info *info)
{
	const struct nl_tun *tun = &live->host.tun;

	info->multi_queue = tun->multi_queue;
	info->user = tun->owner;
	info->tap_group = tun->group;
	if (rec->flags & BV_SLAVE_GUEST)
		memcpy(info->guest_mac, rec->mac, BV_MAC_LEN);
}
