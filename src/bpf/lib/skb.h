/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * skb.h - where the bytes of a frame are.
 *
 * Loads of skb->data and skb->data_end are written out: left to itself clang
 * (14, -mcpu=v3) copies them as 32-bit values, after which the verifier takes
 * them for plain numbers ("offset is outside of the packet").
 */
#ifndef BV_BPF_SKB_H
#define BV_BPF_SKB_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <stddef.h>

/*
 * A function that is verified on its own, once, whoever calls it: not static, with
 * a number as its result, and pointers that it compares with NULL. It keeps what
 * the verifier walks through from multiplying along the call graph.
 *
 * What such a pointer points to is no key for a map on Linux 6.1 ("R2 type=mem
 * expected=fp, pkt, ..."): a copy on the stack is.
 */
#define BV_APART __noinline

#ifdef __bpf__
#define BV_LOAD_POINTER(ptr, skb, field)      \
	asm volatile("%0 = *(u32 *)(%1 + %2)" \
		     : "=r"(ptr)              \
		     : "r"(skb), "i"(offsetof(struct __sk_buff, field)))
#else
/* Built for this machine, to be fuzzed: there they are pointers. */
#define BV_LOAD_POINTER(ptr, skb, field) ((ptr) = (skb)->field)
#endif

static __always_inline void *bv_data(const struct __sk_buff *skb)
{
	void *data;

	BV_LOAD_POINTER(data, skb, data);
	return data;
}

static __always_inline void *bv_data_end(const struct __sk_buff *skb)
{
	void *end;

	BV_LOAD_POINTER(end, skb, data_end);
	return end;
}

/* The first len bytes, made linear if need be; NULL: the frame is shorter. */
static __always_inline void *bv_pull(struct __sk_buff *skb, __u32 len)
{
	void *data = bv_data(skb);

	if (data + len <= bv_data_end(skb))
		return data;
	if (bpf_skb_pull_data(skb, len))
		return NULL;
	data = bv_data(skb);
	if (data + len <= bv_data_end(skb))
		return data;
	return NULL;
}

#endif /* BV_BPF_SKB_H */
