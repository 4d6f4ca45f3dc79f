/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netkit.c - a netkit pair, which is asked for as a veth pair is.
 *
 * The numbers are of linux/if_link.h of Linux 6.7, newer than Debian 12's. Scrub
 * (Linux 6.13) is left at its default, which is what veth does.
 */
#include "nl/internal.h"

#include <linux/veth.h>

#define NL_IFLA_NETKIT_PEER_INFO 1
#define NL_IFLA_NETKIT_POLICY 3
#define NL_IFLA_NETKIT_PEER_POLICY 4
#define NL_IFLA_NETKIT_MODE 5
#define NL_NETKIT_L2 0
/* What becomes of a frame while no program is attached (enum tcx_action_base). */
#define NL_NETKIT_PASS 0
#define NL_NETKIT_DROP 2

_Static_assert(NL_IFLA_NETKIT_PEER_INFO == VETH_INFO_PEER,
	       "nl_pair_add() puts either");

static void put_options(struct nl_req *req)
{
	nl_put_u32(req, NL_IFLA_NETKIT_MODE, NL_NETKIT_L2);
	nl_put_u32(req, NL_IFLA_NETKIT_POLICY, NL_NETKIT_PASS);
	nl_put_u32(req, NL_IFLA_NETKIT_PEER_POLICY, NL_NETKIT_DROP);
}

int nl_netkit_add(struct nl_sock *nl, const struct nl_veth *pair)
{
	return nl_pair_add(nl, "netkit", put_options, pair);
}
