// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * addr.c - give a slave an address, and take it away.
 *
 * The table comes first: an address that is somebody else's on this master is
 * refused before anything is changed. Then the address is set on the slave's
 * device, in its namespace, through a socket opened there; but not on a tap, which
 * is a device of the host's. There it is who is behind it that has the address.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define PLEN_ANY 255

static unsigned int max_plen(int family)
{
	return family == AF_INET ? 32 : 128;
}

static const char *print_ip(const struct bv_address *addr, char *buf)
{
	return inet_ntop(addr->family, addr->ip, buf, INET6_ADDRSTRLEN);
}

/* Addresses that one host may have; RFC 1122 3.2.1.3, RFC 4291 2.5. */
static bool is_unicast(const struct bv_address *addr)
{
	const uint8_t *ip = addr->ip;
	static const uint8_t zero[15];

	if (addr->family == AF_INET)
		return ip[0] != 0 && ip[0] != 127 && ip[0] < 224;
	return ip[0] != 0xff && !(!memcmp(ip, zero, 15) && ip[15] <= 1) &&
	       !IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)ip);
}

static int check_addr(struct bv_ctx *ctx, const struct bv_address *addr,
		      bool plen_needed)
{
	char ip[INET6_ADDRSTRLEN];

	if (addr->family != AF_INET && addr->family != AF_INET6)
		return bv_fail(ctx, -EINVAL, "neither IPv4 nor IPv6");
	if (addr->plen > max_plen(addr->family) &&
	    (plen_needed || addr->plen != PLEN_ANY))
		return bv_fail(ctx, -EINVAL, "prefix length %u is over %u",
			       addr->plen, max_plen(addr->family));
	if (!is_unicast(addr))
		return bv_fail(ctx, -EINVAL,
			       "%s is not an address that a host can have",
			       print_ip(addr, ip));
	return 0;
}

static struct nl_addr device_addr(const struct live_slave *live,
				  const struct bv_address *addr)
{
	struct nl_addr ret = {
		.family = addr->family,
		.plen = addr->plen,
		.ifindex = live->link.ifindex,
	};

	memcpy(ret.ip, addr->ip, sizeof(ret.ip));
	/* As ip-address(8) chooses it: fe80::/10 is good on its link only. */
	if (addr->family == AF_INET6 && addr->ip[0] == 0xfe &&
	    (addr->ip[1] & 0xc0) == 0x80)
		ret.scope = RT_SCOPE_LINK;
	return ret;
}

struct find_ip {
	const struct bv_address *addr;
	bool found;
	uint8_t plen;
};

static int match_ip(const struct nl_addr *addr, void *arg)
{
	struct find_ip *find = arg;
	size_t len = addr->family == AF_INET ? 4 : 16;

	if (addr->family == find->addr->family &&
	    !memcmp(addr->ip, find->addr->ip, len)) {
		find->found = true;
		find->plen = addr->plen;
	}
	return 0;
}

/* Is it one of the addresses of a device that the socket's namespace has? */
static int has_ip(struct nl_sock *nl, uint32_t ifindex, struct find_ip *find)
{
	return nl_addr_dump(nl, NL_NSID_SELF, ifindex, match_ip, find);
}

static bool is_tap(const struct live_slave *live)
{
	return live->port->slaves[live->slot].flags & BV_SLAVE_TAP;
}

static int in_use(struct bv_ctx *ctx, const struct bv_address *addr,
		  const char *by)
{
	char ip[INET6_ADDRSTRLEN];

	return bv_fail(ctx, -EADDRINUSE,
		       "%s belongs to %s: Address already in use",
		       print_ip(addr, ip), by);
}

static int check_master_ip(struct bv_ctx *ctx, const struct port *port,
			   const struct bv_address *addr)
{
	struct find_ip find = { .addr = addr };
	char by[BV_NAME_LEN + 16];
	int err = has_ip(ctx->nl, port->link.ifindex, &find);

	if (err)
		return bv_fail_nl(ctx, err, "cannot list the addresses of %s",
				  port->link.name);
	if (!find.found)
		return 0;
	snprintf(by, sizeof(by), "master %s", port->link.name);
	return in_use(ctx, addr, by);
}

/* May the slave have an address that the table has an entry for? */
static int check_owner(struct bv_ctx *ctx, const struct live_slave *live,
		       const struct bv_address *addr,
		       const struct bv_addr *entry)
{
	uint32_t slot = BV_OWNER_SLOT(entry->owner);
	struct live_slave other;
	char ip[INET6_ADDRSTRLEN], by[BV_NAME_LEN + 16];

	if (slot == live->slot) {
		if (BV_OWNER_HOW(entry->owner) == BV_ADDR_STATIC)
			return bv_fail(ctx, -EEXIST,
				       "\"%s\" has %s already: File exists",
				       live->link.name, print_ip(addr, ip));
		return 0;
	}
	/* What the host spoke for once is free again unless it is on a device;
	 * check_master_ip() has looked. */
	if (slot == BV_SLOT_HOST ||
	    bv_live_get(ctx, live->port, slot, &other) == -ENODEV)
		return 0;
	snprintf(by, sizeof(by), "slave \"%s\"", other.link.name);
	return in_use(ctx, addr, by);
}

static int enter(struct bv_ctx *ctx, const struct live_slave *live,
		 const struct bv_address *addr, const struct bv_addr_key *key)
{
	struct bv_addr value = {
		.owner = BV_OWNER(live->slot, BV_ADDR_STATIC),
		.plen = addr->plen,
	};
	char ip[INET6_ADDRSTRLEN];
	struct bv_addr old;
	int err;

	if (!bv_table_get(live->port, key, &old)) {
		err = check_owner(ctx, live, addr, &old);
		if (err)
			return err;
		(void)bv_table_del(live->port, key);
	}
	err = bpf_map_update_elem(live->port->addrs_fd, key, &value,
				  BPF_NOEXIST);
	if (!err) {
		bv_count_addr(live->port, live->slot, key, 1);
		return 0;
	}
	if (err == -E2BIG)
		return bv_fail(ctx, -ENOSPC,
			       "the address table of %s is full: "
			       "No space left on device",
			       live->port->link.name);
	if (err == -EEXIST) /* claimed on the wire in this very moment */
		return in_use(ctx, addr, "another slave");
	return bv_fail(ctx, err, "cannot enter %s: %s", print_ip(addr, ip),
		       strerror(-err));
}

/* An l3s slave is reached by a route, which a learned address may have. */
static int route_to(struct bv_ctx *ctx, const struct live_slave *live,
		    const struct bv_addr_key *key)
{
	if (!(live->port->slaves[live->slot].flags & BV_SLAVE_L3S))
		return 0;
	bv_route_del(ctx, live, key);
	return bv_route_add(ctx, live, key);
}

static int add_found(struct bv_ctx *ctx, const struct live_slave *live,
		     const struct bv_address *addr)
{
	struct nl_addr on_device = device_addr(live, addr);
	char ip[INET6_ADDRSTRLEN];
	struct bv_addr_key key;
	struct nl_sock *nl;
	int err;

	err = check_master_ip(ctx, live->port, addr);
	if (err)
		return err;
	bv_key_from_ip(&key, addr->family, addr->ip);
	err = bv_slave_nl_open(ctx, live, &nl);
	if (err)
		return err;
	err = enter(ctx, live, addr, &key);
	if (err)
		goto out;
	err = route_to(ctx, live, &key);
	if (err) {
		(void)bv_table_del(live->port, &key);
		goto out;
	}
	err = is_tap(live) ? 0 : nl_addr_add(nl, &on_device);
	if (err == -EEXIST) /* set by hand before: now it is registered too */
		err = 0;
	if (err) {
		bv_fail_sock(ctx, err, nl, "cannot set %s on \"%s\"",
			     print_ip(addr, ip), live->link.name);
		bv_route_del(ctx, live, &key);
		(void)bv_table_del(live->port, &key);
	}
out:
	bv_slave_nl_close(ctx, nl);
	return err;
}

/*
 * Deleting an IPv4 address deletes the later ones of its subnet as well, unless
 * the device is told to promote them (ip-sysctl, promote_secondaries).
 */
static int keep_secondaries(struct bv_ctx *ctx, const struct live_slave *live)
{
	struct netns_scope scope _cleanup_netns_ = { -1 };
	_cleanup_fd_ int conf_fd = -1;
	int err = bv_slave_enter(ctx, live, &scope);

	if (err)
		return err;
	conf_fd = bv_conf_open("ipv4");
	err = conf_fd < 0 ? conf_fd :
			    bv_conf_set(conf_fd, live->link.name,
					"promote_secondaries", "1");
	if (err)
		bv_fail(ctx, err, "cannot set sysctls of \"%s\": %s",
			live->link.name, strerror(-err));
	return err;
}

static int wrong_plen(struct bv_ctx *ctx, const struct live_slave *live,
		      const struct bv_address *addr, uint8_t plen)
{
	char ip[INET6_ADDRSTRLEN];

	return bv_fail(ctx, -EADDRNOTAVAIL,
		       "\"%s\" has %s with prefix length %u, not %u: "
		       "Cannot assign requested address",
		       live->link.name, print_ip(addr, ip), plen, addr->plen);
}

static int take_from_device(struct bv_ctx *ctx, const struct live_slave *live,
			    const struct bv_address *addr)
{
	struct nl_addr on_device = device_addr(live, addr);
	struct find_ip find = { .addr = addr };
	char ip[INET6_ADDRSTRLEN];
	struct nl_sock *nl;
	int err;

	err = bv_slave_nl_open(ctx, live, &nl);
	if (err)
		return err;
	err = has_ip(nl, live->link.ifindex, &find);
	if (!err && find.found && addr->plen != PLEN_ANY &&
	    addr->plen != find.plen) {
		err = wrong_plen(ctx, live, addr, find.plen);
		goto out;
	}
	if (!err && find.found && addr->family == AF_INET) {
		err = keep_secondaries(ctx, live);
		if (err)
			goto out;
	}
	if (!err && find.found) {
		on_device.plen = find.plen;
		err = nl_addr_del(nl, &on_device);
		if (err == -EADDRNOTAVAIL)
			err = 0;
	}
	if (err)
		bv_fail_sock(ctx, err, nl, "cannot take %s from \"%s\"",
			     print_ip(addr, ip), live->link.name);
out:
	bv_slave_nl_close(ctx, nl);
	return err;
}

static int del_found(struct bv_ctx *ctx, const struct live_slave *live,
		     const struct bv_address *addr)
{
	char ip[INET6_ADDRSTRLEN];
	struct bv_addr_key key;
	struct bv_addr entry;
	int err;

	bv_key_from_ip(&key, addr->family, addr->ip);
	if (bv_table_get(live->port, &key, &entry) ||
	    BV_OWNER_SLOT(entry.owner) != live->slot)
		return bv_fail(ctx, -EADDRNOTAVAIL,
			       "\"%s\" does not have %s: "
			       "Cannot assign requested address",
			       live->link.name, print_ip(addr, ip));
	if (!is_tap(live))
		err = take_from_device(ctx, live, addr);
	else if (addr->plen != PLEN_ANY && addr->plen != entry.plen)
		err = wrong_plen(ctx, live, addr, entry.plen);
	else
		err = 0;
	if (err)
		return err;
	(void)bv_table_del(live->port, &key);
	if (live->port->slaves[live->slot].flags & BV_SLAVE_L3S)
		bv_route_del(ctx, live, &key);
	return 0;
}

typedef int (*addr_op)(struct bv_ctx *ctx, const struct live_slave *live,
		       const struct bv_address *addr);

static int with_slave(struct bv_ctx *ctx, const struct bv_slave_ref *slave,
		      const struct bv_address *addr, bool plen_needed,
		      addr_op op)
{
	struct live_slave live;
	int err = bv_begin(ctx);

	if (err)
		return err;
	err = check_addr(ctx, addr, plen_needed);
	if (!err)
		err = bv_check_name(ctx, slave->name);
	if (!err)
		err = bv_live_find(ctx, slave, &live);
	if (!err)
		err = op(ctx, &live, addr);
	bv_end(ctx);
	return err;
}

int bv_addr_add(struct bv_ctx *ctx, const struct bv_slave_ref *slave,
		const struct bv_address *addr)
{
	return with_slave(ctx, slave, addr, true, add_found);
}

int bv_addr_del(struct bv_ctx *ctx, const struct bv_slave_ref *slave,
		const struct bv_address *addr)
{
	return with_slave(ctx, slave, addr, false, del_found);
}
