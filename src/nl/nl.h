/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nl.h - rtnetlink(7) requests over libmnl, with no policy of our own.
 *
 * A socket speaks for the network namespace in which it was opened, whatever
 * its thread does later. Functions return 0 (or a count) or a negative errno;
 * after a failure nl_error() has the kernel's own words if it gave any.
 * A socket belongs to one thread at a time.
 */
#ifndef BV_NL_H
#define BV_NL_H

#include <linux/if_link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct nl_sock;

/* Opens a socket in the calling thread's network namespace. */
int nl_open(struct nl_sock **ret);
void nl_close(struct nl_sock *nl);
/* The extack message of the last failed request, or "". */
const char *nl_error(const struct nl_sock *nl);

#define NL_NSID_SELF (-1)

/* What is special of a tun or tap; all 0 for other devices. */
struct nl_tun {
	int64_t owner, group; /* -1: none */
	bool multi_queue;
};

struct nl_link {
	uint32_t ifindex;
	uint32_t flags; /* IFF_ */
	uint16_t type; /* ARPHRD_ */
	char name[16];
	char kind[16]; /* IFLA_INFO_KIND, "" if none */
	char qdisc[16];
	uint32_t peer_ifindex; /* IFLA_LINK, 0 if none */
	int32_t peer_nsid; /* IFLA_LINK_NETNSID, NL_NSID_SELF if none */
	uint32_t mtu, min_mtu, max_mtu;
	uint32_t group, txqlen, promiscuity, allmulti;
	uint32_t num_tx_queues, num_rx_queues;
	uint32_t gso_max_size, gso_max_segs, tso_max_size, tso_max_segs;
	uint32_t gro_max_size, gso_ipv4_max_size, gro_ipv4_max_size;
	uint8_t operstate, linkmode, addr_gen_mode;
	uint8_t mac_len;
	uint8_t mac[6], brd[6]; /* zero unless mac_len is 6 */
	struct rtnl_link_stats64 stats;
	struct nl_tun tun;
};

/*
 * One link, by ifindex or (ifindex 0) by name, alternative names included; nsid
 * is the namespace it lives in as numbered in the socket's. peer_nsid is
 * numbered there too, whatever nsid is: a peer in the socket's own namespace
 * then has the number that this namespace has for itself.
 * -ENODEV: no such link, or no such nsid.
 */
int nl_link_get(struct nl_sock *nl, int nsid, uint32_t ifindex,
		const char *name, struct nl_link *link);

/*
 * All links of the namespace. cb returns 0 to go on, a negative errno to stop,
 * which is then returned.
 * This and the other dumps are read to their end, again if something changed
 * meanwhile (-EAGAIN after 64 times), before cb is called: what it sees is of
 * one moment, and it may use the socket. -ENODEV: no such nsid.
 */
typedef int (*nl_link_cb)(const struct nl_link *link, void *arg);
int nl_link_dump(struct nl_sock *nl, int nsid, nl_link_cb cb, void *arg);

/* A veth pair in one request. */
struct nl_veth {
	const char *name; /* near end, in the socket's namespace */
	uint32_t ifindex; /* wanted for the near end */
	bool up; /* the near end; the peer is always DOWN */
	const char *peer_name;
	int peer_netns_fd; /* -1: the socket's namespace */
	uint32_t mtu;
	uint32_t peer_mtu;
	const uint8_t *mac; /* 6 bytes */
	const uint8_t *peer_mac; /* NULL: the same */
};
/* -EBUSY the ifindex is in use, else -EEXIST a name is (either end's). */
int nl_veth_add(struct nl_sock *nl, const struct nl_veth *veth);
/*
 * ...a netkit pair in mode l2, the near end its primary. Without a program the
 * peer's frames are dropped, the primary's pass. -EOPNOTSUPP: no netkit here, or
 * one that takes no MAC.
 */
int nl_netkit_add(struct nl_sock *nl, const struct nl_veth *pair);

/*
 * What nl_link_set() changes; a zero field (flag_mask too) is left alone.
 *
 * The kernel sets flags last, and does not undo what it did before it failed.
 * Before Linux 6.2 a link that is up cannot be renamed (-EBUSY).
 */
struct nl_link_change {
	uint32_t flags, flag_mask; /* IFF_ */
	uint32_t mtu;
	uint32_t group; /* never back to 0 by this */
	const char *name;
	const uint8_t *mac;
};
/*
 * A link of the socket's own namespace: there is no such request by nsid. With
 * IFLA_TARGET_NETNSID the kernel takes our link with that ifindex and moves it.
 */
int nl_link_set(struct nl_sock *nl, uint32_t ifindex,
		const struct nl_link_change *change);

int nl_link_del(struct nl_sock *nl, uint32_t ifindex);
/*
 * Deletes every link of a group (not group 0: -EPERM) in one go, or none.
 * -ENODEV: it has none; -EOPNOTSUPP: one of them cannot be deleted.
 */
int nl_link_del_group(struct nl_sock *nl, uint32_t group);

/*
 * A MAC in a link's unicast filter, as "bridge fdb add MAC dev DEV self" does.
 * Adding: -EEXIST it is there, whoever put it there; -EOPNOTSUPP and others: the
 * device has a mind of its own. Deleting: -ENOENT it is not there. A MAC that was
 * put there by other means is deleted as well.
 */
int nl_fdb_add(struct nl_sock *nl, uint32_t ifindex, const uint8_t mac[6]);
int nl_fdb_del(struct nl_sock *nl, uint32_t ifindex, const uint8_t mac[6]);
/* Unicast MACs that are there for good, not those a bridge learned for a port. */
typedef int (*nl_fdb_cb)(const uint8_t mac[6], void *arg);
int nl_fdb_dump(struct nl_sock *nl, uint32_t ifindex, nl_fdb_cb cb, void *arg);

/* nsid by which the socket's namespace knows another; -ENOENT: none yet. */
int nl_nsid_get(struct nl_sock *nl, int netns_fd);

struct nl_addr {
	int family; /* AF_INET or AF_INET6 */
	uint8_t plen, scope;
	uint32_t flags; /* IFA_F_ */
	uint32_t ifindex;
	uint8_t ip[16]; /* IFA_LOCAL, else IFA_ADDRESS; network order */
};
/*
 * No broadcast address is set, as with plain "ip addr add". Adding: -EEXIST the
 * link has it; -EACCES IPv6 is off on the link. Deleting: -EADDRNOTAVAIL it has
 * none with this prefix length. When an IPv4 address goes, so do the later ones
 * of its subnet, unless the sysctl promote_secondaries is on.
 */
int nl_addr_add(struct nl_sock *nl, const struct nl_addr *addr);
int nl_addr_del(struct nl_sock *nl, const struct nl_addr *addr);
typedef int (*nl_addr_cb)(const struct nl_addr *addr, void *arg);
/* ifindex 0: of every link. -ENODEV: no such link or nsid. */
int nl_addr_dump(struct nl_sock *nl, int nsid, uint32_t ifindex, nl_addr_cb cb,
		 void *arg);

/* A unicast route of the main table to a link, without a gateway. */
struct nl_route {
	int family; /* AF_INET or AF_INET6 */
	uint8_t dst_len;
	uint8_t protocol; /* RTPROT_ */
	uint32_t oif;
	uint8_t dst[16]; /* network order */
	uint8_t src[16]; /* RTA_PREFSRC, zero if none */
};
/*
 * Adding: -EEXIST there is a route to that destination, unless it is to be
 * replaced; -ENODEV or -ENETDOWN the link; -EACCES IPv6 is off on it; -EINVAL
 * the source is not an address of this host. Deleting: -ESRCH no such route,
 * where a source is not compared.
 */
int nl_route_add(struct nl_sock *nl, const struct nl_route *route,
		 bool replace);
int nl_route_del(struct nl_sock *nl, const struct nl_route *route);
/*
 * Routes of one family that one protocol has put into the main table. Gateways
 * are not told. A route with several next hops has oif 0.
 */
typedef int (*nl_route_cb)(const struct nl_route *route, void *arg);
int nl_route_dump(struct nl_sock *nl, int family, uint8_t protocol,
		  nl_route_cb cb, void *arg);

/* tc(8): clsact and cls_bpf in direct-action mode, protocol all. */
struct nl_filter {
	bool egress;
	uint16_t prio;
	uint32_t handle;
	uint32_t prog_id; /* dump only */
	char name[64]; /* TCA_BPF_NAME */
};
/* -EEXIST: is there; -EBUSY: another qdisc (ingress) is in its place. */
int nl_clsact_add(struct nl_sock *nl, uint32_t ifindex);
/* Takes all filters with it. -ENOENT or -EINVAL: it is not there. */
int nl_clsact_del(struct nl_sock *nl, uint32_t ifindex);
/*
 * Prio or handle 0: the kernel chooses. -EEXIST: that handle is in use;
 * -EINVAL: no clsact, or the prio has filters of another kind or protocol.
 */
int nl_filter_add(struct nl_sock *nl, uint32_t ifindex,
		  const struct nl_filter *f, int prog_fd);
/* Prio and handle must be given. -ENOENT: no such filter. */
int nl_filter_del(struct nl_sock *nl, uint32_t ifindex,
		  const struct nl_filter *f);
/*
 * Those filters of one direction that nl_filter_del() can delete; others are
 * passed over. No clsact, or no such link: none.
 */
typedef int (*nl_filter_cb)(const struct nl_filter *f, void *arg);
int nl_filter_dump(struct nl_sock *nl, uint32_t ifindex, bool egress,
		   nl_filter_cb cb, void *arg);
/* Filters of any kind in one direction: is a clsact anybody's? */
int nl_filter_count(struct nl_sock *nl, uint32_t ifindex, bool egress);

#endif /* BV_NL_H */
