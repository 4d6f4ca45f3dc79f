/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * internal.h - what the files of libbpfvlan share.
 *
 * Layers, each using only those above it:
 *   error.c netns.c rcu.c	messages; namespaces; grace periods
 *   conf.c			sysctls of devices
 *   hook.c			a program on a device, by TCX or clsact
 *   netkit.c			a slave's devices and program, via veth or netkit
 *   port.c port_new.c port_sync.c
 *				a master's programs and maps: find, make, remove,
 *				bring up to date
 *   orphan.c			...where the master does not lead to them
 *   table.c group.c mac.c source.c
 *				the tables of a port: addresses, groups, MACs
 *   listen.c			the counts and sets that go with addresses
 *   copier.c			the device that copies wait on
 *   live.c			which slaves of a port are alive, and their devices
 *   route.c			the host's routes to l3s slaves
 *   master_conf.c filter.c	what is changed on a master, and put back
 *   macvlan.c			slaves that have MACs of their own
 *   tap.c			slaves that are taps
 *   routed.c guard.c		what l3 and l3s need of host ends and the master
 *   check.c flags.c		arguments; what they make of a slave's flags
 *   slave.c slave_set.c slave_del.c slave_list.c addr.c addr_list.c master.c
 *				the public functions
 */
#ifndef BV_LIB_INTERNAL_H
#define BV_LIB_INTERNAL_H

#include <bpfvlan/bpfvlan.h>
#include <errno.h>
#include <net/if.h>
#include <stdint.h>
#include <unistd.h>

#include "abi/bv_abi.h"
#include "nl/nl.h"

/* ARPHRD_ETHER: linux/if_arp.h cannot be included beside net/if.h. */
#define BV_ARPHRD_ETHER 1

struct port;
struct rcu_guard;

/* A namespace that has an nsid in ours, by its name below /run/netns. */
struct ns_name {
	int nsid;
	char name[256];
};

struct netns_scope {
	int back; /* -1: nothing to undo */
};

struct bv_ctx {
	int netns_fd; /* the masters' namespace; its inode is the lock */
	bool foreign; /* ...and not the calling thread's */
	bool batch;
	bool locked;
	struct netns_scope inside; /* during a call: in the masters' namespace */
	int ioctl_fd; /* a socket of the namespace, for netdevice(7) */
	int conf_fd, conf4_fd; /* of IPv6, IPv4, once needed; else negative */
	struct nl_sock *nl;
	struct rcu_guard *rcu;
	struct port *ports; /* open ones; between calls only in a batch */
	bool all_ports; /* ...and these are all there are */
	struct ns_name *ns_names; /* likewise */
	size_t n_ns_names;
	char error[512];
};

/* error.c: both fill ctx->error and return err, which is negative. */
int bv_fail(struct bv_ctx *ctx, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* ...and add the errno's text, and what netlink had to say in its own words. */
int bv_fail_nl(struct bv_ctx *ctx, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* ...likewise, where another socket than the ctx's was asked. */
int bv_fail_sock(struct bv_ctx *ctx, int err, const struct nl_sock *nl,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * error.c: room for one more element in an array that grows; -ENOMEM. *array
 * and *room belong together, n elements are in use.
 */
int bv_grow(void *array, size_t *room, size_t n, size_t size);

/* Cleanup attributes: an owning local says so where it is declared. */
static inline void bv_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
#define _cleanup_fd_ __attribute__((cleanup(bv_close_fd)))

/* netns.c */
/* Enters a namespace until the scope ends; fd -1 stays. */
int bv_netns_enter(struct netns_scope *scope, int fd);
void bv_netns_leave(struct netns_scope *scope);
#define _cleanup_netns_ __attribute__((cleanup(bv_netns_leave)))
/*
 * By name below /run/netns, by path; NULL: the thread's own. Returns an fd;
 * -EINVAL: the path is of something else.
 */
int bv_netns_open(const char *name);
/* By nsid in the ctx's; looks below /run/netns, then at all processes. */
int bv_netns_open_nsid(struct bv_ctx *ctx, int nsid);
bool bv_netns_same(int fd_a, int fd_b);
/* "" if it has no name. Valid until the call's end. */
const char *bv_netns_name(struct bv_ctx *ctx, int nsid);
void bv_netns_forget(struct bv_ctx *ctx);
/* nsid of a namespace given by name or path; -ENOENT: none, or none yet. */
int bv_netns_resolve(struct bv_ctx *ctx, const char *netns, int *nsid);

/* conf.c: settings of devices, in /proc/sys/net/FAMILY/conf */
#define BV_CONF_LEN 16
/* Of the thread's namespace. -ENOENT: the kernel lacks the family. */
int bv_conf_open(const char *family);
/* Of the masters'; belongs to ctx. */
int bv_conf_fd(struct bv_ctx *ctx, int family);
/* -ENOENT: no such device, no such setting, or not IPv6 on this device. */
int bv_conf_set(int conf_fd, const char *dev, const char *key,
		const char *value);
int bv_conf_get(int conf_fd, const char *dev, const char *key,
		char value[BV_CONF_LEN]);
/* Writes what is not so yet. */
int bv_conf_need(int conf_fd, const char *dev, const char *key,
		 const char *value);
/*
 * ...where the key is forwarding, of IPv6. Whoever turns it on for one device
 * has the kernel drop the default routes that router advertisements gave to any
 * device (rt6_purge_dflt_routers()), except where accept_ra is 2, which it is
 * made for that moment.
 */
int bv_conf_forward6(struct bv_ctx *ctx, int conf_fd, const char *dev,
		     const char *value);

/* rcu.c */
int bv_rcu_expedite(struct rcu_guard **ret);
void bv_rcu_restore(struct rcu_guard *guard);

/*
 * ctx.c: brackets around every public function. Between them the thread is in
 * the masters' namespace, and with bv_begin() the namespace is locked.
 */
int bv_begin(struct bv_ctx *ctx);
int bv_begin_reading(struct bv_ctx *ctx);
void bv_end(struct bv_ctx *ctx);

/* hook.c. Programs are looked for by name. */
enum bv_hook bv_hook_choose(uint32_t ifindex);
int bv_hook_attach(struct bv_ctx *ctx, enum bv_hook hook, uint32_t ifindex,
		   bool egress, int prog_fd);
int bv_hook_detach(struct bv_ctx *ctx, enum bv_hook hook, uint32_t ifindex,
		   bool egress, int prog_fd);
/* Returns an fd of the program; -ENOENT: none of that name. */
int bv_hook_find(struct bv_ctx *ctx, uint32_t ifindex, bool egress,
		 const char *name, enum bv_hook *hook);
const char *bv_hook_name(enum bv_hook hook);
/* An fd of the program if it has that name, else -ENOENT. */
int bv_prog_open(uint32_t id, const char *name);

/* A port that is open: its maps, and the shared memory behind four of them. */
struct port {
	struct port *next;
	struct nl_link link; /* the master */
	struct bv_port *rec;
	struct bv_slave *slaves; /* [slots] */
	struct bv_drops *drops; /* [slots] */
	struct bv_listeners *listeners; /* [BV_WORDS(slots)] */
	uint32_t slots;
	int port_fd, slaves_fd, drops_fd, addrs_fd, listeners_fd, groups_fd;
	int dhcp_fd, macs_fd;
	int tx_prog_fd; /* -1 until it is needed */
	bool fresh; /* made by the present call, which unwinds it */
	bool checked; /* reaped and synced since it was opened */
};

/* port.c */
struct port *bv_port_alloc(const struct nl_link *master);
/* From a program that uses its maps; -ENOENT: they are not a port's. */
int bv_port_from_prog(struct bv_ctx *ctx, int prog_fd,
		      const struct nl_link *master, struct port **ret);
/* -ENOENT: this master has no port. Belongs to ctx, which closes it. */
int bv_port_open(struct bv_ctx *ctx, const struct nl_link *master,
		 struct port **ret);
/* Every port of the namespace. */
int bv_port_open_all(struct bv_ctx *ctx);
void bv_port_close(struct port *port);
void bv_ports_add(struct bv_ctx *ctx, struct port *port);
void bv_ports_close(struct bv_ctx *ctx);
int bv_port_map(struct bv_ctx *ctx, struct port *port);

/* port_sync.c */
/* Follows the master's MAC, MTU and addresses, and the MACs of slaves. */
int bv_port_sync(struct bv_ctx *ctx, struct port *port);
/* Reaps, syncs and repairs an open port, once: before any change to it. */
int bv_port_check(struct bv_ctx *ctx, struct port *port);

/* port_new.c */
int bv_port_new(struct bv_ctx *ctx, const struct nl_link *master,
		uint32_t slots, uint32_t addrs, struct port **ret);
/* Attaches anew what somebody has taken off the master. */
int bv_port_repair(struct bv_ctx *ctx, struct port *port);
/* An fd of a program (BV_PROG_) on the port's maps, loaded for this. */
int bv_port_load_prog(struct bv_ctx *ctx, const struct port *port,
		      const char *name);
/* Takes the programs off the master; @port is closed. */
int bv_port_remove(struct bv_ctx *ctx, struct port *port);

/* orphan.c: finds ports whose master has lost all our programs, or is gone. */
int bv_orphans_settle(struct bv_ctx *ctx);

/* slave_del.c: deletes devices of the ctx's namespace, many at the price of one. */
int bv_links_delete(struct bv_ctx *ctx, const uint32_t *ifindexes, size_t n);

static inline uint32_t bv_host_ifindex(const struct port *port, uint32_t slot)
{
	return port->rec->base_ifindex + slot;
}

/* netkit.c */
/* BV_SLAVE_NETKIT in *flags says which of the two; the error is set. */
int bv_via_choose(struct bv_ctx *ctx, const struct bv_slave_opts *opts,
		  const struct nl_link *master, uint32_t *flags);
/* As nl_veth_add(); by veth after all if netkit does not work and may not be. */
int bv_pair_add(struct bv_ctx *ctx, const struct bv_slave_opts *opts,
		const struct nl_veth *pair, uint32_t *flags);
/* The slave's program, port->tx_prog_fd. */
int bv_end_attach(struct bv_ctx *ctx, const struct port *port, uint32_t slot,
		  uint32_t flags);
/* An fd of the slave's program, from its host end; -ENOENT: it has none. */
int bv_end_find(struct bv_ctx *ctx, uint32_t ifindex);
/* Could it be one of the devices of a slave? */
bool bv_is_end_kind(const struct nl_link *link);

/* tap.c */
static inline bool bv_kind_is_tap(enum bv_kind kind)
{
	return kind == BV_KIND_IPVTAP || kind == BV_KIND_MACVTAP;
}
/* The kind whose modes and options it has. */
static inline enum bv_kind bv_kind_family(enum bv_kind kind)
{
	return kind == BV_KIND_IPVTAP  ? BV_KIND_IPVLAN :
	       kind == BV_KIND_MACVTAP ? BV_KIND_MACVLAN :
					 kind;
}
/* Do the options go with a tap, or with none? */
int bv_check_tap(struct bv_ctx *ctx, const char *name, enum bv_kind kind,
		 const struct bv_slave_opts *opts);
/* -EINVAL, for one that was to be elsewhere. */
int bv_check_tap_netns(struct bv_ctx *ctx, const char *name);
/* Down, with the near end's ifindex and the peer's MTU; sets the error. */
int bv_tap_add(struct bv_ctx *ctx, const struct bv_slave_opts *opts,
	       const struct nl_veth *tap);

struct live_slave {
	struct port *port;
	uint32_t slot;
	struct nl_link host; /* host end */
	struct nl_link link; /* the slave itself */
	int nsid; /* where it is; NL_NSID_SELF: in the master's namespace */
};

/* tap.c: from live->host, how the slave looks. */
void bv_tap_link(const struct bv_slave *rec, struct live_slave *live);
void bv_tap_fill(const struct bv_slave *rec, const struct live_slave *live,
		 struct bv_slave_info *info);

/* table.c */
int bv_table_get(const struct port *port, const struct bv_addr_key *key,
		 struct bv_addr *addr);
int bv_table_del(const struct port *port, const struct bv_addr_key *key);
/* Calls back for each entry; the callback may delete. */
typedef int (*bv_table_cb)(const struct port *port,
			   const struct bv_addr_key *key,
			   const struct bv_addr *addr, void *arg);
int bv_table_each(struct bv_ctx *ctx, const struct port *port, bv_table_cb cb,
		  void *arg);
/* Frees the addresses of all slots for which gone[slot] is set. */
int bv_table_purge(struct bv_ctx *ctx, const struct port *port,
		   const bool *gone);
void bv_key_from_ip(struct bv_addr_key *key, int family, const uint8_t *ip);
void bv_key_to_address(const struct bv_addr_key *key, uint8_t plen,
		       struct bv_address *addr);

/* Ours among the host's routes; others may have it, we look at host ends. */
#define BV_RTPROT 183

/*
 * route.c: routes to the addresses of l3s slaves. -EEXIST: somebody else has a
 * route to the address.
 */
int bv_route_add(struct bv_ctx *ctx, const struct live_slave *live,
		 const struct bv_addr_key *key);
void bv_route_del(struct bv_ctx *ctx, const struct live_slave *live,
		  const struct bv_addr_key *key);
/* A slave's, all or none; or (not on) takes them away. */
int bv_routes_set(struct bv_ctx *ctx, struct port *port, uint32_t slot,
		  bool on);
/* Those of all slaves of a port, as far as they can be had. */
int bv_routes_sync(struct bv_ctx *ctx, struct port *port);

/* routed.c */
/* The MTU of a host end in the mode that flags say. */
uint32_t bv_host_end_mtu(const struct port *port, uint32_t flags,
			 uint32_t slave_mtu);
/* A host end as the mode in flags wants it, with another MTU if not 0. */
int bv_host_end_set(struct bv_ctx *ctx, const struct port *port, uint32_t slot,
		    uint32_t flags, uint32_t mtu);
/*
 * All that the mode in flags needs in the masters' namespace, and no more. With
 * the bits of two modes: what either needs.
 */
int bv_routed_set(struct bv_ctx *ctx, struct port *port, uint32_t slot,
		  uint32_t flags, uint32_t mtu);
/* Forwarding on the master, if one of its slaves needs it. */
int bv_forward_sync(struct bv_ctx *ctx, struct port *port);
/*
 * As it must be, after whoever changed sysctls, or was killed. What cannot be
 * had keeps nobody from deleting a slave, say.
 */
void bv_routed_check(struct bv_ctx *ctx, struct port *port);

/* guard.c: bv_end_tx() at a host end, where flags want it, and only there. */
int bv_guard_set(struct bv_ctx *ctx, const struct port *port, uint32_t slot,
		 uint32_t flags);

/* master_conf.c */
/* Has the master forward, or as before; slaves' flags tell what is not. */
int bv_forward_set(struct bv_ctx *ctx, struct port *port, bool on);
/* The master's multicast filter lets pass what slaves join. */
int bv_allmulti_sync(struct bv_ctx *ctx, struct port *port);
/* Puts the master back as it was before the port. */
void bv_master_restore(struct bv_ctx *ctx, struct port *port);

/*
 * listen.c: n more or less IPv4 addresses for a slot; of others nothing is
 * counted. And what a change of flags or the slot's end means for who hears
 * questions.
 */
void bv_count_addr(const struct port *port, uint32_t slot,
		   const struct bv_addr_key *key, int n);
void bv_listen_settle(const struct port *port, uint32_t slot);

/* copier.c */
int bv_copier_make(struct bv_ctx *ctx, struct port *port);
/* ...if there is none, and copies are left to it. */
int bv_copier_need(struct bv_ctx *ctx, struct port *port);
void bv_copier_remove(struct bv_ctx *ctx, struct port *port);
/* Makes anew what is not as it was made. */
int bv_copier_repair(struct bv_ctx *ctx, struct port *port);
/* An fd of bv_copy(), by a copier's near end; -ENOENT: none that is whole. */
int bv_copier_prog(struct bv_ctx *ctx, uint32_t near_ifindex);

/* mac.c */
bool bv_mac_valid(const uint8_t mac[BV_MAC_LEN]);
/* One for a device that was given none. */
int bv_mac_random(uint8_t mac[BV_MAC_LEN]);
/* Entries as they are; -ENOENT, -EEXIST, -ENOSPC: the table is full. */
int bv_mac_get(const struct port *port, const uint8_t mac[BV_MAC_LEN],
	       uint16_t n, uint32_t *owner);
int bv_mac_put(const struct port *port, const uint8_t mac[BV_MAC_LEN],
	       uint16_t n, uint32_t owner, bool replace);
int bv_mac_del(const struct port *port, const uint8_t mac[BV_MAC_LEN],
	       uint16_t n);
/* Calls back for each entry; the callback may delete. */
typedef int (*bv_macs_cb)(const struct port *port, const struct bv_mac_key *key,
			  uint32_t owner, void *arg);
int bv_macs_each(struct bv_ctx *ctx, const struct port *port, bv_macs_cb cb,
		 void *arg);
/*
 * Makes a MAC a slave's own, without a message. -EADDRINUSE: it is another's own;
 * -ENOSPC.
 */
int bv_mac_own(struct bv_ctx *ctx, const struct port *port, uint32_t slot,
	       const uint8_t mac[BV_MAC_LEN]);
void bv_mac_disown(const struct port *port, uint32_t slot,
		   const uint8_t mac[BV_MAC_LEN]);
/* Frees the MACs and lists of all slots for which gone[slot] is set. */
int bv_macs_purge(struct bv_ctx *ctx, const struct port *port,
		  const bool *gone);

/* source.c: a slave's list, which the caller frees. */
struct bv_source {
	uint8_t *macs; /* [n][BV_MAC_LEN] */
	uint32_t n;
};
int bv_source_get(struct bv_ctx *ctx, const struct port *port, uint32_t slot,
		  struct bv_source *ret);
/* By opts->macaddr, all or nothing; what was there before is in *old. */
int bv_source_change(struct bv_ctx *ctx, const struct port *port, uint32_t slot,
		     const struct bv_slave_opts *opts, struct bv_source *old);
void bv_source_restore(struct bv_ctx *ctx, const struct port *port,
		       uint32_t slot, const struct bv_source *old);
int bv_sources_purge(struct bv_ctx *ctx, const struct port *port,
		     const bool *gone);

/* filter.c */
/* One more MAC, or one less, that the master has to take. */
int bv_filter_add(struct bv_ctx *ctx, struct port *port,
		  const uint8_t mac[BV_MAC_LEN]);
void bv_filter_del(struct bv_ctx *ctx, const struct port *port,
		   const uint8_t mac[BV_MAC_LEN]);
/* All of them as the table of MACs has them, and promiscuous where it must be. */
int bv_filter_sync(struct bv_ctx *ctx, struct port *port);
void bv_filter_restore(struct bv_ctx *ctx, struct port *port);

/* macvlan.c */
/* What the port counts of its slaves: after each change of them. */
int bv_counts_sync(struct bv_ctx *ctx, struct port *port);
/* All that a new slave has of MACs, published, and what the port counts. */
int bv_macvlan_claim(struct bv_ctx *ctx, struct port *port, uint32_t slot,
		     const uint8_t mac[BV_MAC_LEN],
		     const struct bv_slave_opts *opts);
void bv_macvlan_release(struct bv_ctx *ctx, struct port *port, uint32_t slot);
/* A MAC becomes the slave's, and one that the master takes; with a message. */
int bv_macvlan_enter(struct bv_ctx *ctx, struct port *port, uint32_t slot,
		     const uint8_t mac[BV_MAC_LEN]);
void bv_macvlan_leave(struct bv_ctx *ctx, struct port *port, uint32_t slot,
		      const uint8_t mac[BV_MAC_LEN]);
/* A slave's device and all that goes with its MAC; nl is of its namespace. */
int bv_macvlan_set_mac(struct bv_ctx *ctx, const struct live_slave *live,
		       struct nl_sock *nl, const uint8_t mac[BV_MAC_LEN]);
/* The master's, and with it those of both ends but the slave's own device. */
int bv_passthru_set_mac(struct bv_ctx *ctx, const struct live_slave *live,
			const uint8_t mac[BV_MAC_LEN]);
void bv_passthru_restore(struct bv_ctx *ctx, struct port *port);
/* The MACs of slaves as their devices have them, the counts, the filter. */
int bv_macvlan_sync(struct bv_ctx *ctx, struct port *port);

/* group.c: deletes groups that none of the slaves is in, but for those gone. */
int bv_groups_purge(struct bv_ctx *ctx, const struct port *port,
		    const bool *gone);

/* check.c: -EINVAL and the like, with the error set. */
/* Takes options of another version of the struct: *all has every field. */
int bv_check_opts(struct bv_ctx *ctx, const struct bv_slave_opts *opts,
		  struct bv_slave_opts *all);
int bv_check_name(struct bv_ctx *ctx, const char *name);
/* Is the kind one that there is, and do the options go with it? */
int bv_check_kind(struct bv_ctx *ctx, enum bv_kind kind,
		  const struct bv_slave_opts *opts);
int bv_check_against_master(struct bv_ctx *ctx, enum bv_kind kind,
			    const struct bv_slave_opts *opts,
			    const struct nl_link *master);

/* Looks the master up, and whether it can be one. */
int bv_check_master(struct bv_ctx *ctx, const struct bv_slave_opts *opts,
		    struct nl_link *master);
/* The options of macvlan for a slave with these flags. */
int bv_check_macvlan(struct bv_ctx *ctx, const char *name,
		     const struct bv_slave_opts *opts, uint32_t flags);
/* May one with these flags be added to those that the port has? */
int bv_check_alone(struct bv_ctx *ctx, const struct port *port, uint32_t flags);
/* Do these BV_SLAVE_ flags go together? */
int bv_check_flags(struct bv_ctx *ctx, const char *name, uint32_t flags);

/* flags.c: BV_SLAVE_ flags as the options change them, and back. */
/* Those of a slave that no option says anything of. */
uint32_t bv_slave_flags_default(enum bv_kind kind);
uint32_t bv_slave_flags_apply(const struct bv_slave_opts *opts, uint32_t flags);
enum bv_mode bv_slave_mode(uint32_t flags);
enum bv_flag bv_slave_flag(uint32_t flags);
/* -EBUSY: another slave of the port than the one of this slot is nominee. */
int bv_nominee_check(struct bv_ctx *ctx, struct port *port, uint32_t slot);
/* In the slave's record, and in the port's who is nominee. */
void bv_slave_flags_store(struct port *port, uint32_t slot, uint32_t flags);

/*
 * walk.c: each living slave that a filter lets through, by master and slot.
 * The callback returns 0 to go on or a negative errno to stop with.
 */
typedef int (*bv_walk_cb)(struct bv_ctx *ctx, const struct live_slave *live,
			  void *arg);
int bv_walk(struct bv_ctx *ctx, const struct bv_slave_filter *f, bv_walk_cb cb,
	    void *arg);

/* slave_list.c: BV_DROP_MAX_ counters, which the caller frees. */
uint64_t *bv_drops_copy(const struct port *port, uint32_t slot);

/* live.c */
/* Is the host end there? The cheapest question to ask. */
bool bv_slot_alive(const struct bv_ctx *ctx, const struct port *port,
		   uint32_t slot);
/* Finishes what killed commands began, and forgets slaves that are gone. */
int bv_reap(struct bv_ctx *ctx, struct port *port);
uint32_t bv_live_count(const struct port *port);
/* -ENODEV: gone. */
int bv_live_get(struct bv_ctx *ctx, struct port *port, uint32_t slot,
		struct live_slave *ret);
/* -ENODEV, -ENOTUNIQ; sets the error. Opens all ports. */
int bv_live_find(struct bv_ctx *ctx, const struct bv_slave_ref *ref,
		 struct live_slave *ret);
/* Enters the slave's namespace until the scope ends. */
int bv_slave_enter(struct bv_ctx *ctx, const struct live_slave *live,
		   struct netns_scope *scope);
/* A socket in the slave's namespace; the ctx's own if that is the same. */
int bv_slave_nl_open(struct bv_ctx *ctx, const struct live_slave *live,
		     struct nl_sock **ret);
void bv_slave_nl_close(const struct bv_ctx *ctx, struct nl_sock *nl);
/* Whether the slave's device does without ARP. */
int bv_slave_noarp(struct bv_ctx *ctx, const struct live_slave *live, bool on);
void bv_slot_free(struct port *port, uint32_t slot);
void bv_update_high_slot(struct port *port);

#endif /* BV_LIB_INTERNAL_H */
