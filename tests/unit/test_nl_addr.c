/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_nl_addr.c - addresses of src/nl against the running kernel.
 */
#include "nl_env.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "nl/internal.h"

struct found {
	int n;
	struct nl_addr last;
};

/* Addresses that the test set, not those that the kernel makes. */
static int find(const struct nl_addr *addr, void *arg)
{
	struct found *found = arg;

	if (addr->scope == RT_SCOPE_LINK && addr->family == AF_INET6)
		return 0;
	found->n++;
	found->last = *addr;
	return 0;
}

static struct nl_addr address(const char *text, uint8_t plen)
{
	struct nl_addr addr = { .family = strchr(text, ':') ? AF_INET6 :
							      AF_INET,
				.plen = plen,
				.ifindex = WANTED };

	assert_int_equal(inet_pton(addr.family, text, addr.ip), 1);
	return addr;
}

static struct found dump(struct nl_sock *nl, int nsid, uint32_t ifindex)
{
	struct found found = { .n = 0 };

	assert_int_equal(nl_addr_dump(nl, nsid, ifindex, find, &found), 0);
	return found;
}

static void ipv4_comes_and_goes(void **state)
{
	struct nl_addr addr = address("192.0.2.7", 24);
	struct env *e = *state;
	struct found found;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_addr_add(e->nl, &addr), 0);
	found = dump(e->nl, NL_NSID_SELF, WANTED);
	assert_int_equal(found.n, 1);
	assert_int_equal(found.last.family, AF_INET);
	assert_int_equal(found.last.plen, 24);
	assert_int_equal(found.last.scope, RT_SCOPE_UNIVERSE);
	assert_int_equal(found.last.flags, IFA_F_PERMANENT);
	assert_int_equal(found.last.ifindex, WANTED);
	assert_memory_equal(found.last.ip, addr.ip, sizeof(addr.ip));

	assert_int_equal(nl_addr_add(e->nl, &addr), -EEXIST);
	addr.plen = 25;
	assert_int_equal(nl_addr_del(e->nl, &addr), -EADDRNOTAVAIL);
	addr.plen = 24;
	assert_int_equal(nl_addr_del(e->nl, &addr), 0);
	assert_int_equal(nl_addr_del(e->nl, &addr), -EADDRNOTAVAIL);
	assert_int_equal(dump(e->nl, NL_NSID_SELF, WANTED).n, 0);
}

static void ipv6_comes_and_goes(void **state)
{
	struct nl_addr addr = address("2001:db8::7", 64);
	struct env *e = *state;
	struct found found;

	add_pair(e, WANTED, "near", "far");
	/* Beyond the eight bits that struct ifaddrmsg has for flags, too. */
	addr.flags = IFA_F_NODAD | IFA_F_NOPREFIXROUTE;
	assert_int_equal(nl_addr_add(e->nl, &addr), 0);
	found = dump(e->nl, NL_NSID_SELF, WANTED);
	assert_int_equal(found.n, 1);
	assert_int_equal(found.last.family, AF_INET6);
	assert_int_equal(found.last.plen, 64);
	assert_int_equal(found.last.flags & addr.flags, addr.flags);
	assert_int_equal(found.last.ifindex, WANTED);
	assert_memory_equal(found.last.ip, addr.ip, sizeof(addr.ip));

	assert_int_equal(nl_addr_add(e->nl, &addr), -EEXIST);
	addr.plen = 65;
	assert_int_equal(nl_addr_del(e->nl, &addr), -EADDRNOTAVAIL);
	addr.plen = 64;
	assert_int_equal(nl_addr_del(e->nl, &addr), 0);
	assert_int_equal(nl_addr_del(e->nl, &addr), -EADDRNOTAVAIL);
	assert_int_equal(dump(e->nl, NL_NSID_SELF, WANTED).n, 0);
}

static void scope_is_kept(void **state)
{
	struct nl_addr addr = address("192.0.2.7", 32);
	struct env *e = *state;

	add_pair(e, WANTED, "near", "far");
	addr.scope = RT_SCOPE_HOST;
	assert_int_equal(nl_addr_add(e->nl, &addr), 0);
	assert_int_equal(dump(e->nl, NL_NSID_SELF, WANTED).last.scope,
			 RT_SCOPE_HOST);
}

static void dump_goes_by_link(void **state)
{
	struct nl_addr addr = address("192.0.2.7", 24);
	struct env *e = *state;
	struct found found;

	add_pairs(e, 2);
	assert_int_equal(nl_addr_add(e->nl, &addr), 0);
	addr = address("192.0.2.8", 24);
	addr.ifindex = WANTED + 1;
	assert_int_equal(nl_addr_add(e->nl, &addr), 0);
	addr = address("2001:db8::7", 64);
	assert_int_equal(nl_addr_add(e->nl, &addr), 0);
	assert_int_equal(dump(e->nl, NL_NSID_SELF, 0).n, 3);
	assert_int_equal(dump(e->nl, NL_NSID_SELF, WANTED).n, 2);
	found = dump(e->nl, NL_NSID_SELF, WANTED + 1);
	assert_int_equal(found.n, 1);
	assert_int_equal(found.last.ip[3], 8);
}

static void dump_goes_by_nsid(void **state)
{
	struct nl_addr near = address("192.0.2.7", 24);
	struct nl_addr far = address("2001:db8::8", 64);
	struct env *e = *state;
	struct found found;
	struct nl_link link;
	int nsid;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(get(e->nl, "near", &link), 0);
	nsid = link.peer_nsid;
	far.ifindex = link.peer_ifindex;
	assert_int_equal(nl_addr_add(e->nl, &near), 0);
	assert_int_equal(nl_addr_add(e->nl_there, &far), 0);
	found = dump(e->nl, nsid, far.ifindex);
	assert_int_equal(found.n, 1);
	assert_memory_equal(found.last.ip, far.ip, sizeof(far.ip));
	found = dump(e->nl, nsid, 0);
	assert_int_equal(found.n, 1);
	assert_int_equal(found.last.ifindex, far.ifindex);
}

/* By hand: there is no function for it. */
static int point_to_point_add(struct nl_sock *nl)
{
	struct nl_addr own = address("192.0.2.1", 32);
	struct nl_addr peer = address("192.0.2.2", 32);
	struct ifaddrmsg *ifa;
	struct nl_req req;

	ifa = nl_req_init(&req, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
			  sizeof(*ifa));
	ifa->ifa_family = AF_INET;
	ifa->ifa_prefixlen = 32;
	ifa->ifa_index = WANTED;
	nl_put(&req, IFA_LOCAL, own.ip, 4);
	nl_put(&req, IFA_ADDRESS, peer.ip, 4);
	return nl_call(nl, &req, NULL, NULL);
}

static void own_end_of_a_point_to_point_address(void **state)
{
	struct env *e = *state;
	struct found found;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(point_to_point_add(e->nl), 0);
	found = dump(e->nl, NL_NSID_SELF, WANTED);
	assert_int_equal(found.n, 1);
	assert_int_equal(found.last.ip[3], 1);
}

static void ipv6_may_be_off(void **state)
{
	struct nl_addr addr = address("2001:db8::7", 64);
	struct env *e = *state;
	int fd;

	add_pair(e, WANTED, "near", "far");
	fd = open("/proc/sys/net/ipv6/conf/near/disable_ipv6",
		  O_WRONLY | O_CLOEXEC);
	assert_return_code(fd, errno);
	assert_int_equal(write(fd, "1", 1), 1);
	close(fd);
	assert_int_equal(nl_addr_add(e->nl, &addr), -EACCES);
	assert_int_equal(dump(e->nl, NL_NSID_SELF, WANTED).n, 0);
}

static int stop(const struct nl_addr *addr, void *arg)
{
	int *calls = arg;

	(void)addr;
	++*calls;
	return -ECANCELED;
}

static void dump_stops_at_an_error(void **state)
{
	struct env *e = *state;
	int calls = 0;

	add_pair(e, WANTED, "near", "far");
	for (uint8_t i = 1; i <= 200; i++) {
		struct nl_addr addr = address("192.0.2.0", 24);

		addr.ip[3] = i;
		assert_int_equal(nl_addr_add(e->nl, &addr), 0);
	}
	assert_int_equal(nl_addr_dump(e->nl, NL_NSID_SELF, WANTED, stop,
				      &calls),
			 -ECANCELED);
	assert_int_equal(calls, 1);
	assert_int_equal(dump(e->nl, NL_NSID_SELF, WANTED).n, 200);
}

static void errors_name_the_cause(void **state)
{
	struct nl_addr addr = address("192.0.2.7", 24);
	struct env *e = *state;
	int calls = 0;

	assert_int_equal(nl_addr_add(e->nl, &addr), -ENODEV);
	assert_int_equal(nl_addr_dump(e->nl, NL_NSID_SELF, WANTED, stop,
				      &calls),
			 -ENODEV);
	assert_int_equal(nl_addr_dump(e->nl, 4711, 0, stop, &calls), -ENODEV);
	add_pair(e, WANTED, "near", "far");
	addr.plen = 33;
	assert_int_equal(nl_addr_add(e->nl, &addr), -EINVAL);
	addr.family = AF_PACKET;
	assert_int_equal(nl_addr_add(e->nl, &addr), -EAFNOSUPPORT);
	assert_int_equal(nl_addr_del(e->nl, &addr), -EAFNOSUPPORT);
	assert_int_equal(calls, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, nl_env_setup, nl_env_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(ipv4_comes_and_goes),
		T(ipv6_comes_and_goes),
		T(scope_is_kept),
		T(dump_goes_by_link),
		T(dump_goes_by_nsid),
		T(own_end_of_a_point_to_point_address),
		T(ipv6_may_be_off),
		T(dump_stops_at_an_error),
		T(errors_name_the_cause),
	};

	if (geteuid() != 0) {
		fprintf(stderr, "needs root: makes network namespaces\n");
		return 77; /* skipped, to meson */
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
