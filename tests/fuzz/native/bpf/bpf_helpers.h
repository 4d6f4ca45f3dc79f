/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf/bpf_helpers.h - the macros of libbpf's, and the helpers of kernel.c.
 *
 * A map is declared by the types of pointers that are never followed; kernel.c
 * learns of it what the loader reads from BTF.
 */
#ifndef BV_NATIVE_BPF_HELPERS_H
#define BV_NATIVE_BPF_HELPERS_H

#include <linux/bpf.h>

#define SEC(name)
#undef __always_inline /* libc's */
#define __always_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))
#define __uint(name, value) int(*name)[value]
/* Of key and value their sizes are enough: as if declared by key_size. */
#define __type(name, value) int(*name##_size)[sizeof(value)]

struct native_map {
	const void *id;
	int type;
	__u32 max_entries; /* as declared */
	__u32 key_size, value_size;
};

#define NATIVE_MAP(map)                                                   \
	(&(const struct native_map){                                      \
		.id = (map),                                              \
		.type = sizeof(*(map)->type) / sizeof(int),               \
		.max_entries = sizeof(*(map)->max_entries) / sizeof(int), \
		.key_size = sizeof(*(map)->key_size) / sizeof(int),       \
		.value_size = sizeof(*(map)->value_size) / sizeof(int),   \
	})

#define bpf_map_lookup_elem(map, key) native_lookup(NATIVE_MAP(map), key)
#define bpf_map_update_elem(map, key, value, flags) \
	native_update(NATIVE_MAP(map), key, value, flags)
#define bpf_for_each_map_elem(map, callback, ctx, flags) \
	native_for_each(NATIVE_MAP(map), callback, ctx, flags)
/* A callback has no more of its map than the pointer. */
#define bpf_map_delete_elem(map, key) native_delete(map, key)

void *native_lookup(const struct native_map *map, const void *key);
long native_update(const struct native_map *map, const void *key,
		   const void *value, __u64 flags);
long native_delete(const void *id, const void *key);
long native_for_each(const struct native_map *map, void *callback, void *ctx,
		     __u64 flags);

__u64 bpf_ktime_get_ns(void);
long bpf_skb_load_bytes(const struct __sk_buff *skb, __u32 offset, void *to,
			__u32 len);
long bpf_skb_store_bytes(struct __sk_buff *skb, __u32 offset, const void *from,
			 __u32 len, __u64 flags);
long bpf_skb_pull_data(struct __sk_buff *skb, __u32 len);
long bpf_skb_change_tail(struct __sk_buff *skb, __u32 len, __u64 flags);
long bpf_skb_change_type(struct __sk_buff *skb, __u32 type);
long bpf_skb_adjust_room(struct __sk_buff *skb, __s32 len_diff, __u32 mode,
			 __u64 flags);
__s64 bpf_csum_diff(const __be32 *from, __u32 from_size, const __be32 *to,
		    __u32 to_size, __u32 seed);
long bpf_l3_csum_replace(struct __sk_buff *skb, __u32 offset, __u64 from,
			 __u64 to, __u64 flags);
long bpf_l4_csum_replace(struct __sk_buff *skb, __u32 offset, __u64 from,
			 __u64 to, __u64 flags);
long bpf_fib_lookup(struct __sk_buff *skb, struct bpf_fib_lookup *params,
		    int len, __u32 flags);
long bpf_redirect(__u32 ifindex, __u64 flags);
long bpf_redirect_peer(__u32 ifindex, __u64 flags);
long bpf_redirect_neigh(__u32 ifindex, const struct bpf_redir_neigh *params,
			int len, __u64 flags);
long bpf_clone_redirect(struct __sk_buff *skb, __u32 ifindex, __u64 flags);
long bpf_loop(__u32 n, void *callback, void *ctx, __u64 flags);

#endif /* BV_NATIVE_BPF_HELPERS_H */
