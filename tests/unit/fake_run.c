// SPDX-License-Identifier: GPL-2.0-or-later
/* The side of fake_lib.h that the tests use: what there is, and runs. */
#include <arpa/inet.h>
#include <linux/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "fake_lib.h"

void fake_done(void)
{
	free(fake.log);
	free(fake.out);
	free(fake.err);
	memset(&fake, 0, sizeof(fake));
}

void fake_reset(void)
{
	static const struct bv_master_info eth0 = {
		.name = "eth0",
		.ifindex = 3,
		.slaves = 2,
		.max_slaves = 4096,
		.max_addrs = 16384,
		.hook = "tcx",
		.memory = 1118208,
	};

	fake_done();
	fake.masters[0] = eth0;
	fake.masters[0].drops = fake.master_drops[0];
	fake.masters[1] = (struct bv_master_info){
		.name = "eth1",
		.ifindex = 4,
		.hook = "clsact",
		.drops = fake.master_drops[1],
	};
	fake.n_masters = 2;
}

int fake_setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

int fake_teardown(void **state)
{
	(void)state;
	fake_done();
	return 0;
}

void fake_forget_log(void)
{
	free(fake.log);
	fake.log = NULL;
}

/* The numbers are those of a veth on Linux 6.18. */
struct bv_slave_info *fake_slave(const char *name, const char *netns)
{
	static const struct bv_slave_info model = {
		.master = "eth0",
		.netnsid = -1,
		.ifindex = 7,
		.master_ifindex = 3,
		.host_ifindex = 268435457,
		.kind = BV_KIND_IPVLAN,
		.mode = BV_MODE_L2,
		.flag = BV_FLAG_BRIDGE,
		.host = true,
		.arp = BV_ARP_FILTER,
		.via = BV_VIA_VETH,
		.master_up = true,
		.if_flags = IFF_BROADCAST | IFF_MULTICAST | IFF_UP |
			    IFF_RUNNING | IFF_LOWER_UP,
		.mtu = 1500,
		.min_mtu = 68,
		.max_mtu = 65535,
		.txqlen = 1000,
		.num_tx_queues = 2,
		.num_rx_queues = 2,
		.gso_max_size = 65536,
		.gso_max_segs = 65535,
		.tso_max_size = 524280,
		.tso_max_segs = 65535,
		.gro_max_size = 65536,
		.operstate = IF_OPER_UP,
		.mac = { 0x02, 0, 0, 0, 0x0a, 0x01 },
		.brd = { 255, 255, 255, 255, 255, 255 },
		.qdisc = "noqueue",
	};
	int n = fake.n_slaves++;
	struct bv_slave_info *s = &fake.slaves[n];

	assert_in_range(n, 0, FAKE_SLAVES - 1);
	*s = model;
	s->slot = (uint32_t)n + 1;
	s->drops = fake.drops[n];
	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(s->netns, sizeof(s->netns), "%s", netns);
	snprintf(s->host_dev, sizeof(s->host_dev), "bv3.%d", n + 1);
	if (*netns)
		s->netnsid = 0;
	return s;
}

void fake_addr(const struct bv_slave_info *s, const char *text,
	       enum bv_addr_origin origin)
{
	struct bv_addr_info *a = &fake.addrs[fake.n_addrs++];

	assert_in_range(fake.n_addrs, 1, FAKE_ADDRS);
	assert_int_equal(parse_prefix(text, &a->addr), 0);
	a->origin = origin;
	a->slave_ifindex = s->ifindex;
	a->slot = s->slot;
	strcpy(a->slave, s->name);
	strcpy(a->master, s->master);
	strcpy(a->netns, s->netns);
}

int fake_run(const char *line)
{
	char *copy = strdup(line), *rest = copy, *word, *argv[64] = { NULL };
	size_t out_len, err_len;
	int argc = 0, status;
	FILE *out, *err;

	assert_non_null(copy);
	free(fake.out);
	free(fake.err);
	out = open_memstream(&fake.out, &out_len);
	err = open_memstream(&fake.err, &err_len);
	assert_true(out && err);
	while ((word = strsep(&rest, " ")))
		argv[argc++] = strcmp(word, "''") ? word : word + 2;
	status = cli_main(argc, argv, out, err);
	fclose(out);
	fclose(err);
	free(copy);
	/* Nothing is held when the command ends. */
	assert_int_equal(fake.contexts, 0);
	assert_false(fake.in_batch);
	return status;
}

void fake_expect(const char *line, int status, const char *out, const char *err)
{
	int is = fake_run(line);

	if (is != status || strcmp(fake.out, out) || strcmp(fake.err, err))
		print_error("%s\n  exit %d\n%s%s", line, is, fake.out,
			    fake.err);
	assert_string_equal(fake.err, err);
	assert_string_equal(fake.out, out);
	assert_int_equal(is, status);
}
