/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_nl.c - src/nl against the running kernel: sockets, links, namespaces.
 *
 * Every test has two network namespaces of its own, here and there, without
 * names: they vanish with their last file descriptor. The thread is in "here".
 */
#include "nl_env.h"

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "nl/internal.h"

static void socket_keeps_its_namespace(void **state)
{
	struct env *e = *state;
	struct nl_link link;

	add_pair(e, WANTED, "near", "far");
	assert_return_code(setns(e->there, CLONE_NEWNET), errno);
	assert_int_equal(get(e->nl, "near", &link), 0);
	assert_int_equal(get(e->nl_there, "near", &link), -ENODEV);
	assert_int_equal(get(e->nl_there, "far", &link), 0);
}

static void veth_spans_namespaces(void **state)
{
	struct env *e = *state;
	struct nl_veth veth = { .name = "near",
				.ifindex = WANTED,
				.peer_name = "far",
				.peer_netns_fd = e->there,
				.mtu = 1400,
				.peer_mtu = 1300,
				.mac = mac };
	static const uint8_t brd[6] = { 255, 255, 255, 255, 255, 255 };
	struct nl_link near, far;

	assert_int_equal(nl_veth_add(e->nl, &veth), 0);
	assert_int_equal(get(e->nl, "near", &near), 0);
	assert_int_equal(get(e->nl_there, "far", &far), 0);
	assert_int_equal(near.ifindex, WANTED);
	assert_int_equal(near.type, ARPHRD_ETHER);
	assert_string_equal(near.name, "near");
	assert_string_equal(near.kind, "veth");
	assert_string_equal(near.qdisc, "noop");
	assert_int_equal(near.flags & IFF_UP, 0);
	assert_int_equal(far.flags & IFF_UP, 0);
	assert_int_equal(near.peer_ifindex, far.ifindex);
	assert_int_equal(far.peer_ifindex, WANTED);
	assert_int_equal(near.peer_nsid, nl_nsid_get(e->nl, e->there));
	assert_int_equal(near.mtu, 1400);
	assert_int_equal(far.mtu, 1300);
	assert_int_equal(near.min_mtu, 68);
	assert_int_equal(near.max_mtu, 65535);
	assert_int_equal(near.txqlen, 1000);
	assert_int_equal(near.num_tx_queues, 1);
	assert_int_equal(near.num_rx_queues, 1);
	assert_int_equal(far.num_tx_queues, 1);
	assert_int_equal(far.num_rx_queues, 1);
	assert_int_equal(near.gso_max_size, 65536);
	assert_int_equal(near.gso_max_segs, 65535);
	assert_int_equal(near.gro_max_size, 65536);
	assert_int_equal(near.operstate, IF_OPER_DOWN);
	assert_int_equal(near.mac_len, 6);
	assert_memory_equal(near.mac, mac, 6);
	assert_memory_equal(far.mac, mac, 6);
	assert_memory_equal(near.brd, brd, 6);
}

static void veth_stays_in_one_namespace(void **state)
{
	struct env *e = *state;
	struct nl_veth veth = { .name = "near",
				.peer_name = "far",
				.peer_netns_fd = -1 };
	struct nl_link near, far;

	assert_int_equal(nl_veth_add(e->nl, &veth), 0);
	assert_int_equal(get(e->nl, "near", &near), 0);
	assert_int_equal(get(e->nl, "far", &far), 0);
	assert_int_equal(near.peer_ifindex, far.ifindex);
	assert_int_equal(near.peer_nsid, NL_NSID_SELF);
}

static void veth_begins_its_life_up(void **state)
{
	struct env *e = *state;
	struct nl_veth veth = { .name = "near",
				.up = true,
				.peer_name = "far",
				.peer_netns_fd = e->there };
	struct nl_link near, far;

	assert_int_equal(nl_veth_add(e->nl, &veth), 0);
	assert_int_equal(get(e->nl, "near", &near), 0);
	assert_int_equal(get(e->nl_there, "far", &far), 0);
	assert_int_equal(near.flags & IFF_UP, IFF_UP);
	assert_int_equal(far.flags & IFF_UP, 0);
}

static void veth_refuses_what_is_in_use(void **state)
{
	struct env *e = *state;
	struct nl_veth veth = { .name = "near",
				.ifindex = WANTED + 1,
				.peer_name = "other",
				.peer_netns_fd = e->there,
				.mtu = 1300 };
	struct nl_link link;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_veth_add(e->nl, &veth), -EEXIST);
	veth.name = "new";
	veth.peer_name = "far";
	assert_int_equal(nl_veth_add(e->nl, &veth), -EEXIST);
	veth.peer_name = "other";
	veth.ifindex = WANTED;
	assert_int_equal(nl_veth_add(e->nl, &veth), -EBUSY);
	assert_int_equal(get(e->nl, "new", &link), -ENODEV);
	assert_int_equal(get(e->nl_there, "other", &link), -ENODEV);
	assert_int_equal(get(e->nl, "near", &link), 0);
	assert_int_equal(link.ifindex, WANTED);
	assert_int_equal(link.mtu, 1500);
}

static void get_of_nothing_is_enodev(void **state)
{
	struct env *e = *state;
	struct nl_link link = { .ifindex = 4711 };
	char name[200];

	assert_int_equal(get(e->nl, "none", &link), -ENODEV);
	assert_int_equal(get(e->nl, "", &link), -ENODEV);
	memset(name, 'x', sizeof(name));
	name[199] = '\0';
	assert_int_equal(get(e->nl, name, &link), -ENODEV);
	name[30] = '\0';
	assert_int_equal(get(e->nl, name, &link), -ENODEV);
	assert_int_equal(nl_link_get(e->nl, NL_NSID_SELF, 4711, NULL, &link),
			 -ENODEV);
	assert_int_equal(nl_link_get(e->nl, NL_NSID_SELF, UINT32_MAX, NULL,
				     &link),
			 -ENODEV);
	assert_int_equal(nl_link_get(e->nl, NL_NSID_SELF, 0, NULL, &link),
			 -EINVAL);
	assert_int_equal(nl_link_get(e->nl, 4711, 1, NULL, &link), -ENODEV);
	assert_int_equal(link.ifindex, 4711);
}

static void set_changes_what_is_asked(void **state)
{
	static const uint8_t other[6] = { 2, 9, 8, 7, 6, 5 };
	struct env *e = *state;
	struct nl_link_change change = { .flags = IFF_UP | IFF_NOARP,
					 .flag_mask = IFF_UP,
					 .mtu = 1234,
					 .group = 99,
					 .mac = other };
	struct nl_link link;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_link_set(e->nl, WANTED, &change), 0);
	assert_int_equal(get(e->nl, "near", &link), 0);
	assert_int_equal(link.flags & (IFF_UP | IFF_NOARP), IFF_UP);
	assert_int_equal(link.mtu, 1234);
	assert_int_equal(link.group, 99);
	assert_memory_equal(link.mac, other, 6);

	change = (struct nl_link_change){ .flag_mask = IFF_UP };
	assert_int_equal(nl_link_set(e->nl, WANTED, &change), 0);
	change = (struct nl_link_change){ .name = "renamed" };
	assert_int_equal(nl_link_set(e->nl, WANTED, &change), 0);
	change = (struct nl_link_change){ .flags = IFF_UP | IFF_NOARP };
	assert_int_equal(nl_link_set(e->nl, WANTED, &change), 0);
	assert_int_equal(get(e->nl, "renamed", &link), 0);
	assert_int_equal(link.ifindex, WANTED);
	assert_int_equal(link.flags & (IFF_UP | IFF_NOARP), 0);
	assert_int_equal(link.mtu, 1234);
	assert_int_equal(link.group, 99);
	assert_memory_equal(link.mac, other, 6);
}

static void set_refuses(void **state)
{
	struct env *e = *state;
	struct nl_link_change change = { .name = "lo" };
	struct nl_link link;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_link_set(e->nl, WANTED, &change), -EEXIST);
	change.name = "near";
	change.mtu = 1300;
	/* By name alone the kernel would find it. */
	assert_int_equal(nl_link_set(e->nl, 0, &change), -EINVAL);
	assert_int_equal(nl_link_set(e->nl, 4711, &change), -ENODEV);
	assert_int_equal(get(e->nl, "near", &link), 0);
	assert_int_equal(link.mtu, 1500);
}

static void del_takes_both_ends(void **state)
{
	struct env *e = *state;
	struct nl_link link;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_link_del(e->nl, WANTED), 0);
	assert_int_equal(get(e->nl, "near", &link), -ENODEV);
	assert_int_equal(get(e->nl_there, "far", &link), -ENODEV);
	assert_int_equal(nl_link_del(e->nl, WANTED), -ENODEV);
	assert_int_equal(nl_link_del(e->nl, 0), -EINVAL);
}

static void del_group_takes_the_group_only(void **state)
{
	struct nl_link_change change = { .group = 77 };
	struct env *e = *state;
	struct nl_link link;

	add_pairs(e, 21);
	for (uint32_t i = 1; i <= 20; i++)
		assert_int_equal(nl_link_set(e->nl, WANTED + i, &change), 0);
	assert_int_equal(nl_link_del_group(e->nl, 78), -ENODEV);
	assert_int_equal(nl_link_del_group(e->nl, 0), -EPERM);
	assert_int_equal(count_links(e->nl, NL_NSID_SELF), 1 + 21);
	assert_int_equal(nl_link_del_group(e->nl, 77), 0);
	assert_int_equal(count_links(e->nl, NL_NSID_SELF), 1 + 1);
	assert_int_equal(count_links(e->nl_there, NL_NSID_SELF), 1 + 1);
	assert_int_equal(get(e->nl, "near0", &link), 0);
	assert_int_equal(nl_link_del_group(e->nl, 77), -ENODEV);
}

static void nsid_is_found(void **state)
{
	struct env *e = *state;
	struct nl_link link;
	int fd, nsid;

	assert_int_equal(nl_nsid_get(e->nl, e->there), -ENOENT);
	add_pair(e, WANTED, "near", "far");
	assert_int_equal(get(e->nl, "near", &link), 0);
	nsid = nl_nsid_get(e->nl, e->there);
	assert_true(nsid >= 0);
	assert_int_equal(link.peer_nsid, nsid);

	assert_int_equal(nl_link_get(e->nl, nsid, 0, "far", &link), 0);
	assert_int_equal(link.peer_ifindex, WANTED);
	assert_int_equal(link.peer_nsid, nl_nsid_get(e->nl, e->here));
	assert_int_equal(nl_link_get(e->nl, nsid, link.ifindex, NULL, &link),
			 0);
	assert_string_equal(link.name, "far");
	assert_int_equal(nl_link_get(e->nl, nsid, 0, "near", &link), -ENODEV);

	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(nl_nsid_get(e->nl, fd), -EINVAL);
	close(fd);
	assert_int_equal(nl_nsid_get(e->nl, fd), -EBADF);
}

static void stats_are_read_by_nsid(void **state)
{
	struct env *e = *state;
	struct nl_link near, before, after;
	uint64_t packets;
	int i, nsid;

	add_pair(e, WANTED, "near", "far");
	set_up(e, "near", "far");
	assert_int_equal(get(e->nl, "near", &near), 0);
	nsid = near.peer_nsid;
	assert_int_equal(nl_link_get(e->nl, nsid, 0, "far", &before), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(send_frame(WANTED, 1000), 0);
	assert_int_equal(nl_link_get(e->nl, nsid, 0, "far", &after), 0);
	/* The kernel may send for IPv6 meanwhile, but not that much. */
	packets = after.stats.rx_packets - before.stats.rx_packets;
	assert_in_range(packets, 3, 20);
	assert_in_range(after.stats.rx_bytes - before.stats.rx_bytes, 3000,
			4500);
	assert_int_equal(get(e->nl, "near", &near), 0);
	assert_true(near.stats.tx_packets >= after.stats.rx_packets);
	assert_string_equal(near.qdisc, "noqueue");
	assert_int_equal(near.promiscuity, 0);
	assert_int_equal(near.allmulti, 0);
}

/* Writes the switch that is read back as IFLA_INET6_ADDR_GEN_MODE. */
static void addr_gen_mode_is_read(void **state)
{
	struct env *e = *state;
	struct nl_link link;
	int fd;

	add_pair(e, WANTED, "near", "far");
	fd = open("/proc/sys/net/ipv6/conf/near/addr_gen_mode",
		  O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "3", 1), 1);
	close(fd);
	assert_int_equal(get(e->nl, "near", &link), 0);
	assert_int_equal(link.addr_gen_mode, IN6_ADDR_GEN_MODE_RANDOM);
}

static int stop_at_third(const struct nl_link *link, void *arg)
{
	int *calls = arg;

	(void)link;
	return ++*calls == 3 ? -ECANCELED : 0;
}

static void dump_stops_at_an_error(void **state)
{
	struct env *e = *state;
	struct nl_link link;
	int calls = 0;

	add_pairs(e, 100);
	assert_int_equal(nl_link_dump(e->nl, NL_NSID_SELF, stop_at_third,
				      &calls),
			 -ECANCELED);
	assert_int_equal(calls, 3);
	assert_int_equal(get(e->nl, "near7", &link), 0);
	assert_int_equal(link.ifindex, WANTED + 7);
	assert_int_equal(count_links(e->nl, NL_NSID_SELF), 1 + 100);
	assert_int_equal(count_links(e->nl, link.peer_nsid), 1 + 100);
	assert_int_equal(nl_link_dump(e->nl, 4711, stop_at_third, &calls),
			 -ENODEV);
	assert_int_equal(calls, 3);
}

static int delete_it(const struct nl_link *link, void *arg)
{
	struct env *e = arg;

	return link->kind[0] ? nl_link_del(e->nl, link->ifindex) : 0;
}

static void dump_callback_may_use_the_socket(void **state)
{
	struct env *e = *state;

	add_pairs(e, 20);
	assert_int_equal(nl_link_dump(e->nl, NL_NSID_SELF, delete_it, e), 0);
	assert_int_equal(count_links(e->nl, NL_NSID_SELF), 1);
}

/*
 * The kernel builds the next part of a dump while the one before is received.
 * What is done here, after the first part, is thus noticed at a later one.
 */
static struct {
	void (*act)(struct env *e, struct nlmsghdr *h);
	struct env *e;
	uint32_t seq;
	int times;
} during_dump;

ssize_t __real_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	ssize_t n = __real_recvmsg(fd, msg, flags);
	void (*act)(struct env * e, struct nlmsghdr * h) = during_dump.act;
	struct nlmsghdr *h = msg->msg_iov->iov_base;

	if (n <= 0 || !act || (flags & MSG_PEEK) ||
	    h->nlmsg_seq == during_dump.seq)
		return n;
	during_dump.seq = h->nlmsg_seq;
	during_dump.times++;
	during_dump.act = NULL;
	act(during_dump.e, h);
	if (during_dump.e)
		during_dump.act = act;
	return n;
}

static void during_next_dump(struct env *e,
			     void (*act)(struct env *e, struct nlmsghdr *h))
{
	during_dump.e = e;
	during_dump.seq = 0;
	during_dump.times = 0;
	during_dump.act = act;
}

static void delete_first_once(struct env *e, struct nlmsghdr *h)
{
	(void)h;
	during_dump.e = NULL;
	assert_int_equal(nl_link_del(e->nl_2, WANTED), 0);
}

static int no_first(const struct nl_link *link, void *arg)
{
	int *n = arg;

	++*n;
	return link->ifindex == WANTED ? -EEXIST : 0;
}

static void interrupted_dump_is_made_again(void **state)
{
	struct env *e = *state;
	int n = 0;

	add_pairs(e, 150);
	during_next_dump(e, delete_first_once);
	assert_int_equal(nl_link_dump(e->nl, NL_NSID_SELF, no_first, &n), 0);
	assert_int_equal(during_dump.times, 1);
	assert_int_equal(n, 1 + 149);
}

static void add_one_more(struct env *e, struct nlmsghdr *h)
{
	char name[16];

	(void)h;
	snprintf(name, sizeof(name), "more%d", during_dump.times);
	assert_int_equal(
		nl_veth_add(e->nl_2,
			    &(struct nl_veth){ .name = name,
					       .peer_name = name,
					       .peer_netns_fd = e->there }),
		0);
}

static void endless_interruption_is_given_up(void **state)
{
	struct env *e = *state;
	struct nl_link link;
	int n = 0, err;

	add_pairs(e, 150);
	during_next_dump(e, add_one_more);
	err = nl_link_dump(e->nl, NL_NSID_SELF, no_first, &n);
	during_dump.act = NULL;
	assert_int_equal(err, -EAGAIN);
	assert_string_not_equal(nl_error(e->nl), "");
	assert_int_equal(during_dump.times, 64);
	assert_int_equal(n, 0);
	assert_int_equal(get(e->nl, "near3", &link), 0);
	assert_int_equal(link.ifindex, WANTED + 3);
	assert_int_equal(count_links(e->nl, NL_NSID_SELF), 1 + 150 + 64);
}

/* Both spoil the first message, which is that of lo. */
static void make_it_another_exchange(struct env *e, struct nlmsghdr *h)
{
	(void)e;
	h->nlmsg_seq--;
}

static void make_it_short(struct env *e, struct nlmsghdr *h)
{
	(void)e;
	h->nlmsg_len = NLMSG_HDRLEN;
}

static void spoilt_dump_is_read_to_its_end(void **state)
{
	struct env *e = *state;
	int n;

	add_pairs(e, 150);
	during_next_dump(e, make_it_another_exchange);
	n = count_links(e->nl, NL_NSID_SELF);
	assert_int_equal(n, 150);
	during_next_dump(e, make_it_short);
	assert_int_equal(nl_link_dump(e->nl, NL_NSID_SELF, no_first, &n),
			 -EBADMSG);
	during_dump.act = NULL;
	assert_int_equal(count_links(e->nl, NL_NSID_SELF), 1 + 150);
}

static void kernel_says_why(void **state)
{
	struct nl_link_change change = { .mtu = 70000 };
	struct env *e = *state;
	struct nl_link link;
	char text[256];

	assert_string_equal(nl_error(e->nl), "");
	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_link_set(e->nl, WANTED, &change), -EINVAL);
	assert_non_null(strstr(nl_error(e->nl), "mtu"));
	/* Kept while one undoes what came before... */
	snprintf(text, sizeof(text), "%s", nl_error(e->nl));
	assert_int_equal(get(e->nl, "near", &link), 0);
	assert_string_equal(nl_error(e->nl), text);
	/* ...but not for another failure, that of a dump for instance. */
	assert_int_equal(nl_link_dump(e->nl, 4711, no_first, NULL), -ENODEV);
	assert_non_null(strstr(nl_error(e->nl), "namespace id"));
	assert_int_equal(nl_link_get(e->nl, NL_NSID_SELF, 0, NULL, &link),
			 -EINVAL);
	assert_string_equal(nl_error(e->nl), "");
}

static void too_long_a_request_is_not_sent(void **state)
{
	struct env *e = *state;
	char name[2000];
	struct nl_veth veth = { .name = "near",
				.peer_name = name,
				.peer_netns_fd = -1 };

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(nl_veth_add(e->nl, &veth), -EMSGSIZE);
	veth.name = name;
	assert_int_equal(nl_veth_add(e->nl, &veth), -EMSGSIZE);
	name[16] = '\0';
	assert_true(nl_veth_add(e->nl, &veth) < 0);
	assert_int_equal(count_links(e->nl, NL_NSID_SELF), 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, nl_env_setup, nl_env_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(socket_keeps_its_namespace),
		T(veth_spans_namespaces),
		T(veth_stays_in_one_namespace),
		T(veth_begins_its_life_up),
		T(veth_refuses_what_is_in_use),
		T(get_of_nothing_is_enodev),
		T(set_changes_what_is_asked),
		T(set_refuses),
		T(del_takes_both_ends),
		T(del_group_takes_the_group_only),
		T(nsid_is_found),
		T(stats_are_read_by_nsid),
		T(addr_gen_mode_is_read),
		T(dump_stops_at_an_error),
		T(dump_callback_may_use_the_socket),
		T(interrupted_dump_is_made_again),
		T(endless_interruption_is_given_up),
		T(spoilt_dump_is_read_to_its_end),
		T(kernel_says_why),
		T(too_long_a_request_is_not_sent),
	};

	if (geteuid() != 0) {
		fprintf(stderr, "needs root: makes network namespaces\n");
		return 77; /* skipped, to meson */
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
