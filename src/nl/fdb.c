/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fdb.c - RTM_{NEW,DEL,GET}NEIGH of AF_BRIDGE: which MACs a device takes.
 *
 * For most devices the kernel keeps them in the unicast filter (dev_uc_add_excl());
 * a bridge has an entry of its own, permanent, for what is to reach the host.
 */
#include "nl/internal.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#define MAC_LEN 6 /* ETH_ALEN */

static int change_fdb(struct nl_sock *nl, uint32_t ifindex,
		      const uint8_t mac[MAC_LEN], uint16_t type, uint16_t flags)
{
	struct ndmsg *ndm;
	struct nl_req req;

	ndm = nl_req_init(&req, type, flags, sizeof(*ndm));
	ndm->ndm_family = AF_BRIDGE;
	ndm->ndm_ifindex = (int)ifindex;
	ndm->ndm_state = NUD_PERMANENT;
	ndm->ndm_flags = NTF_SELF;
	nl_put(&req, NDA_LLADDR, mac, MAC_LEN);
	return nl_call(nl, &req, NULL, NULL);
}

int nl_fdb_add(struct nl_sock *nl, uint32_t ifindex, const uint8_t mac[6])
{
	return change_fdb(nl, ifindex, mac, RTM_NEWNEIGH,
			  NLM_F_CREATE | NLM_F_EXCL);
}

int nl_fdb_del(struct nl_sock *nl, uint32_t ifindex, const uint8_t mac[6])
{
	return change_fdb(nl, ifindex, mac, RTM_DELNEIGH, 0);
}

struct fdb_entry {
	uint32_t bridge; /* 0: none */
	uint8_t mac[MAC_LEN];
};

static int parse_fdb(const struct nlmsghdr *h, void *record, const void *want)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(h);
	const uint32_t *ifindex = want;
	struct fdb_entry *entry = record;
	const struct nlattr *a;
	bool found = false;

	if (h->nlmsg_type != RTM_NEWNEIGH)
		return 0;
	if (mnl_nlmsg_get_payload_len(h) < sizeof(*ndm))
		return -EBADMSG;
	if ((uint32_t)ndm->ndm_ifindex != *ifindex ||
	    !(ndm->ndm_state & NUD_PERMANENT))
		return 0;
	mnl_attr_for_each(a, h, sizeof(*ndm)) {
		switch (mnl_attr_get_type(a)) {
		case NDA_LLADDR:
			found = mnl_attr_get_payload_len(a) == MAC_LEN;
			if (found)
				nl_attr_copy(a, entry->mac, MAC_LEN);
			break;
		case NDA_MASTER:
			nl_attr_copy(a, &entry->bridge, sizeof(entry->bridge));
			break;
		}
	}
	/* What a bridge keeps for one of its ports is not the port's. */
	if (entry->bridge && entry->bridge != *ifindex)
		return 0;
	return found && !(entry->mac[0] & 1);
}

int nl_fdb_dump(struct nl_sock *nl, uint32_t ifindex, nl_fdb_cb cb, void *arg)
{
	struct nl_dump dump = { .size = sizeof(struct fdb_entry),
				.parse = parse_fdb,
				.want = &ifindex };
	const struct fdb_entry *entries;
	struct ndmsg *ndm;
	struct nl_req req;
	size_t i;
	int err;

	ndm = nl_req_init(&req, RTM_GETNEIGH, 0, sizeof(*ndm));
	ndm->ndm_family = AF_BRIDGE;
	ndm->ndm_ifindex = (int)ifindex;
	err = nl_dump(nl, &req, &dump);
	entries = dump.records;
	for (i = 0; !err && i < dump.n; i++)
		err = cb(entries[i].mac, arg);
	free(dump.records);
	return err;
}
