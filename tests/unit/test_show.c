// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What `show` prints, to the byte.
 *
 * The expected lines are those iproute2 6.1 prints for a veth and for an ipvlan
 * device, with this project's additions in place.
 */
#include <linux/if.h>
#include <linux/if_link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_lib.h"

#define HEAD \
	"7: web0@eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP "
#define LINK_TAIL "mode DEFAULT group default qlen 1000\n"
#define ADDR_TAIL "group default qlen 1000\n"
#define ETHER "    link/ether 02:00:00:00:0a:01 brd ff:ff:ff:ff:ff:ff"
#define SIZES \
	"numtxqueues 2 numrxqueues 2 gso_max_size 65536 gso_max_segs 65535 tso_max_size 524280 tso_max_segs 65535 gro_max_size 65536 "

#define JSON_HEAD \
	"\"ifindex\":7,\"link\":\"eth0\",\"ifname\":\"web0\",\"flags\":[\"BROADCAST\",\"MULTICAST\",\"UP\",\"LOWER_UP\"],\"mtu\":1500,\"qdisc\":\"noqueue\",\"operstate\":\"UP\","
#define JSON_LINK "\"linkmode\":\"DEFAULT\","
#define JSON_TAIL \
	"\"group\":\"default\",\"txqlen\":1000,\"link_type\":\"ether\",\"address\":\"02:00:00:00:0a:01\",\"broadcast\":\"ff:ff:ff:ff:ff:ff\""
#define JSON_NETNS ",\"link_netnsid\":0,\"netns\":\"web\""
#define JSON_DETAILS \
	",\"promiscuity\":0,\"allmulti\":0,\"min_mtu\":68,\"max_mtu\":65535,\"linkinfo\":{\"info_kind\":\"ipvlan\",\"info_data\":{\"mode\":\"l2\",\"bridge\":true,\"host\":true,\"arp\":\"filter\",\"proxy\":false,\"nominee\":false,\"via\":\"veth\",\"slot\":1,\"host_dev\":\"bv3.1\"}}"
#define JSON_SIZES \
	",\"num_tx_queues\":2,\"num_rx_queues\":2,\"gso_max_size\":65536,\"gso_max_segs\":65535,\"tso_max_size\":524280,\"tso_max_segs\":65535,\"gro_max_size\":65536"

static void test_link(void **state)
{
	(void)state;
	fake_slave("web0", "web");
	fake_expect("bpfvlan link show", 0, HEAD LINK_TAIL ETHER " netns web\n",
		    "");
	fake_expect("bpfvlan -j link show", 0,
		    "[{" JSON_HEAD JSON_LINK JSON_TAIL JSON_NETNS "}]\n", "");
}

/* In the master's namespace, and in one without a name. */
static void test_link_netns(void **state)
{
	struct bv_slave_info *s = fake_slave("web0", "");

	(void)state;
	fake_expect("bpfvlan link show", 0, HEAD LINK_TAIL ETHER "\n", "");
	fake_expect("bpfvlan -j link show", 0,
		    "[{" JSON_HEAD JSON_LINK JSON_TAIL "}]\n", "");
	s->netnsid = 5;
	fake_expect("bpfvlan link show", 0,
		    HEAD LINK_TAIL ETHER " link-netnsid 5\n", "");
	fake_expect("bpfvlan -j link show", 0,
		    "[{" JSON_HEAD JSON_LINK JSON_TAIL
		    ",\"link_netnsid\":5}]\n",
		    "");
}

#define DETAILS " promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 \n"

static void test_details(void **state)
{
	struct bv_slave_info *s = fake_slave("web0", "");

	(void)state;
	fake_expect(
		"bpfvlan -d link show", 0,
		HEAD LINK_TAIL ETHER DETAILS
		"    ipvlan  mode l2 bridge host on arp filter proxy off nominee off via veth slot 1 host_dev bv3.1 addrgenmode eui64 " SIZES
		"\n",
		"");
	fake_expect("bpfvlan -d -j link show", 0,
		    "[{" JSON_HEAD JSON_LINK JSON_TAIL JSON_DETAILS
		    ",\"inet6_addr_gen_mode\":\"eui64\"" JSON_SIZES "}]\n",
		    "");
	s->flag = BV_FLAG_PRIVATE;
	s->host = false;
	s->arp = BV_ARP_FLOOD;
	s->proxy = s->nominee = true;
	s->via = BV_VIA_NETKIT;
	s->addr_gen_mode = 2;
	s->slot = 4095;
	s->gso_ipv4_max_size = 65536;
	s->gro_ipv4_max_size = 65537;
	fake_expect(
		"bpfvlan -det link show", 0,
		HEAD LINK_TAIL ETHER DETAILS
		"    ipvlan  mode l2 private host off arp flood proxy on nominee on via netkit slot 4095 host_dev bv3.1 addrgenmode stable_secret " SIZES
		"gso_ipv4_max_size 65536 gro_ipv4_max_size 65537 \n",
		"");
	assert_int_equal(fake_run("bpfvlan -j -d link show"), 0);
	assert_non_null(strstr(
		fake.out,
		"{\"mode\":\"l2\",\"private\":true,\"host\":false,\"arp\":\"flood\",\"proxy\":true,\"nominee\":true,\"via\":\"netkit\",\"slot\":4095,"));
	assert_non_null(strstr(
		fake.out,
		",\"gso_ipv4_max_size\":65536,\"gro_ipv4_max_size\":65537}]\n"));
	s->flag = BV_FLAG_VEPA;
	s->addr_gen_mode = 9;
	assert_int_equal(fake_run("bpfvlan -d link show"), 0);
	assert_non_null(strstr(fake.out, " mode l2 vepa host off "));
	assert_non_null(strstr(fake.out, " addrgenmode 0x09 "));
	s->mode = BV_MODE_L3;
	assert_int_equal(fake_run("bpfvlan -d link show"), 0);
	assert_non_null(strstr(fake.out, " mode l3 vepa "));
	s->mode = BV_MODE_L3S;
	assert_int_equal(fake_run("bpfvlan -j -d link show"), 0);
	assert_non_null(strstr(fake.out, "{\"mode\":\"l3s\",\"vepa\":true,"));
}

static void test_states(void **state)
{
	struct bv_slave_info *s = fake_slave("web0", "");

	(void)state;
	s->if_flags = IFF_BROADCAST | IFF_MULTICAST;
	s->operstate = IF_OPER_DOWN;
	strcpy(s->qdisc, "noop");
	fake_expect(
		"bpfvlan link show", 0,
		"7: web0@eth0: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN mode DEFAULT group default qlen 1000\n" ETHER
		"\n",
		"");
	s->master_up = false;
	s->if_flags = IFF_BROADCAST | IFF_MULTICAST | IFF_UP | IFF_NOARP |
		      IFF_PROMISC | IFF_ALLMULTI;
	s->operstate = IF_OPER_LOWERLAYERDOWN;
	s->linkmode = IF_LINK_MODE_DORMANT;
	s->group = 7;
	fake_expect(
		"bpfvlan link show", 0,
		"7: web0@eth0: <NO-CARRIER,BROADCAST,MULTICAST,NOARP,ALLMULTI,PROMISC,UP,M-DOWN> mtu 1500 qdisc noop state LOWERLAYERDOWN mode DORMANT group 7 qlen 1000\n" ETHER
		"\n",
		"");
	assert_int_equal(fake_run("bpfvlan -j link show"), 0);
	assert_non_null(strstr(
		fake.out,
		"[\"NO-CARRIER\",\"BROADCAST\",\"MULTICAST\",\"NOARP\",\"ALLMULTI\",\"PROMISC\",\"UP\",\"M-DOWN\"]"));
	assert_non_null(
		strstr(fake.out, "\"linkmode\":\"DORMANT\",\"group\":\"7\""));
	/* Numbers without a word. */
	s->if_flags = 0;
	s->operstate = 99;
	s->linkmode = 99;
	assert_int_equal(fake_run("bpfvlan -j link show"), 0);
	assert_non_null(strstr(fake.out, "\"flags\":[\"M-DOWN\"]"));
	assert_non_null(strstr(
		fake.out, "\"operstate_index\":99,\"linkmode_index\":99,"));
	s->master_up = true;
	assert_int_equal(fake_run("bpfvlan link show"), 0);
	assert_non_null(strstr(fake.out, ": <> mtu 1500"));
}

#define RX "    RX:  bytes packets errors dropped  missed   mcast           \n"
#define TX "    TX:  bytes packets errors dropped carrier collsns           \n"

static void test_stats(void **state)
{
	struct bv_slave_info *s = fake_slave("web0", "");

	(void)state;
	s->stats = (struct bv_slave_stats){
		.rx_bytes = 90, .rx_packets = 1, .tx_bytes = 91, .tx_packets = 2
	};
	fake_expect(
		"bpfvlan -s link show", 0,
		HEAD LINK_TAIL ETHER
		"\n" RX
		"            90       1      0       0       0       0 \n" TX
		"            91       2      0       0       0       0 \n",
		"");
	fake_expect(
		"bpfvlan -s -j link show", 0,
		"[{" JSON_HEAD JSON_LINK JSON_TAIL
		",\"stats64\":{\"rx\":{\"bytes\":90,\"packets\":1,\"errors\":0,\"dropped\":0,\"over_errors\":0,\"multicast\":0},\"tx\":{\"bytes\":91,\"packets\":2,\"errors\":0,\"dropped\":0,\"carrier_errors\":0,\"collisions\":0}},\"drops\":{}}]\n",
		"");
	/* Both directions are as wide as the wider. */
	s->stats = (struct bv_slave_stats){
		.rx_bytes = 12345678901,
		.rx_packets = 1,
		.rx_errors = 2,
		.rx_dropped = 3,
		.rx_multicast = 4,
		.tx_bytes = 5,
		.tx_packets = 12345678,
		.tx_errors = 6,
		.tx_dropped = 7,
		.tx_collisions = 8,
	};
	fake.drops[0][1] = 3; /* foreign_mac */
	fake.drops[0][9] = 1; /* private */
	fake_expect(
		"bpfvlan -s link show", 0,
		HEAD LINK_TAIL ETHER
		"\n"
		"    RX:   bytes  packets errors dropped  missed   mcast           \n"
		"    12345678901        1      2       3       0       4 \n"
		"    TX:   bytes  packets errors dropped carrier collsns           \n"
		"              5 12345678      6       7       0       8 \n"
		"    drops: foreign_mac 3 private 1\n",
		"");
	assert_int_equal(fake_run("bpfvlan -s -s -j link show"), 0);
	assert_non_null(strstr(
		fake.out, ",\"drops\":{\"foreign_mac\":3,\"private\":1}}]\n"));
}

static void test_several(void **state)
{
	struct bv_slave_info *s;

	(void)state;
	fake_slave("web0", "web");
	s = fake_slave("db0", "db");
	s->ifindex = 2;
	fake_expect(
		"bpfvlan -d link show", 0,
		HEAD LINK_TAIL ETHER
		" netns web" DETAILS
		"    ipvlan  mode l2 bridge host on arp filter proxy off nominee off via veth slot 1 host_dev bv3.1 addrgenmode eui64 " SIZES
		"\n"
		"2: db0@eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000\n" ETHER
		" netns db" DETAILS
		"    ipvlan  mode l2 bridge host on arp filter proxy off nominee off via veth slot 2 host_dev bv3.2 addrgenmode eui64 " SIZES
		"\n",
		"");
}

static void test_addr(void **state)
{
	struct bv_slave_info *s = fake_slave("web0", "web");

	(void)state;
	fake_addr(s, "10.0.0.5/24", BV_ORIGIN_STATIC);
	fake_addr(s, "169.254.1.1/32", BV_ORIGIN_LEARNED);
	fake_addr(s, "2001:db8::5/64", BV_ORIGIN_STATIC);
	fake_addr(s, "fe80::a:1/128", BV_ORIGIN_LEARNED);
	fake_expect("bpfvlan addr show", 0,
		    HEAD ADDR_TAIL ETHER
		    " netns web\n"
		    "    inet 10.0.0.5/24 scope global static\n"
		    "    inet 169.254.1.1/32 scope global learned\n"
		    "    inet6 2001:db8::5/64 scope global static\n"
		    "    inet6 fe80::a:1/128 scope link learned\n",
		    "");
	fake_expect(
		"bpfvlan -j addr show dev web0", 0,
		"[{" JSON_HEAD JSON_TAIL JSON_NETNS ",\"addr_info\":["
		"{\"family\":\"inet\",\"local\":\"10.0.0.5\",\"prefixlen\":24,\"scope\":\"global\",\"origin\":\"static\"},"
		"{\"family\":\"inet\",\"local\":\"169.254.1.1\",\"prefixlen\":32,\"scope\":\"global\",\"origin\":\"learned\"},"
		"{\"family\":\"inet6\",\"local\":\"2001:db8::5\",\"prefixlen\":64,\"scope\":\"global\",\"origin\":\"static\"},"
		"{\"family\":\"inet6\",\"local\":\"fe80::a:1\",\"prefixlen\":128,\"scope\":\"link\",\"origin\":\"learned\"}]}]\n",
		"");
}

static void test_addr_details(void **state)
{
	struct bv_slave_info *s = fake_slave("web0", "");

	(void)state;
	fake_addr(s, "10.0.0.5/24", BV_ORIGIN_STATIC);
	fake.drops[0][0] = 1;
	fake_expect(
		"bpfvlan -d -s addr show", 0,
		HEAD ADDR_TAIL ETHER DETAILS
		"    ipvlan  mode l2 bridge host on arp filter proxy off nominee off via veth slot 1 host_dev bv3.1 " SIZES
		"\n"
		"    inet 10.0.0.5/24 scope global static\n" RX
		"             0       0      0       0       0       0 \n" TX
		"             0       0      0       0       0       0 \n"
		"    drops: short 1\n",
		"");
	assert_int_equal(fake_run("bpfvlan -d -j addr show"), 0);
	assert_non_null(strstr(fake.out, JSON_DETAILS JSON_SIZES
			       ",\"addr_info\":[{\"family\":\"inet\","));
}

/* Each address with its slave, whatever the order; strangers with none. */
static void test_addr_join(void **state)
{
	struct bv_slave_info *a = fake_slave("web0", "a");
	struct bv_slave_info *b = fake_slave("web0", "b");
	struct bv_slave_info gone = *b;
	const char *first, *second;

	(void)state;
	gone.ifindex = 99; /* was in b's slot */
	fake_addr(b, "10.0.0.2/24", BV_ORIGIN_STATIC);
	fake_addr(&gone, "10.0.0.9/24", BV_ORIGIN_STATIC);
	fake_addr(a, "10.0.0.1/24", BV_ORIGIN_STATIC);
	fake_addr(b, "10.0.0.3/24", BV_ORIGIN_STATIC);
	assert_int_equal(fake_run("bpfvlan addr show"), 0);
	first = strstr(fake.out,
		       "    inet 10.0.0.1/24 scope global static\n7:");
	second = strstr(fake.out, "    inet 10.0.0.2/24 scope global static\n"
				  "    inet 10.0.0.3/24 scope global static\n");
	assert_non_null(first);
	assert_non_null(second);
	assert_true(first < second);
	assert_null(strstr(fake.out, "10.0.0.9"));
	/* A slave without addresses is shown, as ip does. */
	fake.n_addrs = 0;
	fake_expect("bpfvlan addr show netns a", 0,
		    HEAD ADDR_TAIL ETHER " netns a\n", "");
	assert_int_equal(fake_run("bpfvlan -j addr show netns a"), 0);
	assert_non_null(strstr(fake.out, ",\"addr_info\":[]}]\n"));
}

static void test_master(void **state)
{
	(void)state;
	fake.master_drops[0][10] = 5; /* reflected */
	fake_expect(
		"bpfvlan master show", 0,
		"3: eth0: hook tcx slaves 2 maxslaves 4096 maxaddrs 16384 memory 1118208 promiscuity 0\n"
		"4: eth1: hook clsact slaves 0 maxslaves 0 maxaddrs 0 memory 0 promiscuity 0\n",
		"");
	fake_expect(
		"bpfvlan -s master show eth0", 0,
		"3: eth0: hook tcx slaves 2 maxslaves 4096 maxaddrs 16384 memory 1118208 promiscuity 0\n"
		"    drops: reflected 5\n",
		"");
	fake_expect(
		"bpfvlan -j master show dev eth0", 0,
		"[{\"ifindex\":3,\"ifname\":\"eth0\",\"hook\":\"tcx\",\"slaves\":2,\"maxslaves\":4096,\"maxaddrs\":16384,\"memory\":1118208,\"promiscuity\":0}]\n",
		"");
	assert_int_equal(fake_run("bpfvlan -s -j master show eth0"), 0);
	assert_non_null(strstr(
		fake.out,
		"1118208,\"promiscuity\":0,\"drops\":{\"reflected\":5}}]\n"));
}

/* A namespace's owner picks the names in it. */
static void test_hostile_name(void **state)
{
	(void)state;
	fake_slave("\033[2J%s%n\xff", "");
	assert_int_equal(fake_run("bpfvlan link show"), 0);
	assert_memory_equal(fake.out, "7: ?[2J%s%n\xff@eth0: <", 20);
	assert_int_equal(fake_run("bpfvlan -j link show"), 0);
	assert_non_null(
		strstr(fake.out, "\"ifname\":\"\\u001B[2J%s%n\xef\xbf\xbd\","));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_link),	 TEST(test_link_netns),
		TEST(test_details),	 TEST(test_states),
		TEST(test_stats),	 TEST(test_several),
		TEST(test_addr),	 TEST(test_addr_details),
		TEST(test_addr_join),	 TEST(test_master),
		TEST(test_hostile_name),
	};

	return cmocka_run_group_tests_name("show", tests, NULL, NULL);
}
