/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux/bpf.h - what src/bpf has of the kernel's, built for this machine.
 *
 * Found before the real one. Numbers are the kernel's; of struct __sk_buff
 * there is what the programs use, so that another field does not compile.
 */
#ifndef BV_NATIVE_LINUX_BPF_H
#define BV_NATIVE_LINUX_BPF_H

#include <linux/types.h>

enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_EXIST = 2,
};

#define BPF_F_INGRESS (1ULL << 0)
#define BPF_F_MMAPABLE (1U << 10)

struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 protocol; /* network order, as in the kernel */
	__u32 vlan_present;
	__u32 ifindex;
	__u32 tc_index;
	__u32 gso_size;
	/* Pointers here; of the kernel's there are 32 bits, see skb.h. */
	void *data;
	void *data_end;
};

#endif /* BV_NATIVE_LINUX_BPF_H */
