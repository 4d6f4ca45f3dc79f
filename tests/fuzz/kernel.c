// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The helpers and maps of kernel.h, as strict as the kernel's: what they refuse
 * there with an error they refuse here, and what the verifier would not let
 * happen is a bug in this build, and ends it.
 */
#include "kernel.h"

#include <bpf/bpf_helpers.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "require.h"

#define TC_ACT_SHOT 2
#define TC_ACT_REDIRECT 7
#define MAPS_MAX 4

struct kernel kernel;

/*
 * Frames. The Ethernet header is 14 bytes long, so that the kernel puts the
 * frame at an odd multiple of 2, by which the IP header is aligned.
 */
#define ALIGN 2

static void linear_put(struct __sk_buff *skb, size_t len)
{
	uint8_t *block = malloc(ALIGN + len);

	require(block && len <= skb->len);
	memcpy(block + ALIGN, kernel.frame, len);
	if (skb->data)
		free((uint8_t *)skb->data - ALIGN);
	skb->data = block + ALIGN;
	skb->data_end = block + ALIGN + len;
	kernel.linear = len;
}

void kernel_receive(struct __sk_buff *skb, const uint8_t *frame, size_t len,
		    size_t linear)
{
	require(len <= FRAME_MAX);
	memcpy(kernel.frame, frame, len);
	skb->len = (uint32_t)len;
	skb->data = NULL;
	linear_put(skb, linear < len ? linear : len);
	kernel.n_sent = 0;
}

void kernel_free(struct __sk_buff *skb)
{
	free((uint8_t *)skb->data - ALIGN);
	skb->data = NULL;
}

long bpf_skb_load_bytes(const struct __sk_buff *skb, __u32 offset, void *to,
			__u32 len)
{
	require(len);
	if (offset > INT_MAX || (uint64_t)offset + len > skb->len) {
		memset(to, 0, len);
		return -EFAULT;
	}
	memcpy(to, kernel.frame + offset, len);
	return 0;
}

long bpf_skb_store_bytes(struct __sk_buff *skb, __u32 offset, const void *from,
			 __u32 len, __u64 flags)
{
	size_t end = (size_t)offset + len;

	require(len && !flags);
	if (offset > INT_MAX || end > skb->len)
		return -EFAULT;
	memcpy(kernel.frame + offset, from, len);
	linear_put(skb, end > kernel.linear ? end : kernel.linear);
	return 0;
}

long bpf_skb_pull_data(struct __sk_buff *skb, __u32 len)
{
	if (!len)
		len = (__u32)kernel.linear;
	if (len > skb->len)
		return -ENOMEM;
	linear_put(skb, len > kernel.linear ? len : kernel.linear);
	return 0;
}

long bpf_skb_change_tail(struct __sk_buff *skb, __u32 len, __u64 flags)
{
	if (flags || len > FRAME_MAX || len < 14)
		return -EINVAL;
	if (len > skb->len)
		memset(kernel.frame + skb->len, 0, len - skb->len);
	skb->len = len;
	linear_put(skb, len < kernel.linear ? len : kernel.linear);
	return 0;
}

static struct sent *record(enum sent_how how, __u32 ifindex, __u64 flags)
{
	struct sent *sent = &kernel.sent[kernel.n_sent++];

	require(kernel.n_sent <= SENT_MAX);
	*sent = (struct sent){
		.how = how,
		.ifindex = ifindex,
		.flags = flags,
	};
	return sent;
}

long bpf_redirect(__u32 ifindex, __u64 flags)
{
	if (flags & ~BPF_F_INGRESS)
		return TC_ACT_SHOT;
	record(SENT_REDIRECT, ifindex, flags);
	return TC_ACT_REDIRECT;
}

long bpf_redirect_peer(__u32 ifindex, __u64 flags)
{
	if (flags)
		return TC_ACT_SHOT;
	record(SENT_PEER, ifindex, 0);
	return TC_ACT_REDIRECT;
}

long bpf_clone_redirect(struct __sk_buff *skb, __u32 ifindex, __u64 flags)
{
	struct sent *sent;

	if (flags & ~BPF_F_INGRESS)
		return -EINVAL;
	sent = record(SENT_CLONE, ifindex, flags);
	sent->tc_index = skb->tc_index;
	linear_put(skb, kernel.linear);
	sent->failed = !kernel.has_device(ifindex);
	return sent->failed ? -EINVAL : 0;
}

/* Time goes on. */
__u64 bpf_ktime_get_ns(void)
{
	return kernel.now++;
}

long bpf_loop(__u32 n, void *callback, void *ctx, __u64 flags)
{
	long (*cb)(__u32, void *) = callback;
	__u32 i = 0;

	if (flags)
		return -EINVAL;
	if (n > 1U << 23)
		return -E2BIG;
	while (i < n)
		if (cb(i++, ctx))
			break;
	return i;
}

/*
 * Maps, found by the address of their declaration. A value of a hash map is a
 * block of its own.
 */
struct entry {
	struct entry *next;
	uint8_t *value;
	uint8_t key[];
};

struct map {
	struct native_map decl;
	uint32_t size;
	struct entry *entries; /* of a hash map */
	uint32_t n_entries;
	uint8_t *values; /* of an array */
};
static struct map maps[MAPS_MAX];

static struct map *find(const struct native_map *decl)
{
	struct map *map = maps;

	while (map < maps + MAPS_MAX && map->decl.id &&
	       map->decl.id != decl->id)
		map++;
	require(map < maps + MAPS_MAX);
	if (!map->decl.id) {
		map->decl = *decl;
		map->size = decl->max_entries;
	}
	return map;
}

static void empty(struct map *map)
{
	while (map->entries) {
		struct entry *e = map->entries;

		map->entries = e->next;
		free(e->value);
		free(e);
	}
	map->n_entries = 0;
	if (map->values)
		memset(map->values, 0,
		       (size_t)map->size * map->decl.value_size);
}

void kernel_empty_maps(void)
{
	for (size_t i = 0; i < MAPS_MAX; i++)
		empty(&maps[i]);
}

void kernel_resize(const struct native_map *decl, uint32_t max_entries)
{
	struct map *map = find(decl);

	require(!map->values || map->size == max_entries);
	map->size = max_entries;
}

void kernel_each(const struct native_map *decl,
		 void (*cb)(const void *key, const void *value, void *arg),
		 void *arg)
{
	for (const struct entry *e = find(decl)->entries; e; e = e->next)
		cb(e->key, e->value, arg);
}

static struct entry *find_entry(const struct map *map, const void *key)
{
	struct entry *e = map->entries;

	while (e && memcmp(e->key, key, map->decl.key_size) != 0)
		e = e->next;
	return e;
}

void *native_lookup(const struct native_map *decl, const void *key)
{
	struct map *map = find(decl);
	const struct entry *e;
	uint32_t i;

	if (decl->type == BPF_MAP_TYPE_HASH) {
		e = find_entry(map, key);
		return e ? e->value : NULL;
	}
	require(decl->type == BPF_MAP_TYPE_ARRAY);
	require(decl->key_size == sizeof(i));
	memcpy(&i, key, sizeof(i));
	if (i >= map->size)
		return NULL;
	if (!map->values)
		map->values = calloc(map->size, decl->value_size);
	require(map->values);
	return map->values + (size_t)i * decl->value_size;
}

long native_update(const struct native_map *decl, const void *key,
		   const void *value, __u64 flags)
{
	struct map *map = find(decl);
	struct entry *e = find_entry(map, key);

	require(decl->type == BPF_MAP_TYPE_HASH);
	if (flags > BPF_EXIST)
		return -EINVAL;
	if (e && flags == BPF_NOEXIST)
		return -EEXIST;
	if (!e && flags == BPF_EXIST)
		return -ENOENT;
	if (!e && map->n_entries >= map->size)
		return -E2BIG;
	if (!e) {
		e = malloc(sizeof(*e) + decl->key_size);
		require(e && (e->value = malloc(decl->value_size)));
		memcpy(e->key, key, decl->key_size);
		e->next = map->entries;
		map->entries = e;
		map->n_entries++;
	}
	memcpy(e->value, value, decl->value_size);
	return 0;
}
