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
	if (all->kind && all->kind != BV_KIND_IPVLAN)
		return bv_fail(ctx, -EOPNOTSUPP, "unknown kind %d", all->kind);
	if (all->mode > BV_MODE_L3S)
		return bv_fail(ctx, -EOPNOTSUPP, "unknown mode %d", all->mode);
	if (all->flag > BV_FLAG_VEPA)
		return bv_fail(ctx, -EINVAL, "unknown flag %d", all->flag);
	if (all->arp > BV_ARP_FLOOD)
		return bv_fail(ctx, -EINVAL, "unknown arp %d", all->arp);
	if (all->via > BV_VIA_NETKIT)
		return bv_fail(ctx, -EINVAL, "unknown via %d", all->via);
	return 0;
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

int bv_check_against_master(struct bv_ctx *ctx,
			    const struct bv_slave_opts *opts,
			    const struct nl_link *master)
{
	if (opts->mac && memcmp(opts->mac, master->mac, BV_MAC_LEN))
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
