/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel.h - the kernel around a program that is built for this machine.
 *
 * A frame has a linear part and the rest, as an sk_buff has. The linear part is
 * a block of memory of exactly its length, and every helper after which packet
 * pointers are invalid moves it: AddressSanitizer then sees each access outside
 * of it, and each use of an old pointer. What is sent is recorded.
 */
#ifndef BV_FUZZ_KERNEL_H
#define BV_FUZZ_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/bpf.h>

#define FRAME_MAX 4096
#define SENT_MAX 128

enum sent_how {
	SENT_CLONE,
	SENT_REDIRECT,
	SENT_PEER,
	SENT_NEIGH
};

struct sent {
	enum sent_how how;
	uint32_t ifindex;
	uint64_t flags;
	uint32_t tc_index, mark; /* of a clone */
	bool failed; /* a clone for a device that there is none of */
};

struct kernel {
	uint8_t frame[FRAME_MAX]; /* all of it; skb.len bytes */
	size_t linear;
	uint64_t now; /* CLOCK_MONOTONIC */
	/* Is there such a device? */
	bool (*has_device)(uint32_t ifindex);
	/* What the FIB says: a verdict, a device, the route's MTU. */
	long fib;
	uint32_t fib_ifindex;
	uint16_t fib_mtu;
	bool partial; /* CHECKSUM_PARTIAL: the sum is the pseudo header's */
	bool folded; /* bpf_csum_diff() of Linux 6.13 and later: 16 bits */
	struct sent sent[SENT_MAX];
	size_t n_sent;
};
extern struct kernel kernel;

/* A new frame, of which so many bytes are linear; what was sent stays noted. */
void kernel_receive(struct __sk_buff *skb, const uint8_t *frame, size_t len,
		    size_t linear);
void kernel_free(struct __sk_buff *skb);

/* Forgets all entries of all maps. */
void kernel_empty_maps(void);

/* For the user side: sizes of a map instead of what it declares. */
struct native_map;
void kernel_resize(const struct native_map *map, uint32_t max_entries);
void kernel_resize_value(const struct native_map *map, uint32_t size);
/* Calls back for every entry of a hash map. */
void kernel_each(const struct native_map *map,
		 void (*cb)(const void *key, const void *value, void *arg),
		 void *arg);

#endif /* BV_FUZZ_KERNEL_H */
