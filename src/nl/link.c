/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * link.c - RTM_{GET,NEW,SET,DEL}LINK and RTM_GETNSID.
 *
 * The kernel finds, lists and deletes links of a namespace that is named by
 * nsid (IFLA_TARGET_NETNSID). In a request that creates or changes a link the
 * same attribute says where the link is to move; so these speak for the
 * socket's own namespace only.
 */
#include "nl/internal.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdlib.h>
#include <string.h>

#define MAC_LEN 6
#define ALT_NAME_LEN 128 /* ALTIFNAMSIZ of the kernel */

static void put_nsid(struct nl_req *req, int nsid)
{
	if (nsid != NL_NSID_SELF)
		nl_put_u32(req, IFLA_TARGET_NETNSID, (uint32_t)nsid);
}

/* The kernel calls a namespace that is gone an invalid id. */
static int nsid_error(int nsid, int err)
{
	return err == -EINVAL && nsid != NL_NSID_SELF ? -ENODEV : err;
}

static int get_link(const struct nlmsghdr *h, void *arg)
{
	int ret = nl_link_parse(h, arg, NULL);

	return ret < 0 ? ret : 0;
}

int nl_link_get(struct nl_sock *nl, int nsid, uint32_t ifindex,
		const char *name, struct nl_link *link)
{
	struct nl_link found = { .ifindex = 0 };
	struct ifinfomsg *ifm;
	struct nl_req req;
	int err;

	if (!ifindex && !name)
		return nl_fail(nl, -EINVAL, "");
	if (ifindex > INT32_MAX || (!ifindex && strlen(name) >= ALT_NAME_LEN))
		return nl_fail(nl, -ENODEV, "");
	ifm = nl_req_init(&req, RTM_GETLINK, 0, sizeof(*ifm));
	ifm->ifi_index = (int)ifindex;
	if (!ifindex)
		nl_put_str(&req,
			   strlen(name) < IFNAMSIZ ? IFLA_IFNAME :
						     IFLA_ALT_IFNAME,
			   name);
	put_nsid(&req, nsid);
	err = nl_call(nl, &req, get_link, &found);
	if (err)
		return nsid_error(nsid, err);
	if (!found.ifindex)
		return nl_fail(nl, -EBADMSG, "");
	*link = found;
	return 0;
}

int nl_link_dump(struct nl_sock *nl, int nsid, nl_link_cb cb, void *arg)
{
	struct nl_dump dump = { .size = sizeof(struct nl_link),
				.parse = nl_link_parse };
	const struct nl_link *links;
	struct nl_req req;
	size_t i;
	int err;

	nl_req_init(&req, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
	put_nsid(&req, nsid);
	err = nsid_error(nsid, nl_dump(nl, &req, &dump));
	links = dump.records;
	for (i = 0; !err && i < dump.n; i++)
		err = cb(&links[i], arg);
	free(dump.records);
	return err;
}

static void put_end(struct nl_req *req, const char *name, uint32_t mtu,
		    const uint8_t *mac)
{
	nl_put_str(req, IFLA_IFNAME, name);
	if (mtu)
		nl_put_u32(req, IFLA_MTU, mtu);
	if (mac)
		nl_put(req, IFLA_ADDRESS, mac, MAC_LEN);
	/* By default veth has one queue per CPU that the machine might have. */
	nl_put_u32(req, IFLA_NUM_TX_QUEUES, 1);
	nl_put_u32(req, IFLA_NUM_RX_QUEUES, 1);
}

static void put_pair(struct nl_req *req, const char *kind,
		     void (*put_options)(struct nl_req *req),
		     const struct nl_veth *veth)
{
	struct nlattr *info, *data, *peer;

	info = nl_nest(req, IFLA_LINKINFO);
	nl_put_str(req, IFLA_INFO_KIND, kind);
	data = nl_nest(req, IFLA_INFO_DATA);
	peer = nl_nest(req, VETH_INFO_PEER);
	nl_put_header(req, sizeof(struct ifinfomsg));
	put_end(req, veth->peer_name, veth->peer_mtu,
		veth->peer_mac ? veth->peer_mac : veth->mac);
	if (veth->peer_netns_fd >= 0)
		nl_put_u32(req, IFLA_NET_NS_FD, (uint32_t)veth->peer_netns_fd);
	nl_nest_end(req, peer);
	if (put_options)
		put_options(req);
	nl_nest_end(req, data);
	nl_nest_end(req, info);
}

int nl_pair_add(struct nl_sock *nl, const char *kind,
		void (*put_options)(struct nl_req *req),
		const struct nl_veth *veth)
{
	struct nl_link taken;
	struct ifinfomsg *ifm;
	struct nl_req req;
	int err;

	ifm = nl_req_init(&req, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
			  sizeof(*ifm));
	ifm->ifi_index = (int)veth->ifindex;
	if (veth->up)
		ifm->ifi_flags = ifm->ifi_change = IFF_UP;
	put_end(&req, veth->name, veth->mtu, veth->mac);
	put_pair(&req, kind, put_options, veth);
	err = nl_call(nl, &req, NULL, NULL);
	if (err != -EEXIST || !veth->ifindex)
		return err;
	/*
	 * EEXIST is for an ifindex as for a name: without NLM_F_EXCL the kernel
	 * would change the link that it found by either.
	 */
	if (!nl_link_get(nl, NL_NSID_SELF, veth->ifindex, NULL, &taken))
		return nl_fail(nl, -EBUSY, "");
	return nl_fail(nl, -EEXIST, "");
}

int nl_veth_add(struct nl_sock *nl, const struct nl_veth *veth)
{
	return nl_pair_add(nl, "veth", NULL, veth);
}

int nl_link_set(struct nl_sock *nl, uint32_t ifindex,
		const struct nl_link_change *change)
{
	struct ifinfomsg *ifm;
	struct nl_req req;

	/* Without an ifindex the kernel would go by the new name. */
	if (!ifindex)
		return nl_fail(nl, -EINVAL, "");
	ifm = nl_req_init(&req, RTM_SETLINK, 0, sizeof(*ifm));
	ifm->ifi_index = (int)ifindex;
	ifm->ifi_flags = change->flags & change->flag_mask;
	ifm->ifi_change = change->flag_mask;
	if (change->mtu)
		nl_put_u32(&req, IFLA_MTU, change->mtu);
	if (change->group)
		nl_put_u32(&req, IFLA_GROUP, change->group);
	if (change->name)
		nl_put_str(&req, IFLA_IFNAME, change->name);
	if (change->mac)
		nl_put(&req, IFLA_ADDRESS, change->mac, MAC_LEN);
	return nl_call(nl, &req, NULL, NULL);
}

int nl_link_del(struct nl_sock *nl, uint32_t ifindex)
{
	struct ifinfomsg *ifm;
	struct nl_req req;

	ifm = nl_req_init(&req, RTM_DELLINK, 0, sizeof(*ifm));
	ifm->ifi_index = (int)ifindex;
	return nl_call(nl, &req, NULL, NULL);
}

int nl_link_del_group(struct nl_sock *nl, uint32_t group)
{
	struct nl_req req;

	nl_req_init(&req, RTM_DELLINK, 0, sizeof(struct ifinfomsg));
	nl_put_u32(&req, IFLA_GROUP, group);
	return nl_call(nl, &req, NULL, NULL);
}

static int get_nsid(const struct nlmsghdr *h, void *arg)
{
	const struct nlattr *a;

	if (h->nlmsg_type != RTM_NEWNSID)
		return 0;
	mnl_attr_for_each(a, h, sizeof(struct rtgenmsg)) {
		if (mnl_attr_get_type(a) == NETNSA_NSID)
			nl_attr_copy(a, arg, sizeof(int32_t));
	}
	return 0;
}

int nl_nsid_get(struct nl_sock *nl, int netns_fd)
{
	int32_t nsid = NETNSA_NSID_NOT_ASSIGNED;
	struct nl_req req;
	int err;

	nl_req_init(&req, RTM_GETNSID, 0, sizeof(struct rtgenmsg));
	nl_put_u32(&req, NETNSA_FD, (uint32_t)netns_fd);
	err = nl_call(nl, &req, get_nsid, &nsid);
	if (err)
		return err;
	return nsid < 0 ? nl_fail(nl, -ENOENT, "") : nsid;
}
