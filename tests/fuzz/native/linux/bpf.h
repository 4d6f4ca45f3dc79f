/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux/bpf.h - what src/bpf has of the kernel's, built for this machine.
 *
 * Found before the real one. Numbers are the kernel's; of each structure there
 * is what the programs use, so that another field does not compile.
 */
#ifndef BV_NATIVE_LINUX_BPF_H
#define BV_NATIVE_LINUX_BPF_H

#include <linux/types.h>

enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_LRU_HASH = 9,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_EXIST = 2,
};

enum {
	BPF_FIB_LKUP_RET_SUCCESS = 0,
	BPF_FIB_LKUP_RET_NOT_FWDED = 4,
	BPF_FIB_LKUP_RET_NO_NEIGH = 7,
	BPF_FIB_LKUP_RET_FRAG_NEEDED = 8,
};

#define BPF_F_INGRESS (1ULL << 0)
#define BPF_F_NO_PREALLOC (1U << 0)
#define BPF_F_MMAPABLE (1U << 10)
#define BPF_F_RECOMPUTE_CSUM (1ULL << 0)
#define BPF_F_HDR_FIELD_MASK 0xfULL
#define BPF_F_PSEUDO_HDR (1ULL << 4)
#define BPF_F_MARK_MANGLED_0 (1ULL << 5)
#define BPF_ADJ_ROOM_MAC 1

struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
	__u32 protocol; /* network order, as in the kernel */
	__u32 vlan_present;
	__u32 vlan_tci;
	__u32 ingress_ifindex;
	__u32 ifindex;
	__u32 tc_index;
	__u32 cb[5];
	__u32 gso_size;
	/* Pointers here; of the kernel's there are 32 bits, see skb.h. */
	void *data;
	void *data_end;
};

struct bpf_fib_lookup {
	__u8 family, l4_protocol;
	union {
		__u16 tot_len; /* in */
		__u16 mtu_result; /* out */
	};
	__u32 ifindex;
	union {
		__u8 tos;
		__be32 flowinfo;
	};
	union {
		__be32 ipv4_src;
		__u32 ipv6_src[4];
	};
	union {
		__be32 ipv4_dst;
		__u32 ipv6_dst[4];
	};
};

struct bpf_redir_neigh {
	__u32 nh_family;
	union {
		__be32 ipv4_nh;
		__u32 ipv6_nh[4];
	};
};

#endif /* BV_NATIVE_LINUX_BPF_H */
