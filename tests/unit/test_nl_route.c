/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_nl_route.c - routes of src/nl against the running kernel.
 */
#include "nl_env.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "nl/internal.h"

#define OURS 183 /* a routing protocol that nobody else here is */

struct found {
	int n;
	struct nl_route last;
};

static int find(const struct nl_route *route, void *arg)
{
	struct found *found = arg;

	found->n++;
	found->last = *route;
	return 0;
}

static struct found dump(struct nl_sock *nl, int family, uint8_t protocol)
{
	struct found found = { .n = 0 };

	assert_int_equal(nl_route_dump(nl, family, protocol, find, &found), 0);
	return found;
}

static void read_ip(int family, const char *text, uint8_t *ip)
{
	assert_int_equal(inet_pton(family, text, ip), 1);
}

static struct nl_route to_host(const char *text)
{
	struct nl_route route = {
		.family = strchr(text, ':') ? AF_INET6 : AF_INET,
		.protocol = OURS,
		.oif = WANTED,
	};

	route.dst_len = route.family == AF_INET ? 32 : 128;
	read_ip(route.family, text, route.dst);
	return route;
}

static void add_address(struct nl_sock *nl, const char *text, uint8_t plen)
{
	struct nl_addr addr = {
		.family = strchr(text, ':') ? AF_INET6 : AF_INET,
		.plen = plen,
		.ifindex = WANTED,
		.flags = 0x02, /* IFA_F_NODAD: usable at once */
	};

	read_ip(addr.family, text, addr.ip);
	assert_int_equal(nl_addr_add(nl, &addr), 0);
}

/* near, up, with an address of each family. */
static void make_link(struct env *e)
{
	add_pair(e, WANTED, "near", "far");
	set_up(e, "near", "far");
	add_address(e->nl, "192.0.2.1", 24);
	add_address(e->nl, "2001:db8::1", 64);
}

static void comes_and_goes(struct env *e, const char *dst, const char *src)
{
	struct nl_route route = to_host(dst);
	struct found found;

	make_link(e);
	assert_int_equal(nl_route_add(e->nl, &route, false), 0);
	found = dump(e->nl, route.family, OURS);
	assert_int_equal(found.n, 1);
	assert_memory_equal(&found.last, &route, sizeof(route));
	assert_int_equal(nl_route_add(e->nl, &route, false), -EEXIST);

	/* The same with another source: in the place of the first. */
	read_ip(route.family, src, route.src);
	assert_int_equal(nl_route_add(e->nl, &route, false), -EEXIST);
	assert_int_equal(nl_route_add(e->nl, &route, true), 0);
	found = dump(e->nl, route.family, OURS);
	assert_int_equal(found.n, 1);
	assert_memory_equal(&found.last, &route, sizeof(route));

	/* Deleting does not look at the source. */
	memset(route.src, 0, sizeof(route.src));
	assert_int_equal(nl_route_del(e->nl, &route), 0);
	assert_int_equal(nl_route_del(e->nl, &route), -ESRCH);
	assert_int_equal(dump(e->nl, route.family, OURS).n, 0);
}

static void ipv4_comes_and_goes(void **state)
{
	comes_and_goes(*state, "192.0.2.7", "192.0.2.1");
}

static void ipv6_comes_and_goes(void **state)
{
	comes_and_goes(*state, "2001:db8::7", "2001:db8::1");
}

static void dump_goes_by_family_and_protocol(void **state)
{
	struct nl_route route4 = to_host("192.0.2.7");
	struct nl_route route6 = to_host("2001:db8::7");
	struct nl_route other = to_host("192.0.2.8");
	struct env *e = *state;

	make_link(e);
	other.protocol = RTPROT_STATIC;
	assert_int_equal(nl_route_add(e->nl, &route4, false), 0);
	assert_int_equal(nl_route_add(e->nl, &route6, false), 0);
	assert_int_equal(nl_route_add(e->nl, &other, false), 0);
	assert_int_equal(dump(e->nl, AF_INET, OURS).n, 1);
	assert_int_equal(dump(e->nl, AF_INET6, OURS).n, 1);
	assert_memory_equal(dump(e->nl, AF_INET, RTPROT_STATIC).last.dst,
			    other.dst, 16);
	assert_int_equal(dump(e->nl, AF_INET6, RTPROT_STATIC).n, 0);
	/* Another protocol's is not deleted. */
	other.protocol = OURS;
	assert_int_equal(nl_route_del(e->nl, &other), -ESRCH);
	assert_int_equal(dump(e->nl, AF_INET, RTPROT_STATIC).n, 1);
}

/* By hand: there is no function for it. */
static int add_to_table(struct nl_sock *nl, const char *dst, uint32_t table)
{
	struct nl_route route = to_host(dst);
	struct rtmsg *rtm;
	struct nl_req req;

	rtm = nl_req_init(&req, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL,
			  sizeof(*rtm));
	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = 32;
	rtm->rtm_protocol = OURS;
	rtm->rtm_type = RTN_UNICAST;
	rtm->rtm_scope = RT_SCOPE_LINK;
	nl_put(&req, RTA_DST, route.dst, 4);
	nl_put_u32(&req, RTA_OIF, WANTED);
	nl_put_u32(&req, RTA_TABLE, table);
	return nl_call(nl, &req, NULL, NULL);
}

static void dump_is_of_the_main_table(void **state)
{
	struct env *e = *state;

	make_link(e);
	assert_int_equal(add_to_table(e->nl, "192.0.2.7", 77), 0);
	assert_int_equal(add_to_table(e->nl, "192.0.2.8", 7777), 0);
	assert_int_equal(dump(e->nl, AF_INET, OURS).n, 0);
	assert_int_equal(add_to_table(e->nl, "192.0.2.9", RT_TABLE_MAIN), 0);
	assert_int_equal(dump(e->nl, AF_INET, OURS).n, 1);
	assert_int_equal(dump(e->nl, AF_INET, OURS).last.dst[3], 9);
}

static void many_are_dumped(void **state)
{
	struct nl_route route = to_host("198.51.0.0");
	struct env *e = *state;
	int i;

	make_link(e);
	for (i = 0; i < 1000; i++) {
		route.dst[2] = (uint8_t)(i >> 8);
		route.dst[3] = (uint8_t)i;
		assert_int_equal(nl_route_add(e->nl, &route, false), 0);
	}
	assert_int_equal(dump(e->nl, AF_INET, OURS).n, 1000);
}

static int stop(const struct nl_route *route, void *arg)
{
	int *calls = arg;

	(void)route;
	++*calls;
	return -ECANCELED;
}

static void errors_name_the_cause(void **state)
{
	struct nl_route route = to_host("192.0.2.7");
	struct nl_route route6 = to_host("2001:db8::7");
	struct env *e = *state;
	int calls = 0;

	assert_int_equal(nl_route_add(e->nl, &route, false), -ENODEV);
	assert_int_equal(dump(e->nl, AF_INET, OURS).n, 0);
	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_route_add(e->nl, &route, false), -ENETDOWN);
	set_up(e, "near", "far");
	read_ip(AF_INET, "192.0.2.99", route.src);
	assert_int_equal(nl_route_add(e->nl, &route, false), -EINVAL);
	read_ip(AF_INET6, "2001:db8::99", route6.src);
	assert_int_equal(nl_route_add(e->nl, &route6, false), -EINVAL);
	memset(route.src, 0, sizeof(route.src));
	route.dst_len = 33;
	assert_int_equal(nl_route_add(e->nl, &route, false), -EINVAL);
	route.dst_len = 32;
	assert_int_equal(nl_route_add(e->nl, &route, false), 0);
	assert_int_equal(nl_route_dump(e->nl, AF_INET, OURS, stop, &calls),
			 -ECANCELED);
	assert_int_equal(calls, 1);
	route.family = AF_PACKET;
	assert_int_equal(nl_route_add(e->nl, &route, false), -EAFNOSUPPORT);
	assert_int_equal(nl_route_del(e->nl, &route), -EAFNOSUPPORT);
	assert_int_equal(nl_route_dump(e->nl, AF_PACKET, OURS, stop, &calls),
			 -EAFNOSUPPORT);
	assert_int_equal(calls, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, nl_env_setup, nl_env_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(ipv4_comes_and_goes),
		T(ipv6_comes_and_goes),
		T(dump_goes_by_family_and_protocol),
		T(dump_is_of_the_main_table),
		T(many_are_dumped),
		T(errors_name_the_cause),
	};

	if (geteuid() != 0) {
		fprintf(stderr, "needs root: makes network namespaces\n");
		return 77; /* skipped, to meson */
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
