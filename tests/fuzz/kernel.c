// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The helpers and maps of kernel.h, as strict as the kernel's: what they refuse
 * there with an error they refuse here, and what the verifier would not let
 * happen is a bug in this build, and ends it.
 */
#include "kernel.h"

#include <bpf/bpf_helpers.h>
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>

#include "require.h"

#define TC_ACT_SHOT 2
#define TC_ACT_REDIRECT 7
#define MAPS_MAX 8

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

	require(len && !(flags & ~BPF_F_RECOMPUTE_CSUM));
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
	skb->gso_size = 0;
	linear_put(skb, len < kernel.linear ? len : kernel.linear);
	return 0;
}

long bpf_skb_change_type(struct __sk_buff *skb, __u32 type)
{
	if (type > PACKET_OTHERHOST || skb->pkt_type > PACKET_OTHERHOST)
		return -EINVAL;
	skb->pkt_type = type;
	return 0;
}

/* Room behind the Ethernet header, of zeros. */
long bpf_skb_adjust_room(struct __sk_buff *skb, __s32 len_diff, __u32 mode,
			 __u64 flags)
{
	uint8_t *at = kernel.frame + ETH_HLEN;
	uint32_t by = (uint32_t)len_diff;

	require(mode == BPF_ADJ_ROOM_MAC && !flags && len_diff > 0);
	if (skb->protocol != htons(ETH_P_IP) &&
	    skb->protocol != htons(ETH_P_IPV6))
		return -ENOTSUP;
	if (skb->len < ETH_HLEN || by > 0xfff || skb->len + by > FRAME_MAX)
		return -EFAULT;
	memmove(at + by, at, skb->len - ETH_HLEN);
	memset(at, 0, by);
	skb->len += by;
	linear_put(skb,
		   by + (kernel.linear < ETH_HLEN ? ETH_HLEN : kernel.linear));
	return 0;
}

/* Sums of 16-bit words as they lie in memory (RFC 1071 2). */
static uint32_t sum_add(uint32_t a, uint32_t b)
{
	a += b;
	return a + (a < b);
}

static uint16_t sum_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

__s64 bpf_csum_diff(const __be32 *from, __u32 from_size, const __be32 *to,
		    __u32 to_size, __u32 seed)
{
	const uint8_t *sub = (const uint8_t *)from, *add = (const uint8_t *)to;
	uint32_t word;

	if ((from_size | to_size) % 4 || from_size + to_size > 512)
		return -EINVAL;
	for (uint32_t i = 0; i < from_size; i += 4) {
		memcpy(&word, sub + i, sizeof(word));
		seed = sum_add(seed, ~word);
	}
	for (uint32_t i = 0; i < to_size; i += 4) {
		memcpy(&word, add + i, sizeof(word));
		seed = sum_add(seed, word);
	}
	return kernel.folded ? sum_fold(seed) : seed;
}

/* What the words of a field, or the field's difference, change in a sum. */
static long sum_change(__u64 from, __u64 to, __u64 size, uint32_t *ret)
{
	switch (size) {
	case 0:
		if (from)
			return -EINVAL;
		*ret = (uint32_t)to;
		return 0;
	case 2:
		*ret = sum_add((uint16_t)~from, (uint16_t)to);
		return 0;
	default:
		return -EINVAL;
	}
}

/* Where a checksum is; it is made linear, as the kernel does. */
static uint8_t *sum_at(struct __sk_buff *skb, __u32 offset)
{
	if (offset > 0xffff || offset & 1 || offset + 2 > skb->len)
		return NULL;
	linear_put(skb,
		   offset + 2 > kernel.linear ? offset + 2 : kernel.linear);
	return kernel.frame + offset;
}

static void sum_store(struct __sk_buff *skb, uint8_t *at, uint16_t sum)
{
	memcpy(at, &sum, sizeof(sum));
	linear_put(skb, kernel.linear);
}

long bpf_l3_csum_replace(struct __sk_buff *skb, __u32 offset, __u64 from,
			 __u64 to, __u64 flags)
{
	uint8_t *at = sum_at(skb, offset);
	uint32_t change;
	uint16_t sum;

	if (flags & ~BPF_F_HDR_FIELD_MASK)
		return -EINVAL;
	if (!at)
		return -EFAULT;
	if (sum_change(from, to, flags, &change))
		return -EINVAL;
	memcpy(&sum, at, sizeof(sum));
	sum = ~sum_fold(sum_add((uint16_t)~sum, change));
	sum_store(skb, at, sum);
	return 0;
}

long bpf_l4_csum_replace(struct __sk_buff *skb, __u32 offset, __u64 from,
			 __u64 to, __u64 flags)
{
	const __u64 known = BPF_F_MARK_MANGLED_0 | BPF_F_PSEUDO_HDR;
	uint8_t *at = sum_at(skb, offset);
	uint32_t change;
	uint16_t sum;

	if (flags & ~(known | BPF_F_HDR_FIELD_MASK))
		return -EINVAL;
	if (!at)
		return -EFAULT;
	memcpy(&sum, at, sizeof(sum));
	if (flags & BPF_F_MARK_MANGLED_0 && !sum)
		return 0;
	if (sum_change(from, to, flags & BPF_F_HDR_FIELD_MASK, &change))
		return -EINVAL;
	if (!kernel.partial)
		sum = ~sum_fold(sum_add((uint16_t)~sum, change));
	else if (flags & BPF_F_PSEUDO_HDR)
		sum = sum_fold(sum_add(sum, change));
	if (flags & BPF_F_MARK_MANGLED_0 && !sum)
		sum = 0xffff;
	sum_store(skb, at, sum);
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

/* The neighbour is in the parameters or, without, in the route. */
long bpf_redirect_neigh(__u32 ifindex, const struct bpf_redir_neigh *params,
			int len, __u64 flags)
{
	require(!flags && params && len == sizeof(*params));
	require(params->nh_family == AF_INET || params->nh_family == AF_INET6);
	record(SENT_NEIGH, ifindex, 0);
	return TC_ACT_REDIRECT;
}

/* It is asked about the packet in the frame, from the device it came by. */
long bpf_fib_lookup(struct __sk_buff *skb, struct bpf_fib_lookup *params,
		    int len, __u32 flags)
{
	const uint8_t *ip = kernel.frame + ETH_HLEN;

	require(len == sizeof(*params) && !flags);
	require(params->ifindex == skb->ifindex);
	if (params->family == AF_INET) {
		require(skb->len >= ETH_HLEN + 20);
		require(!memcmp(&params->ipv4_src, ip + 12, 4));
		require(!memcmp(&params->ipv4_dst, ip + 16, 4));
	} else {
		require(params->family == AF_INET6);
		require(skb->len >= ETH_HLEN + 40);
		require(!memcmp(params->ipv6_src, ip + 8, 16));
		require(!memcmp(params->ipv6_dst, ip + 24, 16));
	}
	if (kernel.fib == BPF_FIB_LKUP_RET_FRAG_NEEDED)
		params->mtu_result = kernel.fib_mtu;
	else
		params->ifindex = kernel.fib_ifindex;
	return kernel.fib;
}

long bpf_clone_redirect(struct __sk_buff *skb, __u32 ifindex, __u64 flags)
{
	struct sent *sent;

	if (flags & ~BPF_F_INGRESS)
		return -EINVAL;
	sent = record(SENT_CLONE, ifindex, flags);
	sent->tc_index = skb->tc_index;
	sent->mark = skb->mark;
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

void kernel_resize_value(const struct native_map *decl, uint32_t size)
{
	struct map *map = find(decl);

	require(!map->values && !map->entries);
	map->decl.value_size = size;
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

static bool is_hash(const struct map *map)
{
	return map->decl.type == BPF_MAP_TYPE_HASH ||
	       map->decl.type == BPF_MAP_TYPE_LRU_HASH;
}

void *native_lookup(const struct native_map *decl, const void *key)
{
	struct map *map = find(decl);
	const struct entry *e;
	uint32_t i;

	if (is_hash(map)) {
		e = find_entry(map, key);
		return e ? e->value : NULL;
	}
	require(map->decl.type == BPF_MAP_TYPE_ARRAY);
	require(map->decl.key_size == sizeof(i));
	memcpy(&i, key, sizeof(i));
	if (i >= map->size)
		return NULL;
	if (!map->values)
		map->values = calloc(map->size, map->decl.value_size);
	require(map->values);
	return map->values + (size_t)i * map->decl.value_size;
}

static void entry_delete(struct map *map, struct entry *gone)
{
	struct entry **at = &map->entries;

	while (*at != gone)
		at = &(*at)->next;
	*at = gone->next;
	free(gone->value);
	free(gone);
	map->n_entries--;
}

/* Room for one more: of an LRU map the oldest goes, which is the last here. */
static bool make_room(struct map *map)
{
	struct entry *last = map->entries;

	if (map->n_entries < map->size)
		return true;
	if (map->decl.type != BPF_MAP_TYPE_LRU_HASH)
		return false;
	while (last->next)
		last = last->next;
	entry_delete(map, last);
	return true;
}

long native_update(const struct native_map *decl, const void *key,
		   const void *value, __u64 flags)
{
	struct map *map = find(decl);
	struct entry *e = find_entry(map, key);

	require(is_hash(map));
	if (flags > BPF_EXIST)
		return -EINVAL;
	if (e && flags == BPF_NOEXIST)
		return -EEXIST;
	if (!e && flags == BPF_EXIST)
		return -ENOENT;
	if (!e && !make_room(map))
		return -E2BIG;
	if (!e) {
		e = malloc(sizeof(*e) + map->decl.key_size);
		require(e && (e->value = malloc(map->decl.value_size)));
		memcpy(e->key, key, map->decl.key_size);
		e->next = map->entries;
		map->entries = e;
		map->n_entries++;
	}
	memcpy(e->value, value, map->decl.value_size);
	return 0;
}

long native_delete(const void *id, const void *key)
{
	const struct native_map decl = { .id = id };
	struct map *map = find(&decl);
	struct entry *e;

	require(is_hash(map));
	e = find_entry(map, key);
	if (!e)
		return -ENOENT;
	entry_delete(map, e);
	return 0;
}

/* The callback may delete the entry that it is called for. */
long native_for_each(const struct native_map *decl, void *callback, void *ctx,
		     __u64 flags)
{
	long (*cb)(const void *, const void *, void *, void *) = callback;
	struct map *map = find(decl);
	struct entry *e, *next;
	long n = 0;

	require(is_hash(map));
	if (flags)
		return -EINVAL;
	for (e = map->entries; e; e = next) {
		next = e->next;
		n++;
		if (cb(decl->id, e->key, e->value, ctx))
			break;
	}
	return n;
}
