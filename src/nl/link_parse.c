/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * link_parse.c - RTM_NEWLINK into struct nl_link.
 *
 * What the kernel did not send stays zero.
 */
#include "nl/internal.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* Newer than the headers of Linux 6.1; the numbers are the kernel's ABI. */
#define NL_IFLA_GSO_IPV4_MAX_SIZE 63 /* Linux 6.3 */
#define NL_IFLA_GRO_IPV4_MAX_SIZE 64

#define MAC_LEN 6 /* ETH_ALEN */

/* Attributes that are copied as they are. */
#define FIELD(attr, member)                                      \
	{                                                        \
		(attr), offsetof(struct nl_link, member),        \
			sizeof(((struct nl_link *)NULL)->member) \
	}
static const struct field {
	uint16_t attr;
	uint16_t offset;
	uint16_t size;
} fields[] = {
	FIELD(IFLA_LINK, peer_ifindex),
	FIELD(IFLA_LINK_NETNSID, peer_nsid),
	FIELD(IFLA_MTU, mtu),
	FIELD(IFLA_MIN_MTU, min_mtu),
	FIELD(IFLA_MAX_MTU, max_mtu),
	FIELD(IFLA_GROUP, group),
	FIELD(IFLA_TXQLEN, txqlen),
	FIELD(IFLA_PROMISCUITY, promiscuity),
	FIELD(IFLA_ALLMULTI, allmulti),
	FIELD(IFLA_NUM_TX_QUEUES, num_tx_queues),
	FIELD(IFLA_NUM_RX_QUEUES, num_rx_queues),
	FIELD(IFLA_GSO_MAX_SIZE, gso_max_size),
	FIELD(IFLA_GSO_MAX_SEGS, gso_max_segs),
	FIELD(IFLA_TSO_MAX_SIZE, tso_max_size),
	FIELD(IFLA_TSO_MAX_SEGS, tso_max_segs),
	FIELD(IFLA_GRO_MAX_SIZE, gro_max_size),
	FIELD(NL_IFLA_GSO_IPV4_MAX_SIZE, gso_ipv4_max_size),
	FIELD(NL_IFLA_GRO_IPV4_MAX_SIZE, gro_ipv4_max_size),
	FIELD(IFLA_OPERSTATE, operstate),
	FIELD(IFLA_LINKMODE, linkmode),
};

static bool copy_field(const struct nlattr *a, struct nl_link *link)
{
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct field *f = &fields[i];

		if (f->attr != mnl_attr_get_type(a))
			continue;
		nl_attr_copy(a, (char *)link + f->offset, f->size);
		return true;
	}
	return false;
}

static void copy_mac(const struct nlattr *a, struct nl_link *link)
{
	/* Up to 32 bytes (MAX_ADDR_LEN) on devices that are not Ethernet. */
	uint16_t len = mnl_attr_get_payload_len(a);

	link->mac_len = len > UINT8_MAX ? UINT8_MAX : (uint8_t)len;
	if (len == MAC_LEN)
		memcpy(link->mac, mnl_attr_get_payload(a), MAC_LEN);
}

/* Kernels append counters to the structure: take those that both know. */
static void copy_stats(const struct nlattr *a, struct nl_link *link)
{
	size_t len = mnl_attr_get_payload_len(a);

	if (len > sizeof(link->stats))
		len = sizeof(link->stats);
	memcpy(&link->stats, mnl_attr_get_payload(a), len);
}

static void parse_tun(const struct nlattr *nest, struct nl_tun *tun)
{
	const struct nlattr *a;
	uint32_t id = 0;

	*tun = (struct nl_tun){ .owner = -1, .group = -1 };
	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case IFLA_TUN_OWNER:
			nl_attr_copy(a, &id, sizeof(id));
			tun->owner = id;
			break;
		case IFLA_TUN_GROUP:
			nl_attr_copy(a, &id, sizeof(id));
			tun->group = id;
			break;
		case IFLA_TUN_MULTI_QUEUE:
			nl_attr_copy(a, &tun->multi_queue,
				     sizeof(tun->multi_queue));
			break;
		}
	}
}

static void parse_linkinfo(const struct nlattr *nest, struct nl_link *link)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) {
		if (mnl_attr_get_type(a) == IFLA_INFO_KIND)
			nl_attr_str(a, link->kind, sizeof(link->kind));
		else if (mnl_attr_get_type(a) == IFLA_INFO_DATA &&
			 !strcmp(link->kind, "tun"))
			parse_tun(a, &link->tun);
	}
}

static void parse_inet6(const struct nlattr *nest, struct nl_link *link)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) {
		if (mnl_attr_get_type(a) == IFLA_INET6_ADDR_GEN_MODE)
			nl_attr_copy(a, &link->addr_gen_mode,
				     sizeof(link->addr_gen_mode));
	}
}

static void parse_af_spec(const struct nlattr *nest, struct nl_link *link)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) {
		if (mnl_attr_get_type(a) == AF_INET6)
			parse_inet6(a, link);
	}
}

static void parse_attr(const struct nlattr *a, struct nl_link *link)
{
	if (copy_field(a, link))
		return;
	switch (mnl_attr_get_type(a)) {
	case IFLA_IFNAME:
		nl_attr_str(a, link->name, sizeof(link->name));
		break;
	case IFLA_QDISC:
		nl_attr_str(a, link->qdisc, sizeof(link->qdisc));
		break;
	case IFLA_ADDRESS:
		copy_mac(a, link);
		break;
	case IFLA_BROADCAST:
		if (mnl_attr_get_payload_len(a) == MAC_LEN)
			memcpy(link->brd, mnl_attr_get_payload(a), MAC_LEN);
		break;
	case IFLA_STATS64:
		copy_stats(a, link);
		break;
	case IFLA_LINKINFO:
		parse_linkinfo(a, link);
		break;
	case IFLA_AF_SPEC:
		parse_af_spec(a, link);
		break;
	}
}

int nl_link_parse(const struct nlmsghdr *h, void *record, const void *want)
{
	const struct ifinfomsg *ifm = mnl_nlmsg_get_payload(h);
	struct nl_link *link = record;
	const struct nlattr *a;

	(void)want;
	if (h->nlmsg_type != RTM_NEWLINK)
		return 0;
	if (mnl_nlmsg_get_payload_len(h) < sizeof(*ifm))
		return -EBADMSG;
	link->ifindex = (uint32_t)ifm->ifi_index;
	link->flags = ifm->ifi_flags;
	link->type = ifm->ifi_type;
	link->peer_nsid = NL_NSID_SELF;
	mnl_attr_for_each(a, h, sizeof(*ifm))
		parse_attr(a, link);
	return 1;
}
