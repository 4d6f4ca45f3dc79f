// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The port of env.h: programs and maps. Devices are in devices.c.
 *
 * The thread stays on one CPU. What a frame causes is then done in the order in
 * which it was caused: by the CPU's one backlog, see env_settle().
 */
#include "env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>
#include <endian.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "bpfvlan.skel.h"
#include "devices.h"

struct env env;

static struct bpfvlan *skel;

static int stay_on_cpu(void)
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	if (cpu < 0)
		return -errno;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

static int load(uint32_t master_ifindex)
{
	int err;

	skel = bpfvlan__open();
	if (!skel)
		return -errno;
	skel->rodata->bv_base_ifindex = BASE_IFINDEX;
	skel->rodata->bv_master_ifindex = master_ifindex;
	err = bpf_map__set_max_entries(skel->maps.bv_addrs, TABLE_SIZE);
	return err ? err : bpfvlan__load(skel);
}

static void *map_memory(const struct bpf_map *map)
{
	size_t len =
		(size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	void *mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED,
			 bpf_map__fd(map), 0);

	return mem == MAP_FAILED ? NULL : mem;
}

static int attach(void)
{
	int tx = bpf_program__fd(skel->progs.bv_slave_tx);
	int err = 0;

	for (int at = 1; at <= (int)SLAVES && !err; at++)
		err = dev_attach(env_ifindex(at), false, tx);
	if (!err)
		err = dev_attach(env.master_ifindex, true,
				 bpf_program__fd(skel->progs.bv_host_tx));
	if (!err)
		err = dev_attach(env.master_ifindex, false,
				 bpf_program__fd(skel->progs.bv_wire_rx));
	return err;
}

int env_setup(void **state)
{
	int err;

	(void)state;
	err = stay_on_cpu();
	if (!err)
		err = dev_setup(&env.master_ifindex);
	if (!err)
		err = load(env.master_ifindex);
	if (!err)
		err = attach();
	if (err) {
		print_error("setup: %s\n", strerror(-err));
		return -1;
	}
	env.port = &skel->data_port->bv_port;
	env.slaves = map_memory(skel->maps.bv_slaves);
	env.drops = map_memory(skel->maps.bv_drops);
	env.listeners = map_memory(skel->maps.bv_listeners);
	env.addrs_fd = bpf_map__fd(skel->maps.bv_addrs);
	env.dhcp_fd = bpf_map__fd(skel->maps.bv_dhcp);
	env.groups_fd = bpf_map__fd(skel->maps.bv_groups);
	env.macs_fd = bpf_map__fd(skel->maps.bv_macs);
	return env.slaves && env.drops && env.listeners ? 0 : -1;
}

int env_teardown(void **state)
{
	(void)state;
	bpfvlan__destroy(skel);
	return dev_teardown();
}

uint32_t env_ifindex(int at)
{
	if (at == AT_HOST || at == AT_WIRE)
		return env.master_ifindex;
	return BASE_IFINDEX + (uint32_t)at;
}

static void empty_table(int fd)
{
	struct bv_addr_key key;

	while (!bpf_map_get_next_key(fd, NULL, &key))
		assert_int_equal(bpf_map_delete_elem(fd, &key), 0);
}

void env_reset(void)
{
	struct bv_dhcp_key xid;
	struct bv_mac_key mac;
	struct frame f;

	env_settle();
	for (int at = 0; at < AT_MAX_; at++)
		while (env_take(at, &f))
			;
	empty_table(env.addrs_fd);
	empty_table(env.groups_fd);
	while (!bpf_map_get_next_key(env.dhcp_fd, NULL, &xid))
		assert_int_equal(bpf_map_delete_elem(env.dhcp_fd, &xid), 0);
	while (!bpf_map_get_next_key(env.macs_fd, NULL, &mac))
		assert_int_equal(bpf_map_delete_elem(env.macs_fd, &mac), 0);
	memset(env.slaves, 0, sizeof(*env.slaves) * (BV_SLAVES_DEFAULT + 1));
	memset(env.drops, 0, sizeof(*env.drops) * (BV_SLAVES_DEFAULT + 1));
	env.slaves[1].flags = BV_SLAVE_ACTIVE | BV_SLAVE_IP4 | BV_SLAVE_PEER;
	env.slaves[2].flags = BV_SLAVE_ACTIVE | BV_SLAVE_IP4 | BV_SLAVE_PEER;
	env.slaves[3].flags = BV_SLAVE_ACTIVE | BV_SLAVE_IP4;
	for (uint8_t slot = 1; slot <= SLAVES; slot++)
		memcpy(env.slaves[slot].dhcp_id,
		       (const uint8_t[]){ DHCP_ID(slot) }, 6);
	*env.port = (struct bv_port){
		.magic = BV_ABI_MAGIC,
		.version = BV_ABI_VERSION,
		.master_ifindex = env.master_ifindex,
		.base_ifindex = BASE_IFINDEX,
		.slots = BV_SLAVES_DEFAULT + 1,
		.addrs = TABLE_SIZE,
		.high_slot = SLAVES,
		.mtu = MTU,
		.flood_inline = BV_FLOOD_INLINE,
		.queue_max = BV_COPIER_FRAMES,
		.mac = { OWN },
		.hook = BV_HOOK_CLSACT,
	};
	env_count();
}

uint32_t env_addrs4(uint32_t slot)
{
	struct bv_addr_key key, *last = NULL;
	uint32_t n = 0;

	for (; !bpf_map_get_next_key(env.addrs_fd, last, &key); last = &key) {
		struct bv_addr addr;

		assert_int_equal(bpf_map_lookup_elem(env.addrs_fd, &key, &addr),
				 0);
		n += BV_OWNER_SLOT(addr.owner) == slot && !key.ip[0] &&
		     key.ip[2] == htobe32(0xffff);
	}
	return n;
}

void env_count(void)
{
	struct bv_listeners *l = &env.listeners[0];

	*l = (struct bv_listeners){};
	env.port->arp_listeners = env.port->nd_listeners = 0;
	for (uint32_t slot = 1; slot <= SLAVES; slot++) {
		struct bv_slave *slave = &env.slaves[slot];

		slave->addrs4 = env_addrs4(slot);
		if (BV_LISTENS_ARP(slave->flags, slave->addrs4)) {
			l->arp |= 1ULL << slot;
			env.port->arp_listeners++;
		}
		if (BV_LISTENS_ND(slave->flags)) {
			l->nd |= 1ULL << slot;
			env.port->nd_listeners++;
		}
	}
}

int env_run(enum program prog, struct run *run, struct frame *f)
{
	const struct bpf_program *progs[] = {
		[SLAVE_TX] = skel->progs.bv_slave_tx,
		[WIRE_RX] = skel->progs.bv_wire_rx,
		[HOST_TX] = skel->progs.bv_host_tx,
		[COPY] = skel->progs.bv_copy,
	};
	/* Of the context the kernel takes these alone; the rest must be 0. */
	struct __sk_buff ctx = {
		.ifindex = run->ifindex,
		.gso_size = run->gso_size,
		.ingress_ifindex = run->came_in_by,
	};
	struct frame out = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f->data,
		    .data_size_in = (uint32_t)f->len, .data_out = out.data,
		    .data_size_out = sizeof(out.data), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx),
		    .repeat = run->repeat ? (int)run->repeat : 1);
	int err = bpf_prog_test_run_opts(bpf_program__fd(progs[prog]), &opts);

	if (err)
		return err;
	out.len = opts.data_size_out;
	*f = out;
	run->verdict = opts.retval;
	return 0;
}

uint64_t env_now(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t env_ago(uint64_t time, uint64_t ms)
{
	return time > ms * 1000000 ? time - ms * 1000000 : 1;
}

bool env_addr_get(const char *ip, struct bv_addr *addr)
{
	struct bv_addr_key key;

	key_parse(&key, ip);
	return !bpf_map_lookup_elem(env.addrs_fd, &key, addr);
}

void env_addr_set(const char *ip, const struct bv_addr *addr)
{
	struct bv_addr_key key;

	key_parse(&key, ip);
	assert_int_equal(bpf_map_update_elem(env.addrs_fd, &key, addr, BPF_ANY),
			 0);
}

/* Entries of one owner, or of all: BV_SLOTS_MAX, learned or not. */
static uint32_t count(uint32_t slot)
{
	struct bv_addr_key key, *last = NULL;
	uint32_t n = 0;

	while (!bpf_map_get_next_key(env.addrs_fd, last, &key)) {
		struct bv_addr addr;

		assert_int_equal(bpf_map_lookup_elem(env.addrs_fd, &key, &addr),
				 0);
		if (slot == BV_SLOTS_MAX ||
		    addr.owner == BV_OWNER(slot, BV_ADDR_LEARNED))
			n++;
		last = &key;
	}
	return n;
}

uint32_t env_addr_count(void)
{
	return count(BV_SLOTS_MAX);
}

uint32_t env_learned(uint32_t slot)
{
	return count(slot);
}

#define WORDS BV_WORDS(BV_SLAVES_DEFAULT + 1)

/* As if the slaves had reported it: their own records know, too. */
void env_group_set(const char *ip, const struct bv_members *members)
{
	struct bv_members value[WORDS] = { *members };
	uint64_t slots = members->now | members->before;
	struct bv_addr_key key;

	key_parse(&key, ip);
	for (uint32_t slot = 1; slot <= SLAVES; slot++) {
		if (!(slots >> slot & 1))
			continue;
		env.slaves[slot].groups++;
		env.slaves[slot].group_bloom |= BV_GROUP_BLOOM(&key);
	}
	assert_int_equal(bpf_map_update_elem(env.groups_fd, &key, value, 0), 0);
}

bool env_group_get(const char *ip, struct bv_members *members)
{
	struct bv_members value[WORDS];
	struct bv_addr_key key;

	key_parse(&key, ip);
	if (bpf_map_lookup_elem(env.groups_fd, &key, value))
		return false;
	*members = value[0];
	return true;
}

uint32_t env_group_count(void)
{
	struct bv_addr_key key, *last = NULL;
	uint32_t n = 0;

	for (; !bpf_map_get_next_key(env.groups_fd, last, &key); last = &key)
		n++;
	return n;
}
