/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * addr.c - RTM_{NEW,DEL,GET}ADDR, for IPv4 and IPv6 alike.
 */
#include "nl/internal.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

static int change_addr(struct nl_sock *nl, const struct nl_addr *addr,
		       uint16_t type, uint16_t flags)
{
	size_t len = nl_ip_len(addr->family);
	struct ifaddrmsg *ifa;
	struct nl_req req;

	if (!len)
		return nl_fail(nl, -EAFNOSUPPORT, "");
	ifa = nl_req_init(&req, type, flags, sizeof(*ifa));
	ifa->ifa_family = (uint8_t)addr->family;
	ifa->ifa_prefixlen = addr->plen;
	ifa->ifa_scope = addr->scope;
	ifa->ifa_index = addr->ifindex;
	/*
	 * IPv4 needs IFA_ADDRESS too: without it deleting takes the address
	 * with whatever prefix length it has.
	 */
	nl_put(&req, IFA_LOCAL, addr->ip, len);
	nl_put(&req, IFA_ADDRESS, addr->ip, len);
	if (addr->flags)
		nl_put_u32(&req, IFA_FLAGS, addr->flags);
	return nl_call(nl, &req, NULL, NULL);
}

int nl_addr_add(struct nl_sock *nl, const struct nl_addr *addr)
{
	return change_addr(nl, addr, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
}

int nl_addr_del(struct nl_sock *nl, const struct nl_addr *addr)
{
	return change_addr(nl, addr, RTM_DELADDR, 0);
}

static void parse_attrs(const struct nlmsghdr *h, struct nl_addr *addr)
{
	const struct nlattr *a, *ip = NULL;

	mnl_attr_for_each(a, h, sizeof(struct ifaddrmsg)) {
		switch (mnl_attr_get_type(a)) {
		case IFA_LOCAL:
			ip = a;
			break;
		case IFA_ADDRESS:
			/* The other end's where there is an IFA_LOCAL. */
			if (!ip)
				ip = a;
			break;
		case IFA_FLAGS:
			nl_attr_copy(a, &addr->flags, sizeof(addr->flags));
			break;
		}
	}
	if (ip)
		nl_attr_copy(ip, addr->ip, nl_ip_len(addr->family));
}

static int parse_addr(const struct nlmsghdr *h, void *record, const void *want)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(h);
	struct nl_addr *addr = record;

	(void)want;
	if (h->nlmsg_type != RTM_NEWADDR)
		return 0;
	if (mnl_nlmsg_get_payload_len(h) < sizeof(*ifa))
		return -EBADMSG;
	/* Asked for all families, MCTP and Phonet answer too. */
	if (!nl_ip_len(ifa->ifa_family))
		return 0;
	addr->family = ifa->ifa_family;
	addr->plen = ifa->ifa_prefixlen;
	addr->scope = ifa->ifa_scope;
	addr->flags = ifa->ifa_flags;
	addr->ifindex = ifa->ifa_index;
	parse_attrs(h, addr);
	return 1;
}

int nl_addr_dump(struct nl_sock *nl, int nsid, uint32_t ifindex, nl_addr_cb cb,
		 void *arg)
{
	struct nl_dump dump = { .size = sizeof(struct nl_addr),
				.parse = parse_addr };
	const struct nl_addr *addrs;
	struct ifaddrmsg *ifa;
	struct nl_req req;
	size_t i;
	int err;

	ifa = nl_req_init(&req, RTM_GETADDR, 0, sizeof(*ifa));
	ifa->ifa_index = ifindex;
	if (nsid != NL_NSID_SELF)
		nl_put_u32(&req, IFA_TARGET_NETNSID, (uint32_t)nsid);
	err = nl_dump(nl, &req, &dump);
	/* The kernel calls a namespace that is gone an invalid id. */
	if (err == -EINVAL && nsid != NL_NSID_SELF)
		err = -ENODEV;
	addrs = dump.records;
	for (i = 0; !err && i < dump.n; i++)
		err = cb(&addrs[i], arg);
	free(dump.records);
	return err;
}
