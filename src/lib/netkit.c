// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * netkit.c - what a slave is made of, veth or netkit, and where its program is.
 *
 *   veth	at the ingress of the host end, by TCX or clsact
 *   netkit	on the pair, for what the peer sends. Only by way of the primary, in
 *		whose namespace we are, can it be taken off; without it the peer's
 *		frames are dropped (src/nl/netkit.c)
 *
 * It is the same program, and it sees the same device, the host end.
 */
#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* enum bpf_attach_type of Linux 6.7; Debian 12's headers are older. */
#define NETKIT_PEER ((enum bpf_attach_type)55)
/* BPF_MPROG_MAX */
#define NETKIT_MAX 64

static int query(uint32_t ifindex, uint32_t *ids, uint32_t *n_ids)
{
	LIBBPF_OPTS(bpf_prog_query_opts, opts, .prog_ids = ids,
		    .prog_cnt = *n_ids);
	int err = bpf_prog_query_opts((int)ifindex, NETKIT_PEER, &opts);

	if (err)
		return err;
	*n_ids = opts.prog_cnt;
	return 0;
}

/*
 * Asked of a device the kernel says what programs it has, that it is no netkit
 * (-ENXIO) or not the primary (-EACCES), or that there is no such thing
 * (-EINVAL). To try and make one would have the kernel look for a module each
 * time, where there is none. 0, -EOPNOTSUPP, or -EPERM for who may not ask.
 */
static int look_for_netkit(const struct nl_link *master)
{
	uint32_t n = 0;
	int err = query(master->ifindex, NULL, &n);

	if (!err || err == -ENXIO || err == -EACCES)
		return 0;
	return err == -EPERM ? err : -EOPNOTSUPP;
}

static enum bv_via wanted_via(const struct bv_slave_opts *opts)
{
	const char *by_default = secure_getenv("BPFVLAN_VIA");

	if (opts->via || !by_default)
		return opts->via;
	if (!strcmp(by_default, "veth"))
		return BV_VIA_VETH;
	return strcmp(by_default, "netkit") ? BV_VIA_AUTO : BV_VIA_NETKIT;
}

int bv_via_choose(struct bv_ctx *ctx, const struct bv_slave_opts *opts,
		  const struct nl_link *master, uint32_t *flags)
{
	enum bv_via via = wanted_via(opts);
	int err;

	*flags &= ~BV_SLAVE_NETKIT;
	if (via == BV_VIA_VETH)
		return 0;
	err = look_for_netkit(master);
	if (!err)
		*flags |= BV_SLAVE_NETKIT;
	if (!err || via == BV_VIA_AUTO)
		return 0;
	if (err == -EPERM)
		return bv_fail_sock(ctx, err, NULL, "cannot look for netkit");
	return bv_fail(ctx, err,
		       "\"via netkit\" needs netkit (Linux 6.7, "
		       "CONFIG_NETKIT)");
}

int bv_pair_add(struct bv_ctx *ctx, const struct bv_slave_opts *opts,
		const struct nl_veth *pair, uint32_t *flags)
{
	int err;

	if (!(*flags & BV_SLAVE_NETKIT))
		return nl_veth_add(ctx->nl, pair);
	err = nl_netkit_add(ctx->nl, pair);
	if (err != -EOPNOTSUPP || wanted_via(opts) == BV_VIA_NETKIT)
		return err;
	*flags &= ~BV_SLAVE_NETKIT;
	return nl_veth_add(ctx->nl, pair);
}

int bv_end_attach(struct bv_ctx *ctx, const struct port *port, uint32_t slot,
		  uint32_t flags)
{
	uint32_t ifindex = bv_host_ifindex(port, slot);

	if (flags & BV_SLAVE_NETKIT)
		return bpf_prog_attach(port->tx_prog_fd, (int)ifindex,
				       NETKIT_PEER, 0);
	return bv_hook_attach(ctx, port->rec->hook, ifindex, false,
			      port->tx_prog_fd);
}

int bv_end_find(struct bv_ctx *ctx, uint32_t ifindex)
{
	uint32_t ids[NETKIT_MAX], n = NETKIT_MAX;
	enum bv_hook hook;

	if (query(ifindex, ids, &n))
		return bv_hook_find(ctx, ifindex, false, BV_PROG_SLAVE_TX,
				    &hook);
	for (uint32_t i = 0; i < n; i++) {
		int fd = bv_prog_open(ids[i], BV_PROG_SLAVE_TX);

		if (fd != -ENOENT)
			return fd;
	}
	return -ENOENT;
}

bool bv_is_end_kind(const struct nl_link *link)
{
	return !strcmp(link->kind, "veth") || !strcmp(link->kind, "netkit") ||
	       !strcmp(link->kind, "tun");
}
