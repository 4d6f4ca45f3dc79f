/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nl_env.h - what the tests of src/nl stand on: two namespaces with sockets.
 */
#ifndef BV_TEST_NL_ENV_H
#define BV_TEST_NL_ENV_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nl/nl.h"

/* An ifindex as host ends have it, far from those that the kernel chooses. */
#define WANTED 0x10000007U

static const uint8_t mac[6] = { 2, 0, 0, 0, 0x47, 0x11 };

struct env {
	int home; /* where the thread was before */
	int here, there;
	struct nl_sock *nl, *nl_2; /* of here */
	struct nl_sock *nl_there;
};

static inline int nl_env_new_netns(void)
{
	if (unshare(CLONE_NEWNET))
		return -1;
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

static inline int nl_env_setup(void **state)
{
	struct env *e = calloc(1, sizeof(*e));

	assert_non_null(e);
	*state = e;
	e->home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_return_code(e->home, errno);
	e->there = nl_env_new_netns();
	assert_return_code(e->there, errno);
	assert_int_equal(nl_open(&e->nl_there), 0);
	e->here = nl_env_new_netns();
	assert_return_code(e->here, errno);
	assert_int_equal(nl_open(&e->nl), 0);
	assert_int_equal(nl_open(&e->nl_2), 0);
	return 0;
}

static inline int nl_env_teardown(void **state)
{
	struct env *e = *state;

	nl_close(e->nl);
	nl_close(e->nl_2);
	nl_close(e->nl_there);
	assert_return_code(setns(e->home, CLONE_NEWNET), errno);
	close(e->home);
	close(e->here);
	close(e->there);
	free(e);
	return 0;
}

static inline int get(struct nl_sock *nl, const char *name,
		      struct nl_link *link)
{
	return nl_link_get(nl, NL_NSID_SELF, 0, name, link);
}

static inline void add_pair(struct env *e, uint32_t ifindex, const char *near,
			    const char *far)
{
	struct nl_veth veth = { .name = near,
				.ifindex = ifindex,
				.peer_name = far,
				.peer_netns_fd = e->there,
				.mac = mac };

	assert_int_equal(nl_veth_add(e->nl, &veth), 0);
}

/* near0, near1... with WANTED, WANTED + 1... */
static inline void add_pairs(struct env *e, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		char near[16], far[16];

		snprintf(near, sizeof(near), "near%u", i);
		snprintf(far, sizeof(far), "far%u", i);
		add_pair(e, WANTED + i, near, far);
	}
}

static inline int count_link(const struct nl_link *link, void *arg)
{
	int *n = arg;

	(void)link;
	++*n;
	return 0;
}

static inline int count_links(struct nl_sock *nl, int nsid)
{
	int n = 0;

	assert_int_equal(nl_link_dump(nl, nsid, count_link, &n), 0);
	return n;
}

/*
 * Both ends up, the near one last: an end whose peer is up can send as soon as
 * it is up itself, while the other waits for the kernel's link watch.
 */
static inline void set_up(struct env *e, const char *near, const char *far)
{
	struct nl_link_change change = { .flags = IFF_UP, .flag_mask = IFF_UP };
	struct nl_link link;

	assert_int_equal(get(e->nl_there, far, &link), 0);
	assert_int_equal(nl_link_set(e->nl_there, link.ifindex, &change), 0);
	assert_int_equal(get(e->nl, near, &link), 0);
	assert_int_equal(nl_link_set(e->nl, link.ifindex, &change), 0);
}

/* Out of a link of the thread's namespace; 0 or a negative errno. */
static inline int send_frame(uint32_t ifindex, size_t len)
{
	/* To and from mac, of the first local experimental EtherType. */
	uint8_t frame[1514] = { 2, 0, 0, 0,    0x47, 0x11, 2,
				0, 0, 0, 0x47, 0x11, 0x88, 0xb5 };
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = (int)ifindex,
				  .sll_halen = 6 };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int err = 0;

	assert_return_code(fd, errno);
	assert_in_range(len, 14, sizeof(frame));
	if (sendto(fd, frame, len, 0, (void *)&to, sizeof(to)) != (ssize_t)len)
		err = -errno;
	close(fd);
	return err;
}

#endif /* BV_TEST_NL_ENV_H */
