/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * env.h - a port to test: programs, maps, and devices that they meet.
 *
 * One port for a test program, in network namespaces of its own:
 *
 *   here	m0, the master; h1..h4, host ends, at the base ifindex; s3
 *   there	w0, the other end of the master: the wire; s1, s2, s4
 *
 * s3 is a slave in the master's namespace, s4's slot is not active unless a
 * test says so. Programs are attached by clsact, so that a frame may also be
 * sent for real. What goes up the stack from slave 1's host end is received at
 * AT_STACK, and no further: nothing is forwarded here, and there are no routes.
 * Nobody has an address and IPv6 is off: nothing moves but what
 * a test sends.
 */
#ifndef BV_TEST_ENV_H
#define BV_TEST_ENV_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/bv_abi.h"
#include "frames.h"

#define SLAVES 4U
/* A small table, which a test can fill. */
#define TABLE_SIZE 128U
#define BASE_IFINDEX BV_IFINDEX_FIRST
#define MTU 1500U
/* What stands for the MAC in a slave's DHCP client ids, as an initialiser. */
#define DHCP_ID(slot) 6, 0xd1, 0xd2, 0xd3, 0xd4, slot

/* Who sends and receives; a slave is its slot. */
enum {
	AT_HOST = 0,
	AT_WIRE = SLAVES + 1,
	AT_STACK, /* receives only */
	AT_MAX_
};

enum program {
	SLAVE_TX,
	WIRE_RX,
	HOST_TX,
	COPY
};

struct env {
	struct bv_port *port;
	struct bv_slave *slaves; /* [BV_SLAVES_DEFAULT + 1] */
	struct bv_drops *drops; /* likewise */
	struct bv_listeners *listeners; /* of 64 slots each */
	int addrs_fd, groups_fd, dhcp_fd, macs_fd;
	uint32_t master_ifindex;
};
extern struct env env;

/* cmocka's group fixtures. */
int env_setup(void **state);
int env_teardown(void **state);

/*
 * All as after the setup: s1..s3 active, tables and counters empty. They have
 * used IPv4, but have no address.
 */
void env_reset(void);
/* Counts each slot's IPv4 addresses anew, and sets who listens by that. */
void env_count(void);
/* IPv4 addresses of a slot, by the table. */
uint32_t env_addrs4(uint32_t slot);

/* A program on a frame, by BPF_PROG_TEST_RUN. */
struct run {
	uint32_t ifindex;
	uint32_t gso_size;
	uint32_t came_in_by; /* ifindex, of what the host forwards */
	uint32_t repeat;
	uint32_t verdict; /* output, as the frame */
};
/* 0 or a negative errno; -EINVAL: the frame ends before its IP header does. */
int env_run(enum program prog, struct run *run, struct frame *f);

/* Groups, by their first 64 slots. */
void env_group_set(const char *ip, const struct bv_members *members);
bool env_group_get(const char *ip, struct bv_members *members);
uint32_t env_group_count(void);

/* The ifindex of a program's hook, where a sender's frames meet it. */
uint32_t env_ifindex(int at);

/*
 * Sends a frame out of a slave, the wire or the host. 0 or a negative errno:
 * -ENOBUFS is what the host hears of a drop.
 */
int env_send(int at, const struct frame *f);
/* ...so that all but its Ethernet header is in fragments. */
int env_send_fragments(int at, const struct frame *f);
/* Returns when everything on its way has arrived. */
void env_settle(void);
/* The next frame that arrived there; false: none. */
bool env_take(int at, struct frame *f);

/* The table. */
uint64_t env_now(void);
/* A time of the table moved back; not to before the machine was started. */
uint64_t env_ago(uint64_t time, uint64_t ms);
bool env_addr_get(const char *ip, struct bv_addr *addr);
void env_addr_set(const char *ip, const struct bv_addr *addr);
uint32_t env_addr_count(void);
/* Learned addresses of a slot, by the table. */
uint32_t env_learned(uint32_t slot);

#endif /* BV_TEST_ENV_H */
