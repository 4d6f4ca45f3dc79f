// SPDX-License-Identifier: GPL-2.0-or-later
/* Somebody else's program: counts frames and lets the next one have them. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

unsigned long long frames = 0;

SEC("tc")
int counter(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&frames, 1);
	return -1; /* TCX_NEXT; TC_ACT_UNSPEC to cls_bpf */
}

char _license[] SEC("license") = "GPL";
