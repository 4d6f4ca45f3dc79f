/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bpfvlan.h - IPVLAN and MACVLAN sub-interfaces ("slaves") made of verified BPF
 * programs.
 *
 * The state is the kernel's: a master's programs and their maps, and the
 * devices. A bv_ctx is a view on one network namespace, the masters', and holds
 * no state of its own that matters after it is freed.
 *
 * Conventions of every function that returns int:
 *  - 0 or a count on success, a negative errno on failure;
 *  - on failure the system is as it was, outputs are untouched, and
 *    bv_ctx_error() says what failed, on which object, and why;
 *  - a bv_ctx, and what it returned, belongs to one thread at a time. Different
 *    contexts, in different threads and processes, may work on one master at
 *    once: changes are serialised by a lock on the network namespace, which the
 *    kernel drops with the process that held it.
 *  - common errors, not repeated below: -EPERM (no CAP_NET_ADMIN, CAP_BPF or
 *    CAP_SYS_ADMIN), -ENOMEM, -EOPNOTSUPP (the kernel lacks what is needed),
 *    -ENODEV (a device or namespace that was named does not exist).
 *
 * Options are structs that begin with their own size, so that later versions
 * can append fields: initialise with BV_OPTS(). Zero means default.
 *
 * Addresses are binary in network byte order; numbers are in host order.
 */
#ifndef BPFVLAN_BPFVLAN_H
#define BPFVLAN_BPFVLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BV_API __attribute__((visibility("default")))

#define BV_NAME_LEN 16 /* IFNAMSIZ */
#define BV_MAC_LEN 6

/* clang-format off */
#define BV_OPTS(type, name, ...) \
	struct type name = { .sz = sizeof(struct type), __VA_ARGS__ }
/* clang-format on */

struct bv_ctx;

/**
 * bv_ctx_new - open a view on a network namespace
 * @ret:   the context; the caller frees it with bv_ctx_free()
 * @netns: name below /run/netns or a path to a namespace file (ip-netns(8));
 *         NULL: the calling thread's namespace
 *
 * The calling thread's namespace is never changed for longer than a call.
 * Errors: -ENOENT no such namespace. There is no context to ask for a message.
 */
BV_API int bv_ctx_new(struct bv_ctx **ret, const char *netns);

/** bv_ctx_free - free a context, NULL included; ends an open batch */
BV_API void bv_ctx_free(struct bv_ctx *ctx);

/**
 * bv_ctx_error - what the last failed call of this context has to say
 *
 * One line without a final full stop or newline. Valid until the next call.
 */
BV_API const char *bv_ctx_error(const struct bv_ctx *ctx);

/**
 * bv_batch_begin - keep the lock, and what was found, over several calls
 *
 * Between begin and end the kernel's grace periods are expedited
 * (/sys/kernel/rcu_expedited; a child process puts it back if this one dies),
 * because attaching and deleting otherwise wait 10 ms and more each.
 * Every call between them is still all or nothing by itself.
 * Errors: -EALREADY a batch is open.
 */
BV_API int bv_batch_begin(struct bv_ctx *ctx);
BV_API void bv_batch_end(struct bv_ctx *ctx);

enum bv_kind {
	BV_KIND_IPVLAN = 1,
	BV_KIND_MACVLAN = 2,
	BV_KIND_IPVTAP = 3, /* ipvlan, made of a tap: for a virtual machine */
	BV_KIND_MACVTAP = 4,
};

enum bv_mode {
	BV_MODE_L2 = 1,
	BV_MODE_L3 = 2, /* routed by the programs, by the host's tables */
	BV_MODE_L3S = 3, /* routed by the host's stack, netfilter included */
	/* Those of macvlan and macvtap; MACVLAN_MODE_ of linux/if_link.h. */
	BV_MODE_PRIVATE = 4,
	BV_MODE_VEPA = 5,
	BV_MODE_BRIDGE = 6,
	BV_MODE_PASSTHRU = 7,
	BV_MODE_SOURCE = 8,
};

/* How a slave meets its siblings; IFLA_IPVLAN_FLAGS of linux/if_link.h. */
enum bv_flag {
	BV_FLAG_BRIDGE = 1,
	BV_FLAG_PRIVATE = 2,
	BV_FLAG_VEPA = 3,
};

/* Which ARP requests and neighbour solicitations a slave hears. */
enum bv_arp {
	BV_ARP_FILTER = 1, /* those for its own addresses */
	BV_ARP_FLOOD = 2, /* and those for addresses that nobody owns */
};

/* What a slave is made of; both do the same. */
enum bv_via {
	BV_VIA_AUTO = 0, /* netkit where it works, else veth */
	BV_VIA_VETH = 1,
	BV_VIA_NETKIT = 2,
};

/* A switch that an option struct may leave alone. */
enum bv_switch {
	BV_SWITCH_UNSET = 0,
	BV_SWITCH_ON = 1,
	BV_SWITCH_OFF = 2,
};

/* How the list of MACs changes that a slave in BV_MODE_SOURCE hears. */
enum bv_macaddr {
	BV_MACADDR_ADD = 1,
	BV_MACADDR_DEL = 2, /* those that are there */
	BV_MACADDR_SET = 3, /* to these, which may be none */
	BV_MACADDR_FLUSH = 4,
};

/*
 * What to create, or (bv_slave_set()) what to change.
 * Each field's zero means: the default, or no change.
 */
struct bv_slave_opts {
	size_t sz;
	const char *master; /* add: the master's name. Set: must be NULL */
	const char
		*netns; /* add: where the slave goes. Set: which one is meant */
	const char *new_name; /* set: rename */
	enum bv_kind kind; /* add: default BV_KIND_IPVLAN. Set: 0 or its kind */
	enum bv_mode mode; /* default BV_MODE_L3, of macvlan BV_MODE_VEPA */
	enum bv_flag flag; /* ipvlan only; default BV_FLAG_BRIDGE */
	enum bv_switch host; /* default on: host and slave reach each other */
	enum bv_switch up; /* default off */
	uint32_t mtu; /* bytes; default the master's */
	/* BV_MAC_LEN bytes. ipvlan: only the master's; macvlan: default random */
	const uint8_t *mac;
	uint32_t max_slaves; /* sizes of the master's tables: when the first */
	uint32_t max_addrs; /* slave is added, or no more than there is */
	/* not l3, l3s; default BV_ARP_FILTER, of macvlan BV_ARP_FLOOD */
	enum bv_arp arp;
	enum bv_switch proxy; /* l3, l3s: answer the wire's ARP; default off */
	enum bv_switch nominee; /* l3: gets what is for nobody; default off */
	enum bv_via via; /* add: default BV_VIA_AUTO. Set: must be 0 */
	/* The rest is for macvlan. */
	enum bv_switch nopromisc; /* passthru: master not promiscuous */
	enum bv_switch nodst; /* source: what it hears, nobody else does */
	enum bv_macaddr macaddr; /* source only */
	const uint8_t *source_macs; /* for macaddr, BV_MAC_LEN bytes each */
	uint32_t n_source_macs;
	/* Frames that may wait for the copier; the master's is the largest. */
	const uint32_t *bcqueuelen; /* NULL: default 1000, or no change */
	/* Copies of a frame made at once, -1: all. The master's. */
	const int32_t *bclim; /* NULL: no change */
	/* And this for taps, when they are added: who may open it. */
	const uint32_t *user, *group; /* NULL: root, in that namespace */
	bool multi_queue; /* it may be opened several times */
	size_t : 0;
};

/**
 * bv_slave_add - create a slave of a master
 * @name: 1 to 15 bytes, unused in the slave's namespace
 *
 * A tap (BV_KIND_IPVTAP, BV_KIND_MACVTAP) is of the master's namespace, with
 * IFF_VNET_HDR, and persistent; whoever uses it opens it by name.
 *
 * Errors: -EEXIST name in use; -EINVAL the master is lo, is not Ethernet, is
 * itself a host end, an option is out of range, or options contradict each
 * other, macaddr without BV_MODE_SOURCE, BV_MODE_PASSTHRU beside another slave
 * or another beside it, macvlan with an MTU larger than the master's; -EMSGSIZE
 * ipvlan with such an MTU; -EBUSY the master has a nominee; -EOPNOTSUPP ipvlan
 * with another MAC than the master's, or BV_VIA_NETKIT on a kernel without it;
 * -ENOSPC the master has all the slaves or MACs it has room for, or so many
 * slaves list a MAC; -EADDRNOTAVAIL not the MAC of a device; -EADDRINUSE a
 * sibling's MAC, or the master's.
 */
BV_API int bv_slave_add(struct bv_ctx *ctx, const char *name,
			const struct bv_slave_opts *opts);

/**
 * bv_slave_set - change a slave while it runs
 *
 * Errors: -ENODEV no such slave; -ENOTUNIQ several have this name and
 * opts->netns does not say which; -EINVAL to or from BV_MODE_PASSTHRU;
 * -EOPNOTSUPP it is of another kind; otherwise as bv_slave_add().
 */
BV_API int bv_slave_set(struct bv_ctx *ctx, const char *name,
			const struct bv_slave_opts *opts);

/** Names a slave: netns may be NULL where the name is unique. */
struct bv_slave_ref {
	const char *name;
	const char *netns;
};

/**
 * bv_slave_del - delete slaves with their addresses, all or none
 * @failed: index of the reference that could not be resolved; may be NULL
 *
 * Much faster for many at once than one by one. A master's programs go with its
 * last slave. Errors: -ENODEV, -ENOTUNIQ as bv_slave_set().
 */
BV_API int bv_slave_del(struct bv_ctx *ctx, const struct bv_slave_ref *refs,
			size_t n, size_t *failed);

struct bv_slave_stats {
	uint64_t rx_bytes, rx_packets, rx_errors, rx_dropped, rx_multicast;
	uint64_t tx_bytes, tx_packets, tx_errors, tx_dropped, tx_collisions;
};

/* A slave as it is now: ours, and what rtnetlink(7) says of its device. */
struct bv_slave_info {
	char name[BV_NAME_LEN];
	char master[BV_NAME_LEN];
	char host_dev[BV_NAME_LEN]; /* the host end, in the master's netns */
	char netns[256]; /* name below /run/netns; "" if it has none */
	int32_t netnsid; /* as seen from the master's netns; -1: the same */
	uint32_t ifindex; /* in its own netns */
	uint32_t master_ifindex;
	uint32_t host_ifindex;
	uint32_t slot;
	enum bv_kind kind;
	enum bv_mode mode;
	enum bv_flag flag;
	bool host;
	enum bv_arp arp;
	bool proxy;
	bool nominee;
	enum bv_via via; /* of a tap BV_VIA_AUTO, else never that */
	bool master_up;
	uint32_t if_flags; /* IFF_ */
	uint32_t mtu, min_mtu, max_mtu;
	uint32_t group, txqlen, promiscuity, allmulti;
	uint32_t num_tx_queues, num_rx_queues;
	uint32_t gso_max_size, gso_max_segs, tso_max_size, tso_max_segs;
	uint32_t gro_max_size, gso_ipv4_max_size, gro_ipv4_max_size;
	uint8_t operstate; /* IF_OPER_ */
	uint8_t linkmode; /* IF_LINK_MODE_ */
	uint8_t addr_gen_mode; /* IN6_ADDR_GEN_MODE_ */
	uint8_t mac[BV_MAC_LEN];
	uint8_t brd[BV_MAC_LEN];
	char qdisc[BV_NAME_LEN];
	struct bv_slave_stats stats;
	const uint64_t *drops; /* bv_drop_count() of them, by reason */
	/* Of macvlan. */
	bool nopromisc, nodst;
	uint32_t bcqueuelen; /* what it asked for */
	uint32_t bcqueuelen_used; /* what the master gives to all */
	int32_t bclim; /* the master's */
	uint32_t learned_macs; /* that it sent from, besides its device's */
	const uint8_t *source_macs; /* BV_MAC_LEN bytes each, in order */
	uint32_t n_source_macs;
	/* Of taps. */
	bool multi_queue;
	int64_t user, tap_group; /* -1: none */
	uint8_t guest_mac[BV_MAC_LEN]; /* ipvtap: who is behind it; 0: unknown */
};

/** How a list is narrowed; NULL or "" in a field: any. */
struct bv_slave_filter {
	const char *name;
	const char *netns;
	const char *master;
};

/**
 * bv_slave_list - the slaves of the namespace's masters, by master and slot
 * @ret: array of the returned length, freed with bv_slave_list_free()
 *
 * Slaves whose device is gone, with its namespace for instance, are left out.
 * Changes nothing. Returns the number, 0 included.
 */
BV_API int bv_slave_list(struct bv_ctx *ctx, const struct bv_slave_filter *f,
			 struct bv_slave_info **ret);
BV_API void bv_slave_list_free(struct bv_slave_info *list, int n);

/** The host's own drops on a master, which belong to no slave. */
struct bv_master_info {
	char name[BV_NAME_LEN];
	uint32_t ifindex;
	uint32_t slaves; /* in use */
	uint32_t max_slaves, max_addrs;
	const char *hook; /* "tcx" or "clsact" */
	uint64_t memory; /* resident bytes of the maps */
	const uint64_t *drops;
	uint32_t promiscuity; /* 0: its filter has all the MACs of slaves */
};

/** bv_master_list - the masters that have our programs; as bv_slave_list() */
BV_API int bv_master_list(struct bv_ctx *ctx, struct bv_master_info **ret);
BV_API void bv_master_list_free(struct bv_master_info *list, int n);

/** bv_drop_count, bv_drop_name, bv_drop_text - reasons for which we drop */
BV_API int bv_drop_count(void);
BV_API const char *bv_drop_name(int reason);
BV_API const char *bv_drop_text(int reason);

enum bv_addr_origin {
	BV_ORIGIN_LEARNED = 0,
	BV_ORIGIN_STATIC = 1,
};

struct bv_address {
	int family; /* AF_INET or AF_INET6 */
	uint8_t plen;
	uint8_t ip[16]; /* network order; IPv4 uses the first four bytes */
};

/**
 * bv_addr_add - make an address a slave's own and set it on its device
 *
 * Errors: -EADDRINUSE the address belongs to another slave of the master or to
 * the master itself; -EEXIST this slave has it, static; -EINVAL multicast,
 * loopback, unspecified, or a prefix longer than the family's; -ENOSPC the
 * address table is full; -ENODEV, -ENOTUNIQ as bv_slave_set().
 */
BV_API int bv_addr_add(struct bv_ctx *ctx, const struct bv_slave_ref *slave,
		       const struct bv_address *addr);

/**
 * bv_addr_del - take an address, static or learned, from a slave
 *
 * A plen of 255 stands for whatever it has. Errors: -EADDRNOTAVAIL it is not
 * this slave's, or has another plen; -ENODEV, -ENOTUNIQ as bv_slave_set().
 */
BV_API int bv_addr_del(struct bv_ctx *ctx, const struct bv_slave_ref *slave,
		       const struct bv_address *addr);

struct bv_addr_info {
	struct bv_address addr;
	enum bv_addr_origin origin;
	char slave[BV_NAME_LEN];
	char master[BV_NAME_LEN];
	char netns[256];
	uint32_t slave_ifindex;
	uint32_t slot;
};

/** bv_addr_list - slaves' addresses, by slave; as bv_slave_list() */
BV_API int bv_addr_list(struct bv_ctx *ctx, const struct bv_slave_filter *f,
			struct bv_addr_info **ret);
BV_API void bv_addr_list_free(struct bv_addr_info *list, int n);

#ifdef __cplusplus
}
#endif

#endif /* BPFVLAN_BPFVLAN_H */
