/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * route.c - RTM_{NEW,DEL,GET}ROUTE, for IPv4 and IPv6 alike.
 *
 * The kernel filters a dump by protocol, and by table where that is there; a
 * table that is not there yet is an error to it, so tables are told apart here.
 */
#include "nl/internal.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

static int change_route(struct nl_sock *nl, const struct nl_route *route,
			uint16_t type, uint16_t flags)
{
	static const uint8_t none[16];
	size_t len = nl_ip_len(route->family);
	struct rtmsg *rtm;
	struct nl_req req;

	if (!len)
		return nl_fail(nl, -EAFNOSUPPORT, "");
	rtm = nl_req_init(&req, type, flags, sizeof(*rtm));
	rtm->rtm_family = (uint8_t)route->family;
	rtm->rtm_dst_len = route->dst_len;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = route->protocol;
	rtm->rtm_type = RTN_UNICAST;
	rtm->rtm_scope = RT_SCOPE_LINK;
	nl_put(&req, RTA_DST, route->dst, len);
	nl_put_u32(&req, RTA_OIF, route->oif);
	if (type == RTM_NEWROUTE && memcmp(route->src, none, len) != 0)
		nl_put(&req, RTA_PREFSRC, route->src, len);
	return nl_call(nl, &req, NULL, NULL);
}

int nl_route_add(struct nl_sock *nl, const struct nl_route *route, bool replace)
{
	return change_route(nl, route, RTM_NEWROUTE,
			    NLM_F_CREATE |
				    (replace ? NLM_F_REPLACE : NLM_F_EXCL));
}

int nl_route_del(struct nl_sock *nl, const struct nl_route *route)
{
	return change_route(nl, route, RTM_DELROUTE, 0);
}

struct wanted {
	int family;
	uint8_t protocol;
};

/* Returns the table, which may not fit into the header. */
static uint32_t parse_attrs(const struct nlmsghdr *h, struct nl_route *route)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(h);
	size_t len = nl_ip_len(route->family);
	uint32_t table = rtm->rtm_table;
	const struct nlattr *a;

	mnl_attr_for_each(a, h, sizeof(*rtm)) {
		switch (mnl_attr_get_type(a)) {
		case RTA_DST:
			nl_attr_copy(a, route->dst, len);
			break;
		case RTA_PREFSRC:
			nl_attr_copy(a, route->src, len);
			break;
		case RTA_OIF:
			nl_attr_copy(a, &route->oif, sizeof(route->oif));
			break;
		case RTA_TABLE:
			nl_attr_copy(a, &table, sizeof(table));
			break;
		}
	}
	return table;
}

static int parse_route(const struct nlmsghdr *h, void *record, const void *want)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(h);
	const struct wanted *wanted = want;
	struct nl_route *route = record;

	if (h->nlmsg_type != RTM_NEWROUTE)
		return 0;
	if (mnl_nlmsg_get_payload_len(h) < sizeof(*rtm))
		return -EBADMSG;
	/* A kernel without IPv6 answers with what it has. */
	if (rtm->rtm_family != wanted->family ||
	    rtm->rtm_protocol != wanted->protocol ||
	    rtm->rtm_type != RTN_UNICAST)
		return 0;
	route->family = rtm->rtm_family;
	route->dst_len = rtm->rtm_dst_len;
	route->protocol = rtm->rtm_protocol;
	return parse_attrs(h, route) == RT_TABLE_MAIN;
}

int nl_route_dump(struct nl_sock *nl, int family, uint8_t protocol,
		  nl_route_cb cb, void *arg)
{
	struct wanted wanted = { .family = family, .protocol = protocol };
	struct nl_dump dump = { .size = sizeof(struct nl_route),
				.parse = parse_route,
				.want = &wanted };
	const struct nl_route *routes;
	struct rtmsg *rtm;
	struct nl_req req;
	size_t i;
	int err;

	if (!nl_ip_len(family))
		return nl_fail(nl, -EAFNOSUPPORT, "");
	rtm = nl_req_init(&req, RTM_GETROUTE, 0, sizeof(*rtm));
	rtm->rtm_family = (uint8_t)family;
	rtm->rtm_protocol = protocol;
	err = nl_dump(nl, &req, &dump);
	routes = dump.records;
	for (i = 0; !err && i < dump.n; i++)
		err = cb(&routes[i], arg);
	free(dump.records);
	return err;
}
