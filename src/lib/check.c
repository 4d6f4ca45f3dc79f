// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * check.c - arguments that no kernel needs to be asked about.
 */
#include <string.h>

#include "internal.h"

_Static_assert(BV_NAME_LEN == IFNAMSIZ, "names are the kernel's");

static int take_opts(struct bv_ctx *ctx, const struct bv_slave_opts *opts,
		     struct bv_slave_opts *all)
{
	const uint8_t *bytes = (const uint8_t *)opts;

	if (!opts || opts->sz < sizeof(opts->sz))
		return bv_fail(ctx, -EINVAL, "no options given");
	/* A caller that is newer than we are may know more options. */
	for (size_t i = sizeof(*all); i < opts->sz; i++)
		if (bytes[i])
			return bv_fail(ctx, -EOPNOTSUPP, "unknown options");
	memset(all, 0, sizeof(*all));
	memcpy(all, opts, opts->sz < sizeof(*all) ? opts->sz : sizeof(*all));
	return 0;
}

int bv_check_opts(struct bv_ctx *ctx, const struct bv_slave_opts *opts,
		  struct bv_slave_opts *all)
{
	int err = take_opts(ctx, opts, all);

	if (err)
		return err;
	if (all->kind > BV_KIND_MACVTAP)
		return bv_fail(ctx, -EOPNOTSUPP, "unknown kind %d", all->kind);
	if (all->mode > BV_MODE_SOURCE)
		return bv_fail(ctx, -EOPNOTSUPP, "unknown mode %d", all->mode);
	if (all->flag > BV_FLAG_VEPA)
		return bv_fail(ctx, -EINVAL, "unknown flag %d", all->flag);
	if (all->arp > BV_ARP_FLOOD)
		return bv_fail(ctx, -EINVAL, "unknown arp %d", all->arp);
	if (all->via > BV_VIA_NETKIT)
		return bv_fail(ctx, -EINVAL, "unknown via %d", all->via);
	if (all->macaddr > BV_MACADDR_FLUSH)
		return bv_fail(ctx, -EINVAL, "unknown macaddr %d",
			       all->macaddr);
	return 0;
}

static const char *not_for_ipvlan(const struct bv_slave_opts *opts)
{
	if (opts->mode > BV_MODE_L3S)
		return "this mode is macvlan's";
	if (opts->nopromisc || opts->nodst || opts->macaddr ||
	    opts->bcqueuelen || opts->bclim)
		return "\"nopromisc\", \"nodst\", \"macaddr\", "
		       "\"bcqueuelen\" and \"bclim\" are macvlan's";
	return NULL;
}

static const char *not_for_macvlan(const struct bv_slave_opts *opts)
{
	if (opts->mode && opts->mode < BV_MODE_PRIVATE)
		return "this mode is ipvlan's";
	if (opts->flag || opts->proxy || opts->nominee)
		return "\"bridge\", \"private\" and \"vepa\" as flags, "
		       "\"proxy\" and \"nominee\" are ipvlan's";
	return NULL;
}

int bv_check_kind(struct bv_ctx *ctx, enum bv_kind kind,
		  const struct bv_slave_opts *opts)
{
	const char *why;

	switch (bv_kind_family(kind)) {
	case BV_KIND_IPVLAN:
		why = not_for_ipvlan(opts);
		break;
	case BV_KIND_MACVLAN:
		why = not_for_macvlan(opts);
		break;
	default:
		return bv_fail(ctx, -EOPNOTSUPP, "unknown kind %d", kind);
	}
	return why ? bv_fail(ctx, -EINVAL, "%s", why) : 0;
}

static int check_source(struct bv_ctx *ctx, const char *name,
			const struct bv_slave_opts *opts)
{
	bool one = opts->macaddr == BV_MACADDR_ADD ||
		   opts->macaddr == BV_MACADDR_DEL;

	if (one && !opts->n_source_macs)
		return bv_fail(ctx, -EINVAL, "\"macaddr\" needs a MAC");
	for (uint32_t i = 0; i < opts->n_source_macs; i++)
		if (!bv_mac_valid(opts->source_macs + (size_t)i * BV_MAC_LEN))
			return bv_fail(ctx, -EADDRNOTAVAIL,
				       "\"%s\" cannot hear a multicast MAC: "
				       "Cannot assign requested address",
				       name);
	return 0;
}

int bv_check_macvlan(struct bv_ctx *ctx, const char *name,
		     const struct bv_slave_opts *opts, uint32_t flags)
{
	if (opts->macaddr && !(flags & BV_SLAVE_SOURCE))
		return bv_fail(ctx, -EINVAL,
			       "\"%s\": \"macaddr\" is for mode source: "
			       "Invalid argument",
			       name);
	return opts->macaddr ? check_source(ctx, name, opts) : 0;
}

/* Passthru has the master for itself. */
int bv_check_alone(struct bv_ctx *ctx, const struct port *port, uint32_t flags)
{
	const char *why = NULL;

	if (port->rec->passthru)
		why = "a slave in passthru";
	else if (flags & BV_SLAVE_PASSTHRU && bv_live_count(port))
		why = "other slaves, and passthru is alone";
	return why ? bv_fail(ctx, -EINVAL, "%s has %s: Invalid argument",
			     port->link.name, why) :
		     0;
}

int bv_check_flags(struct bv_ctx *ctx, const char *name, uint32_t flags)
{
	const char *why = NULL;

	if (flags & BV_SLAVE_PROXY && !(flags & BV_SLAVE_ROUTED))
		why = "\"proxy on\" is for l3 and l3s: an l2 slave answers for "
		      "itself";
	else if (flags & BV_SLAVE_ARP_FLOOD && flags & BV_SLAVE_ROUTED)
		why = "\"arp flood\" is for l2: an l3 or l3s slave has no ARP";
	else if (flags & BV_SLAVE_NOMINEE && !(flags & BV_SLAVE_L3))
		why = "\"nominee on\" is for l3";
	return why ? bv_fail(ctx, -EINVAL, "\"%s\": %s", name, why) : 0;
}

int bv_check_name(struct bv_ctx *ctx, const char *name)
{
	size_t len = name ? strlen(name) : 0;

	/*
	 * dev_valid_name() of the kernel's net/core/dev.c; and no '%', from
	 * which the kernel would make a name of its own.
	 */
	if (!len || len >= BV_NAME_LEN || strpbrk(name, "/:% \t\n\v\f\r") ||
	    !strcmp(name, ".") || !strcmp(name, ".."))
		return bv_fail(ctx, -EINVAL, "\"%s\" is not a valid name",
			       name ? name : "");
	return 0;
}

int bv_check_master(struct bv_ctx *ctx, const struct bv_slave_opts *opts,
		    struct nl_link *master)
{
	int err;

	if (!opts->master)
		return bv_fail(ctx, -EINVAL, "no master given");
	err = nl_link_get(ctx->nl, NL_NSID_SELF, 0, opts->master, master);
	if (err == -ENODEV)
		return bv_fail(ctx, err, "Cannot find device \"%s\"",
			       opts->master);
	if (err)
		return bv_fail_nl(ctx, err, "cannot look up %s", opts->master);
	if (master->flags & IFF_LOOPBACK || master->type != BV_ARPHRD_ETHER ||
	    master->mac_len != BV_MAC_LEN)
		return bv_fail(ctx, -EINVAL, "%s cannot be a master: it is %s",
			       master->name,
			       master->flags & IFF_LOOPBACK ?
				       "the loopback device" :
				       "not an Ethernet device");
	if (master->ifindex >= BV_IFINDEX_FIRST)
		return bv_fail(ctx, -EINVAL,
			       "%s cannot be a master: it is the host end of a "
			       "slave",
			       master->name);
	/* A slave of it would have siblings that it could not tell from it. */
	if (bv_is_end_kind(master) && master->peer_ifindex >= BV_IFINDEX_FIRST)
		return bv_fail(ctx, -EINVAL,
			       "%s cannot be a master: it is a slave",
			       master->name);
	return 0;
}

int bv_check_against_master(struct bv_ctx *ctx, enum bv_kind kind,
			    const struct bv_slave_opts *opts,
			    const struct nl_link *master)
{
	kind = bv_kind_family(kind);
	if (kind == BV_KIND_MACVLAN && opts->mtu > master->mtu)
		return bv_fail(ctx, -EINVAL,
			       "mtu %u is larger than the %u of master %s: "
			       "Invalid argument",
			       opts->mtu, master->mtu, master->name);
	if (kind == BV_KIND_IPVLAN && opts->mac &&
	    memcmp(opts->mac, master->mac, BV_MAC_LEN))
		return bv_fail(ctx, -EOPNOTSUPP,
			       "an ipvlan slave has the MAC of its master %s: "
			       "Operation not supported",
			       master->name);
	if (opts->mtu > master->mtu)
		return bv_fail(ctx, -EMSGSIZE,
			       "mtu %u is larger than the %u of master %s",
			       opts->mtu, master->mtu, master->name);
	return 0;
}
