// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Devices of a test, and packet(7) sockets on them.
 *
 * A socket for all protocols sees a frame before the hook at the device's
 * ingress does, which is right where no hook is. What the host receives is what
 * comes out behind the master's hook: a socket for each protocol sees that.
 */
#include "devices.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "env.h"
#include "nl/nl.h"

#define WAIT_MS 10000
/* Devices that one frame crosses, one after the other; and one to be sure. */
#define HOPS_MAX 4

struct netns {
	int fd;
	struct nl_sock *nl;
	int events; /* rtnetlink's, of links */
};

static int home = -1; /* where the thread was */
static struct netns here = { .fd = -1, .events = -1 };
static struct netns there = { .fd = -1, .events = -1 };

/* Of the slaves and the wire both ways, of the host outward. */
static int ends[AT_STACK];
static const uint16_t host_protos[] = { ETH_P_IP,   ETH_P_IPV6,	 ETH_P_ARP,
					ETH_P_RARP, ETH_P_8021Q, ETH_P_TEST };
#define HOST_PROTOS (sizeof(host_protos) / sizeof(host_protos[0]))
static int host_in[HOST_PROTOS], stack_in[HOST_PROTOS];
static int mark_out, mark_in; /* a pair of its own, for env_settle() */

/* Of those that send: a ring, whose frames the kernel makes of fragments. */
#define RING_SLOTS 16U
struct ring {
	int fd;
	uint32_t next;
	uint8_t *slots; /* [RING_SLOTS], each of FRAME_MAX bytes */
};
static struct ring rings[AT_STACK];

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0) /* a kernel without IPv6 */
		return errno == ENOENT ? 0 : -errno;
	n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -errno : 0;
}

static int netns_new(struct netns *ns)
{
	struct sockaddr_nl links = { .nl_family = AF_NETLINK,
				     .nl_groups = RTMGRP_LINK };
	int err;

	if (unshare(CLONE_NEWNET))
		return -errno;
	err = write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	if (err)
		return err;
	ns->fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	ns->events = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (ns->fd < 0 || ns->events < 0 ||
	    bind(ns->events, (void *)&links, sizeof(links)))
		return -errno;
	return nl_open(&ns->nl);
}

static int pair_add(const char *near, const char *far, uint32_t ifindex,
		    bool far_here)
{
	struct nl_veth veth = {
		.name = near,
		.ifindex = ifindex,
		.peer_name = far,
		.peer_netns_fd = far_here ? -1 : there.fd,
		.mac = own,
	};

	return nl_veth_add(here.nl, &veth);
}

static int set_up(struct netns *ns, const char *name)
{
	struct nl_link_change up = { .flags = IFF_UP, .flag_mask = IFF_UP };
	struct nl_link link;
	int err = nl_link_get(ns->nl, NL_NSID_SELF, 0, name, &link);

	return err ? err : nl_link_set(ns->nl, link.ifindex, &up);
}

/* An end that came up before its peer sends once the kernel's watch has run. */
static int wait_up(struct netns *ns, const char *name)
{
	struct pollfd p = { .fd = ns->events, .events = POLLIN };
	struct nl_link link;
	char event[8192];
	int err;

	for (;;) {
		err = nl_link_get(ns->nl, NL_NSID_SELF, 0, name, &link);
		if (err)
			return err;
		if (link.operstate == IF_OPER_UP &&
		    strcmp(link.qdisc, "noop") != 0)
			return 0;
		if (poll(&p, 1, WAIT_MS) <= 0)
			return -ETIMEDOUT;
		if (recv(ns->events, event, sizeof(event), 0) < 0 &&
		    errno != ENOBUFS)
			return -errno;
	}
}

/* Both ends of every pair. */
static int each_end(int (*what)(struct netns *, const char *))
{
	static const char *const in_here[] = { "m0", "h1", "h2",    "h3",
					       "h4", "s3", "mark0", "mark1" };
	static const char *const in_there[] = { "w0", "s1", "s2", "s4" };
	int err = 0;

	for (size_t i = 0; i < sizeof(in_there) / sizeof(char *) && !err; i++)
		err = what(&there, in_there[i]);
	for (size_t i = 0; i < sizeof(in_here) / sizeof(char *) && !err; i++)
		err = what(&here, in_here[i]);
	return err;
}

static int make_devices(void)
{
	int err = pair_add("m0", "w0", 0, false);

	for (uint32_t i = 1; i <= SLAVES && !err; i++) {
		char near[8], far[8];

		snprintf(near, sizeof(near), "h%u", i);
		snprintf(far, sizeof(far), "s%u", i);
		err = pair_add(near, far, BASE_IFINDEX + i, i == 3);
	}
	if (!err)
		err = pair_add("mark0", "mark1", 0, true);
	if (!err)
		err = each_end(set_up);
	return err ? err : each_end(wait_up);
}

/* Protocol 0: for sending only. */
static int open_packet(struct netns *ns, const char *name, uint16_t proto,
		       int *ret)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(proto) };
	struct nl_link link;
	int err = nl_link_get(ns->nl, NL_NSID_SELF, 0, name, &link);

	if (!err && setns(ns->fd, CLONE_NEWNET))
		err = -errno;
	if (err)
		return err;
	ll.sll_ifindex = (int)link.ifindex;
	*ret = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (*ret < 0 || bind(*ret, (void *)&ll, sizeof(ll)))
		return -errno;
	return 0;
}

/* The device that a slave, the wire or the host sends by. */
static struct netns *sender(int at, char name[8])
{
	static const char *const names[] = {
		"m0", "s1", "s2", "s3", "s4", "w0"
	};

	strcpy(name, names[at]);
	return at == AT_HOST || at == 3 ? &here : &there;
}

static int open_ring(int at)
{
	const struct tpacket_req req = {
		.tp_block_size = RING_SLOTS * FRAME_MAX,
		.tp_block_nr = 1,
		.tp_frame_size = FRAME_MAX,
		.tp_frame_nr = RING_SLOTS,
	};
	const int version = TPACKET_V2;
	struct ring *ring = &rings[at];
	char name[8];
	int err = open_packet(sender(at, name), name, 0, &ring->fd);

	if (err)
		return err;
	if (setsockopt(ring->fd, SOL_PACKET, PACKET_VERSION, &version,
		       sizeof(version)) ||
	    setsockopt(ring->fd, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req)))
		return -errno;
	ring->slots = mmap(NULL, req.tp_block_size, PROT_READ | PROT_WRITE,
			   MAP_SHARED, ring->fd, 0);
	return ring->slots == MAP_FAILED ? -errno : 0;
}

static int open_all(void)
{
	int err = 0;

	for (int at = 0; at < AT_STACK && !err; at++) {
		char name[8];
		struct netns *ns = sender(at, name);

		err = open_packet(ns, name, at == AT_HOST ? 0 : ETH_P_ALL,
				  &ends[at]);
		if (!err)
			err = open_ring(at);
	}
	for (size_t i = 0; i < HOST_PROTOS && !err; i++)
		err = open_packet(&here, "m0", host_protos[i], &host_in[i]);
	for (size_t i = 0; i < HOST_PROTOS && !err; i++)
		err = open_packet(&here, "h1", host_protos[i], &stack_in[i]);
	if (!err)
		err = open_packet(&here, "mark0", 0, &mark_out);
	if (!err)
		err = open_packet(&here, "mark1", ETH_P_ALL, &mark_in);
	return err;
}

int dev_setup(uint32_t *master_ifindex)
{
	struct nl_link master;
	int err;

	home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0)
		return -errno;
	err = netns_new(&there);
	if (!err)
		err = netns_new(&here);
	if (!err)
		err = make_devices();
	if (!err)
		err = open_all();
	if (!err)
		err = nl_link_get(here.nl, NL_NSID_SELF, 0, "m0", &master);
	if (err)
		return err;
	*master_ifindex = master.ifindex;
	return 0;
}

static void netns_leave(struct netns *ns)
{
	nl_close(ns->nl);
	close(ns->events);
	close(ns->fd);
}

int dev_teardown(void)
{
	for (int at = 0; at < AT_STACK; at++) {
		close(ends[at]);
		munmap(rings[at].slots, RING_SLOTS * FRAME_MAX);
		close(rings[at].fd);
	}
	for (size_t i = 0; i < HOST_PROTOS; i++) {
		close(host_in[i]);
		close(stack_in[i]);
	}
	close(mark_out);
	close(mark_in);
	netns_leave(&here);
	netns_leave(&there);
	if (setns(home, CLONE_NEWNET))
		return -1;
	close(home);
	return 0;
}

int dev_attach(uint32_t ifindex, bool egress, int prog_fd)
{
	struct nl_filter filter = {
		.egress = egress,
		.prio = 1,
		.handle = 1,
		.name = "test",
	};
	int err = nl_clsact_add(here.nl, ifindex);

	if (err && err != -EEXIST)
		return err;
	return nl_filter_add(here.nl, ifindex, &filter, prog_fd);
}

int env_send(int at, const struct frame *f)
{
	ssize_t n = send(ends[at], f->data, f->len, 0);

	assert_true(n < 0 || (size_t)n == f->len);
	return n < 0 ? -errno : 0;
}

int env_send_fragments(int at, const struct frame *f)
{
	struct ring *ring = &rings[at];
	uint8_t *slot = ring->slots + FRAME_MAX * (size_t)ring->next;
	struct tpacket2_hdr *hdr = (void *)slot;
	size_t room = TPACKET2_HDRLEN - sizeof(struct sockaddr_ll);

	assert_int_equal(hdr->tp_status, TP_STATUS_AVAILABLE);
	assert_true(room + f->len <= FRAME_MAX);
	memcpy(slot + room, f->data, f->len);
	hdr->tp_len = (uint32_t)f->len;
	hdr->tp_status = TP_STATUS_SEND_REQUEST;
	if (send(ring->fd, NULL, 0, 0) < 0) {
		/* The kernel would try this one again with the next. */
		hdr->tp_status = TP_STATUS_AVAILABLE;
		return -errno;
	}
	ring->next = (ring->next + 1) % RING_SLOTS;
	return 0;
}

/* A frame that came in; what the device sends is shown to sockets too. */
static bool take(int fd, struct frame *f)
{
	struct sockaddr_ll from = {};
	socklen_t len;
	ssize_t n;

	do {
		len = sizeof(from);
		n = recvfrom(fd, f->data, sizeof(f->data), MSG_DONTWAIT,
			     (void *)&from, &len);
		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			return false;
		}
	} while (from.sll_pkttype == PACKET_OUTGOING);
	f->len = (size_t)n;
	f->type = from.sll_pkttype;
	return true;
}

bool env_take(int at, struct frame *f)
{
	const int *fds = at == AT_HOST ? host_in : stack_in;

	if (at != AT_HOST && at != AT_STACK)
		return take(ends[at], f);
	for (size_t i = 0; i < HOST_PROTOS; i++)
		if (take(fds[i], f))
			return true;
	return false;
}

/*
 * Every frame waits in the one backlog of this CPU, in order, once for each
 * device it crosses. A mark that was sent after it and has arrived says that it
 * is one device further.
 */
void env_settle(void)
{
	static const struct spec mark = { .payload = 46 };
	struct pollfd p = { .fd = mark_in, .events = POLLIN };
	struct frame f;

	for (int i = 0; i < HOPS_MAX; i++) {
		frame_build(&f, &mark);
		assert_int_equal(send(mark_out, f.data, f.len, 0), f.len);
		do {
			assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		} while (!take(mark_in, &f));
	}
}
