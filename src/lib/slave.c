// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * slave.c - create a slave.
 *
 * A slave is one end of a pair of devices, veth or netkit (netkit.c). It is made
 * in the target namespace with the master's MAC and MTU, in one request, while
 * the other end (the "host end") is made in the master's namespace under the
 * ifindex that its slot implies. The slave is down, and the record says CREATING,
 * until all is set.
 */
#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "internal.h"

#define SECRET_SIZE 64

/* What bv_slave_add() is about, from its parts to its unwinding. */
struct making {
	struct bv_ctx *ctx;
	const char *name;
	const struct bv_slave_opts *opts;
	struct nl_link master;
	struct port *port;
	uint32_t slot;
	uint32_t flags; /* BV_SLAVE_ */
	enum bv_kind kind;
	uint8_t mac[BV_MAC_LEN]; /* of the slave's device */
	int32_t old_bclim; /* of the master */
	int netns_fd; /* the slave's */
	bool same_netns;
	struct rcu_guard *rcu; /* while a port is made */
};

/* Sizes of the tables: asked for, those of the port before, the defaults. */
static int make_port(struct making *m, uint32_t slots, uint32_t addrs)
{
	const struct bv_slave_opts *opts = m->opts;
	int err;

	if (opts->max_slaves)
		slots = opts->max_slaves + 1;
	if (opts->max_addrs)
		addrs = opts->max_addrs;
	if (slots > BV_SLOTS_MAX || slots < 2)
		return bv_fail(m->ctx, -EINVAL, "maxslaves must be 1 to %u",
			       BV_SLOTS_MAX - 1);
	if (addrs > BV_ADDRS_MAX)
		return bv_fail(m->ctx, -EINVAL, "maxaddrs must be 1 to %u",
			       BV_ADDRS_MAX);
	/* Three attachments that wait, instead of one for a later slave. */
	if (!m->ctx->batch)
		(void)bv_rcu_expedite(&m->rcu);
	err = bv_port_new(m->ctx, &m->master, slots, addrs, &m->port);
	if (err)
		return err;
	err = bv_port_sync(m->ctx, m->port);
	if (err)
		(void)bv_port_remove(m->ctx, m->port);
	else
		m->port->checked = true;
	return err;
}

/* What is there of a port: -ENOENT if nothing, or only what a killed one left. */
static int find_port(struct making *m, uint32_t *slots, uint32_t *addrs)
{
	int err = bv_port_open(m->ctx, &m->master, &m->port);

	if (err || m->port->checked)
		return err;
	err = bv_reap(m->ctx, m->port);
	if (err)
		return err;
	if (bv_live_count(m->port))
		return bv_port_check(m->ctx, m->port);
	*slots = m->port->rec->slots;
	*addrs = m->port->rec->addrs;
	err = bv_port_remove(m->ctx, m->port);
	return err ? err : -ENOENT;
}

static int get_port(struct making *m)
{
	uint32_t slots = BV_SLAVES_DEFAULT + 1, addrs = BV_ADDRS_DEFAULT;
	int err = find_port(m, &slots, &addrs);

	if (err == -ENOENT)
		return make_port(m, slots, addrs);
	if (err)
		return err;
	if (m->opts->max_slaves >= m->port->rec->slots ||
	    m->opts->max_addrs > m->port->rec->addrs)
		return bv_fail(m->ctx, -EBUSY,
			       "%s has slaves, and room for %u and %u "
			       "addresses: sizes change with the first slave",
			       m->master.name, m->port->rec->slots - 1,
			       m->port->rec->addrs);
	return 0;
}

static int choose_slot(struct making *m)
{
	for (uint32_t slot = 1; slot < m->port->slots; slot++) {
		if (m->port->slaves[slot].state != BV_STATE_FREE ||
		    bv_slot_alive(m->ctx, m->port, slot))
			continue;
		m->slot = slot;
		return 0;
	}
	return bv_fail(m->ctx, -ENOSPC,
		       "%s has all the %u slaves it has room for: "
		       "No space left on device",
		       m->master.name, m->port->slots - 1);
}

/*
 * What tells a slave from others that have its MAC: distinct by the slot, and the
 * same whenever the slave is made again in the same order. It has the form of
 * an IPv6 address.
 */
static void make_secret(const struct making *m, char secret[SECRET_SIZE])
{
	const uint8_t *mac = m->master.mac;
	uint32_t hash = 2166136261U; /* FNV-1a */

	for (const char *c = m->name; *c; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619U;
	snprintf(secret, SECRET_SIZE,
		 "6270:766c:%02x%02x:%02x%02x:%02x%02x:%x:%x:%x", mac[0],
		 mac[1], mac[2], mac[3], mac[4], mac[5], hash >> 16,
		 hash & 0xffff, m->slot);
}

/* It stands for a MAC, so it is one of those that nobody is given. */
static void make_dhcp_id(const struct making *m, uint8_t id[BV_MAC_LEN])
{
	uint64_t hash = 14695981039346656037ULL; /* FNV-1a */
	char secret[SECRET_SIZE];

	make_secret(m, secret);
	for (const char *c = secret; *c; c++)
		hash = (hash ^ (uint8_t)*c) * 1099511628211ULL;
	hash ^= hash >> 48;
	for (int i = 0; i < BV_MAC_LEN; i++)
		id[i] = (uint8_t)(hash >> 8 * i);
	id[0] = (uint8_t)((id[0] & 0xfc) | 0x02); /* local, unicast */
}

static void claim_slot(struct making *m)
{
	struct bv_slave *rec = &m->port->slaves[m->slot];

	bv_slot_free(m->port, m->slot);
	snprintf(rec->name, sizeof(rec->name), "%s", m->name);
	rec->kind = (uint8_t)m->kind;
	rec->mode = (uint8_t)bv_slave_mode(m->flags);
	rec->queue_len = m->opts->bcqueuelen ? *m->opts->bcqueuelen :
					       BV_QUEUE_DEFAULT;
	make_dhcp_id(m, rec->dhcp_id);
	rec->state = BV_STATE_CREATING;
	if (m->port->rec->high_slot < m->slot)
		m->port->rec->high_slot = m->slot;
}

static int make_devices(struct making *m)
{
	uint32_t mtu = m->opts->mtu ? m->opts->mtu : m->master.mtu;
	char host_name[32];
	struct nl_veth veth = {
		.name = host_name,
		.ifindex = bv_host_ifindex(m->port, m->slot),
		.up = true,
		.peer_name = m->name,
		.peer_netns_fd = m->same_netns ? -1 : m->netns_fd,
		.mtu = bv_host_end_mtu(m->port, m->flags, mtu),
		.peer_mtu = mtu,
		.mac = m->master.mac,
		.peer_mac = m->mac,
	};
	int err;

	if (m->flags & BV_SLAVE_TAP) {
		veth.name = m->name;
		return bv_tap_add(m->ctx, m->opts, &veth);
	}
	snprintf(host_name, sizeof(host_name), "bv%u.%u", m->master.ifindex,
		 m->slot);
	if (strlen(host_name) >= IFNAMSIZ)
		/* Such an ifindex leaves too few digits: number by slot only. */
		snprintf(host_name, sizeof(host_name), "bv%x",
			 bv_host_ifindex(m->port, m->slot));
	err = bv_pair_add(m->ctx, m->opts, &veth, &m->flags);
	if (err == -EEXIST)
		return bv_fail(m->ctx, err,
			       "name \"%s\" is in use%s%s: File exists",
			       m->name, m->opts->netns ? " in netns " : "",
			       m->opts->netns ? m->opts->netns : "");
	if (err)
		return bv_fail_nl(m->ctx, err, "cannot create \"%s\"", m->name);
	return 0;
}

/*
 * IPv6 interface identifiers from EUI-64 would be equal on all slaves. With a
 * secret of its own each slave makes them by RFC 7217, link-local and SLAAC
 * alike.
 */
static int prepare_slave(const struct making *m)
{
	_cleanup_fd_ int conf_fd = bv_conf_open("ipv6");
	char secret[SECRET_SIZE];
	int err;

	if (m->flags & (BV_SLAVE_MACVLAN | BV_SLAVE_TAP))
		return 0;
	if (conf_fd < 0)
		return conf_fd == -ENOENT ? 0 : conf_fd;
	make_secret(m, secret);
	err = bv_conf_set(conf_fd, m->name, "stable_secret", secret);
	/* With an MTU below 1280 the device has no IPv6. */
	return err == -ENOENT ? 0 : err;
}

/* The program that all slaves share, from one that has it. */
static int get_tx_prog(struct bv_ctx *ctx, struct port *port)
{
	int fd = -ENOENT;

	if (port->tx_prog_fd >= 0)
		return 0;
	for (uint32_t slot = 1; slot <= port->rec->high_slot; slot++) {
		if (port->slaves[slot].state != BV_STATE_READY)
			continue;
		fd = bv_end_find(ctx, bv_host_ifindex(port, slot));
		if (fd >= 0) {
			port->tx_prog_fd = fd;
			return 0;
		}
	}
	return bv_fail(ctx, fd,
		       "the programs of the slaves of %s were removed: "
		       "delete its slaves to start anew",
		       port->link.name);
}

static int attach_program(struct making *m)
{
	int err = get_tx_prog(m->ctx, m->port);

	if (err)
		return err;
	err = bv_end_attach(m->ctx, m->port, m->slot, m->flags);
	if (err)
		bv_fail_nl(m->ctx, err,
			   "cannot attach to the host end of \"%s\" (%s)",
			   m->name,
			   m->flags & BV_SLAVE_NETKIT ?
				   "netkit peer" :
				   bv_hook_name(m->port->rec->hook));
	return err;
}

/*
 * By netdevice(7): a netlink socket for one request would cost more. NOARP comes
 * first, and alone: together with UP the kernel would begin DAD twice, the second
 * time after a delay of up to a second (addrconf_dad_run()).
 */
static int set_link_flags(int fd, struct ifreq *req, bool noarp, bool up)
{
	if (ioctl(fd, SIOCGIFFLAGS, req))
		return -errno;
	req->ifr_flags |= noarp ? IFF_NOARP : 0;
	if (noarp && ioctl(fd, SIOCSIFFLAGS, req))
		return -errno;
	req->ifr_flags |= IFF_UP;
	return up && ioctl(fd, SIOCSIFFLAGS, req) ? -errno : 0;
}

/* In the slave's namespace: what it must know before it is up; up if asked. */
static int set_slave_end(struct making *m)
{
	struct netns_scope scope _cleanup_netns_ = { -1 };
	_cleanup_fd_ int fd = -1;
	struct ifreq req = {};
	bool noarp = m->flags & BV_SLAVE_ROUTED && !(m->flags & BV_SLAVE_TAP);
	bool up = m->opts->up == BV_SWITCH_ON;
	int err = bv_netns_enter(&scope, m->same_netns ? -1 : m->netns_fd);

	if (!err)
		err = prepare_slave(m);
	if (err)
		return bv_fail(m->ctx, err, "cannot set sysctls of \"%s\": %s",
			       m->name, strerror(-err));
	if (!noarp && !up)
		return 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", m->name);
	err = fd < 0 ? -errno : set_link_flags(fd, &req, noarp, up);
	if (err)
		bv_fail(m->ctx, err, "cannot set the flags of \"%s\": %s",
			m->name, strerror(-err));
	return err;
}

/*
 * The host end must not speak, and nothing speaks before the slave is up: the
 * pair has no carrier until then.
 */
static int quiet_host_end(const struct making *m)
{
	int conf_fd = bv_conf_fd(m->ctx, AF_INET6);
	char host_name[IFNAMSIZ];
	int err = conf_fd;

	if (conf_fd >= 0)
		err = if_indextoname(bv_host_ifindex(m->port, m->slot),
				     host_name) ?
			      bv_conf_set(conf_fd, host_name, "disable_ipv6",
					  "1") :
			      -errno;
	/* A kernel or device without IPv6 has nothing to be told. */
	if (!err || err == -ENOENT)
		return 0;
	return bv_fail(m->ctx, err,
		       "cannot set sysctls of the host end of \"%s\": %s",
		       m->name, strerror(-err));
}

static int set_host_end(struct making *m)
{
	int err;

	if (m->flags & BV_SLAVE_ROUTED)
		err = bv_host_end_set(m->ctx, m->port, m->slot, m->flags, 0);
	else
		err = quiet_host_end(m);
	if (!err && m->flags & BV_SLAVE_L3S)
		err = bv_forward_set(m->ctx, m->port, true);
	if (!err && m->flags & BV_SLAVE_L3S)
		err = bv_guard_set(m->ctx, m->port, m->slot, m->flags);
	return err ? err : attach_program(m);
}

/* Before it is up: its first frame must find it. */
static int publish(struct making *m)
{
	struct port *port = m->port;
	struct bv_slave *rec = &port->slaves[m->slot];
	int err;

	__atomic_store_n(&rec->flags, m->flags, __ATOMIC_RELEASE);
	bv_listen_settle(port, m->slot);
	if (m->opts->bclim)
		port->rec->bclim = *m->opts->bclim;
	if (m->flags & BV_SLAVE_MACVLAN)
		err = bv_macvlan_claim(m->ctx, port, m->slot, m->mac, m->opts);
	else
		err = bv_counts_sync(m->ctx, port);
	return err ? err : bv_copier_need(m->ctx, port);
}

/* The error is that of what failed before. */
static void unpublish(struct making *m)
{
	struct bv_ctx *ctx = m->ctx;
	char why[sizeof(ctx->error)];

	memcpy(why, ctx->error, sizeof(why));
	m->port->rec->bclim = m->old_bclim;
	if (m->flags & BV_SLAVE_MACVLAN)
		bv_macvlan_release(ctx, m->port, m->slot);
	bv_slot_free(m->port, m->slot);
	bv_update_high_slot(m->port);
	(void)bv_counts_sync(ctx, m->port);
	if (m->flags & BV_SLAVE_L3S)
		(void)bv_forward_sync(ctx, m->port);
	memcpy(ctx->error, why, sizeof(why));
}

static int make_slave(struct making *m)
{
	bool copier = m->port->rec->copier;
	int err;

	err = choose_slot(m);
	if (err)
		return err;
	claim_slot(m);
	m->old_bclim = m->port->rec->bclim;
	err = bv_copier_need(m->ctx, m->port);
	if (!err)
		err = make_devices(m);
	if (err)
		goto err_slot;
	err = publish(m);
	if (!err)
		err = set_host_end(m);
	if (!err)
		err = set_slave_end(m);
	if (err)
		goto err_devices;
	m->port->slaves[m->slot].state = BV_STATE_READY;
	if (m->flags & BV_SLAVE_NOMINEE)
		__atomic_store_n(&m->port->rec->nominee, m->slot,
				 __ATOMIC_RELEASE);
	return 0;

err_devices:
	(void)nl_link_del(m->ctx->nl, bv_host_ifindex(m->port, m->slot));
err_slot:
	if (!copier && m->port->rec->copier)
		bv_copier_remove(m->ctx, m->port);
	unpublish(m);
	return err;
}

static int open_slave_netns(struct making *m)
{
	const char *netns = m->opts->netns;

	if (netns)
		m->netns_fd = bv_netns_open(netns);
	else
		m->netns_fd = fcntl(m->ctx->netns_fd, F_DUPFD_CLOEXEC, 0);
	if (m->netns_fd < 0)
		return bv_fail(m->ctx, netns ? -ENODEV : -errno,
			       "Cannot open network namespace \"%s\": %s",
			       netns ? netns : "",
			       strerror(netns ? -m->netns_fd : errno));
	m->same_netns = bv_netns_same(m->netns_fd, m->ctx->netns_fd);
	return 0;
}

static int choose_flags(struct making *m)
{
	int err = bv_check_kind(m->ctx, m->kind, m->opts);

	if (!err)
		err = bv_check_tap(m->ctx, m->name, m->kind, m->opts);
	if (!err && bv_kind_is_tap(m->kind) && !m->same_netns)
		err = bv_check_tap_netns(m->ctx, m->name);
	if (err)
		return err;
	m->flags =
		bv_slave_flags_apply(m->opts, bv_slave_flags_default(m->kind));
	if (!m->same_netns)
		m->flags |= BV_SLAVE_PEER;
	err = bv_check_flags(m->ctx, m->name, m->flags);
	if (!err)
		err = bv_check_macvlan(m->ctx, m->name, m->opts, m->flags);
	if (err || m->flags & BV_SLAVE_TAP)
		return err;
	return bv_via_choose(m->ctx, m->opts, &m->master, &m->flags);
}

/* The master's, given or not, unless it has one of its own. */
static int choose_mac(struct making *m)
{
	const uint8_t *given = m->opts->mac;

	if (given && !bv_mac_valid(given))
		return bv_fail(m->ctx, -EADDRNOTAVAIL,
			       "\"%s\" cannot have a multicast MAC: Cannot "
			       "assign requested address",
			       m->name);
	if (!(m->flags & BV_SLAVE_MACVLAN) || m->flags & BV_SLAVE_PASSTHRU)
		given = m->master.mac;
	if (given) {
		memcpy(m->mac, given, BV_MAC_LEN);
		return 0;
	}
	return bv_mac_random(m->mac) ?
		       bv_fail(m->ctx, -EAGAIN, "no random numbers") :
		       0;
}

/* Among those that are there. */
static int check_siblings(struct making *m)
{
	int err = 0;

	if (m->flags & BV_SLAVE_NOMINEE)
		err = bv_nominee_check(m->ctx, m->port, 0);
	if (!err)
		err = bv_check_alone(m->ctx, m->port, m->flags);
	return err;
}

int bv_slave_add(struct bv_ctx *ctx, const char *name,
		 const struct bv_slave_opts *opts)
{
	struct bv_slave_opts all;
	struct making m = {
		.ctx = ctx,
		.name = name,
		.opts = &all,
		.netns_fd = -1,
	};
	int err = bv_begin(ctx);

	if (err)
		return err;
	err = bv_check_opts(ctx, opts, &all);
	if (!err)
		err = bv_check_name(ctx, name);
	if (!err)
		err = bv_check_master(ctx, &all, &m.master);
	m.kind = all.kind ? all.kind : BV_KIND_IPVLAN;
	if (!err)
		err = bv_check_against_master(ctx, m.kind, &all, &m.master);
	if (!err)
		err = open_slave_netns(&m);
	if (!err)
		err = choose_flags(&m);
	if (!err)
		err = choose_mac(&m);
	if (!err)
		err = get_port(&m);
	if (!err)
		err = check_siblings(&m);
	if (!err) {
		err = make_slave(&m);
		if (err && m.port->fresh) {
			char why[sizeof(ctx->error)];

			memcpy(why, ctx->error, sizeof(why));
			(void)bv_port_remove(ctx, m.port);
			memcpy(ctx->error, why, sizeof(why));
		} else if (!err) {
			m.port->fresh = false;
		}
	}
	bv_rcu_restore(m.rcu);
	bv_close_fd(&m.netns_fd);
	bv_end(ctx);
	return err;
}
