/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fdb.c - the unicast filter of a device: RTM_{NEW,DEL,GET}NEIGH of PF_BRIDGE
 * with NTF_SELF, as "bridge fdb ... self" has it.
 */
#include "nl/internal.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

static struct ndmsg *fdb_req(struct nl_req *req, uint16_t type, uint16_t flags,
			     uint32_t ifindex)
{
	struct ndmsg *nd = nl_req_init(req, type, flags, sizeof(*nd));

	nd->ndm_family = PF_BRIDGE;
	nd->ndm_ifindex = (int)ifindex;
	nd->ndm_flags = NTF_SELF;
	nd->ndm_state = NUD_PERMANENT;
	return nd;
}

int nl_fdb_add(struct nl_sock *nl, uint32_t ifindex, const uint8_t *mac)
{
	struct nl_req req;

	fdb_req(&req, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, ifindex);
	nl_put(&req, NDA_LLADDR, mac, ETH_ALEN);
	return nl_call(nl, &req, NULL, NULL);
}

int nl_fdb_del(struct nl_sock *nl, uint32_t ifindex, const uint8_t *mac)
{
	struct nl_req req;

	fdb_req(&req, RTM_DELNEIGH, 0, ifindex);
	nl_put(&req, NDA_LLADDR, mac, ETH_ALEN);
	return nl_call(nl, &req, NULL, NULL);
}

static int parse_fdb(const struct nlmsghdr *h, void *record, const void *want)
{
	const struct ndmsg *nd = mnl_nlmsg_get_payload(h);
	const uint32_t *ifindex = want;
	struct nl_fdb *fdb = record;
	const struct nlattr *a;

	if (h->nlmsg_type != RTM_NEWNEIGH)
		return 0;
	if (mnl_nlmsg_get_payload_len(h) < sizeof(*nd))
		return -EBADMSG;
	if ((uint32_t)nd->ndm_ifindex != *ifindex ||
	    !(nd->ndm_flags & NTF_SELF))
		return 0;
	mnl_attr_for_each(a, h, sizeof(*nd))
		if (mnl_attr_get_type(a) == NDA_LLADDR)
			nl_attr_copy(a, fdb->mac, sizeof(fdb->mac));
	return 1;
}

int nl_fdb_dump(struct nl_sock *nl, uint32_t ifindex, nl_fdb_cb cb, void *arg)
{
	struct nl_dump dump = { .size = sizeof(struct nl_fdb),
				.parse = parse_fdb,
				.want = &ifindex };
	const struct nl_fdb *entries;
	struct ndmsg *nd;
	struct nl_req req;
	int err;

	nd = fdb_req(&req, RTM_GETNEIGH, 0, ifindex);
	/* A dump is asked for by device alone. */
	nd->ndm_state = 0;
	nd->ndm_flags = 0;
	err = nl_dump(nl, &req, &dump);
	entries = dump.records;
	for (size_t i = 0; !err && i < dump.n; i++)
		err = cb(&entries[i], arg);
	free(dump.records);
	return err;
}
