// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * tap.c - a slave that is a tap device, for a virtual machine.
 *
 * The device is at once host end and slave: what the guest sends enters by it,
 * and what the guest is to have leaves by it. It is persistent, so that it is
 * there before the guest and after it, and takes the ifindex of its slot.
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "internal.h"

/* In the masters' namespace, where the thread is. */
static int configure(int fd, const struct tap *tap)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	unsigned int ifindex = tap->ifindex;

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", tap->name);
	if (tap->multi_queue)
		req.ifr_flags |= IFF_MULTI_QUEUE;
	if (tap->vnet_hdr)
		req.ifr_flags |= IFF_VNET_HDR;
	/* It must be new: TUNSETIFF would take one that is there. */
	if (if_nametoindex(tap->name))
		return -EEXIST;
	if (ioctl(fd, TUNSETIFINDEX, &ifindex) || ioctl(fd, TUNSETIFF, &req))
		return -errno;
	if (tap->owner != (uid_t)-1 &&
	    ioctl(fd, TUNSETOWNER, (unsigned long)tap->owner))
		return -errno;
	if (tap->group != (gid_t)-1 &&
	    ioctl(fd, TUNSETGROUP, (unsigned long)tap->group))
		return -errno;
	/* Last: until then closing the file deletes the device. */
	return ioctl(fd, TUNSETPERSIST, 1UL) ? -errno : 0;
}

int bv_tap_create(const struct tap *tap)
{
	_cleanup_fd_ int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : configure(fd, tap);
}
