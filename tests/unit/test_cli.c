// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Command lines: what is refused and how, what is asked of the library, and
 * what becomes of its answers.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_lib.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

struct wrong {
	const char *line;
	int status;
	const char *err;
};

#define INCOMPLETE "Command line is not complete. Try option \"help\"\n"
#define NEEDS(word) \
	"Not enough information: \"" word "\" argument is required.\n"
#define NOT_YET(what) "Error: " what " is not supported yet.\n"
#define ADD "bpfvlan link add link eth0 name web0 "

static const struct wrong wrong[] = {
	/* Options, objects, commands. */
	{ "bpfvlan -frob link", 1,
	  "Option \"-frob\" is unknown, try \"bpfvlan -help\".\n" },
	{ "bpfvlan -f link", 1,
	  "Option \"-f\" is unknown, try \"bpfvlan -help\".\n" },
	{ "bpfvlan - link", 1,
	  "Option \"-\" is unknown, try \"bpfvlan -help\".\n" },
	{ "bpfvlan ---json link", 1,
	  "Option \"---json\" is unknown, try \"bpfvlan -help\".\n" },
	{ "bpfvlan -n", 1, INCOMPLETE },
	{ "bpfvlan -b", 1, INCOMPLETE },
	{ "bpfvlan frob", 1,
	  "Object \"frob\" is unknown, try \"bpfvlan help\".\n" },
	{ "bpfvlan ''", 1, "Object \"\" is unknown, try \"bpfvlan help\".\n" },
	{ "bpfvlan link frob", 1,
	  "Command \"frob\" is unknown, try \"bpfvlan link help\".\n" },
	{ "bpfvlan link ''", 1,
	  "Command \"\" is unknown, try \"bpfvlan link help\".\n" },
	{ "bpfvlan a frob", 1,
	  "Command \"frob\" is unknown, try \"bpfvlan address help\".\n" },
	{ "bpfvlan master add", 1,
	  "Command \"add\" is unknown, try \"bpfvlan master help\".\n" },
	{ "bpfvlan link -j show", 1,
	  "Command \"-j\" is unknown, try \"bpfvlan link help\".\n" },

	/* link add: what is missing. */
	{ "bpfvlan link add", 1, NEEDS("type") },
	{ "bpfvlan link add link", 1, INCOMPLETE },
	{ "bpfvlan link add link eth0", 1, NEEDS("type") },
	{ "bpfvlan link add link eth0 web0", 1, NEEDS("type") },
	{ "bpfvlan link add link eth0 type ipvlan", 1, NEEDS("name") },
	{ "bpfvlan link add web0 type ipvlan", 1, NEEDS("link") },
	{ ADD "type", 1, INCOMPLETE },
	{ ADD "netns", 1, INCOMPLETE },
	{ ADD "type ipvlan mode", 1, INCOMPLETE },
	{ ADD "type ipvlan host", 1, INCOMPLETE },

	/* link add: wrong values. */
	{ ADD "mtu abc type ipvlan", 1,
	  "Error: argument \"abc\" is wrong: Invalid \"mtu\" value\n" },
	{ ADD "mtu 4294967296 type ipvlan", 1,
	  "Error: argument \"4294967296\" is wrong: Invalid \"mtu\" value\n" },
	{ ADD "netns '' type ipvlan", 1,
	  "Error: argument \"\" is wrong: Invalid \"netns\" value\n" },
	{ ADD "address zz type ipvlan", 1, "\"zz\" is invalid lladdr.\n" },
	{ ADD "type ipvlan mode foo", 1,
	  "Error: argument of \"mode\" must be either \"l2\", \"l3\" or \"l3s\", not \"foo\"\n" },
	{ ADD "type ipvlan host maybe", 1,
	  "Error: argument of \"host\" must be either \"on\" or \"off\", not \"maybe\"\n" },
	{ ADD "type ipvlan arp on", 1,
	  "Error: argument of \"arp\" must be either \"filter\" or \"flood\", not \"on\"\n" },
	{ ADD "type ipvlan proxy maybe", 1,
	  "Error: argument of \"proxy\" must be either \"on\" or \"off\", not \"maybe\"\n" },
	{ ADD "type ipvlan nominee web0", 1,
	  "Error: argument of \"nominee\" must be either \"on\" or \"off\", not \"web0\"\n" },
	{ ADD "type ipvlan nominee", 1, INCOMPLETE },
	{ ADD "type ipvlan via foo", 1,
	  "Error: argument of \"via\" must be either \"auto\", \"veth\" or \"netkit\", not \"foo\"\n" },
	{ ADD "type ipvlan maxslaves 0", 1,
	  "Error: argument \"0\" is wrong: Invalid \"maxslaves\" value\n" },
	{ ADD "type ipvlan maxaddrs x", 1,
	  "Error: argument \"x\" is wrong: Invalid \"maxaddrs\" value\n" },
	{ "bpfvlan link add link eth0 1234567890123456 type ipvlan", 1,
	  "Error: argument \"1234567890123456\" is wrong: \"dev\" not a valid ifname\n" },
	{ "bpfvlan link add link eth0 a/b type ipvlan", 1,
	  "Error: argument \"a/b\" is wrong: \"dev\" not a valid ifname\n" },
	{ "bpfvlan link add link eth0 '' type ipvlan", 1,
	  "Error: argument \"\" is wrong: \"dev\" not a valid ifname\n" },
	{ "bpfvlan link add link eth0 name .. type ipvlan", 1,
	  "Error: argument \"..\" is wrong: \"name\" not a valid ifname\n" },
	{ "bpfvlan link add link a/b x type ipvlan", 1,
	  "Error: argument \"a/b\" is wrong: \"link\" not a valid ifname\n" },

	/* link add: too much. */
	{ ADD "web1 type ipvlan", 1,
	  "Error: either \"dev\" is duplicate, or \"web1\" is garbage.\n" },
	{ ADD "link eth1 type ipvlan", 1,
	  "Error: duplicate \"link\": \"eth1\" is the second value.\n" },
	{ ADD "mtu 1400 mtu 1300 type ipvlan", 1,
	  "Error: duplicate \"mtu\": \"1300\" is the second value.\n" },
	{ ADD "up down type ipvlan", 1,
	  "Error: \"down\" repeats or contradicts an earlier word.\n" },
	{ ADD "type ipvlan mode l2 mode l2", 1,
	  "Error: duplicate \"mode\": \"l2\" is the second value.\n" },
	{ ADD "type ipvlan bridge private", 1,
	  "Error: \"private\" repeats or contradicts an earlier word.\n" },
	{ ADD "type ipvlan vepa vepa", 1,
	  "Error: \"vepa\" repeats or contradicts an earlier word.\n" },
	{ ADD "type ipvlan arp filter arp flood", 1,
	  "Error: duplicate \"arp\": \"flood\" is the second value.\n" },
	{ ADD "type ipvlan proxy on proxy off", 1,
	  "Error: duplicate \"proxy\": \"off\" is the second value.\n" },
	{ ADD "type ipvlan frob", 1, "ipvlan: unknown option \"frob\"?\n" },
	{ ADD "type ipvlan mtu 1400", 1, "ipvlan: unknown option \"mtu\"?\n" },

	/* Kinds and words that are not there (yet). */
	{ ADD "type foo", 2, "Error: Unknown device type.\n" },
	{ ADD "type IPVLAN", 2, "Error: Unknown device type.\n" },
	{ ADD "type ipvl", 2, "Error: Unknown device type.\n" },
	{ ADD "type ipvlan lock on", 2, NOT_YET("\"lock\"") },

	/* link set, del, show. */
	{ "bpfvlan link set", 1, NEEDS("dev") },
	{ "bpfvlan link set up", 1, NEEDS("dev") },
	{ "bpfvlan link set web0 frob", 1,
	  "Error: either \"dev\" is duplicate, or \"frob\" is garbage.\n" },
	{ "bpfvlan link set dev web0 dev web1 up", 1,
	  "Error: duplicate \"dev\": \"web1\" is the second value.\n" },
	{ "bpfvlan link set web0 name a/b", 1,
	  "Error: argument \"a/b\" is wrong: \"name\" not a valid ifname\n" },
	{ "bpfvlan link set web0 mtu", 1, INCOMPLETE },
	{ "bpfvlan link set web0 type ipvlan maxslaves 9", 1,
	  "ipvlan: unknown option \"maxslaves\"?\n" },
	{ "bpfvlan link del", 1, NEEDS("dev") },
	{ "bpfvlan link del dev", 1, INCOMPLETE },
	{ "bpfvlan link del netns web", 1, NEEDS("dev") },
	{ "bpfvlan link del web0 web1", 1,
	  "Error: either \"dev\" is duplicate, or \"web1\" is garbage.\n" },
	{ "bpfvlan link del 1234567890123456", 1,
	  "Error: argument \"1234567890123456\" is wrong: \"dev\" not a valid ifname\n" },
	{ "bpfvlan link show a/b", 1,
	  "Error: argument \"a/b\" is wrong: \"dev\" not a valid ifname\n" },
	{ "bpfvlan link show web0 web1", 1,
	  "Error: either \"dev\" is duplicate, or \"web1\" is garbage.\n" },

	/* addr, master. */
	{ "bpfvlan addr add", 1, NEEDS("dev") },
	{ "bpfvlan addr add 10.0.0.1/24", 1, NEEDS("dev") },
	{ "bpfvlan addr add dev web0", 1, NEEDS("local") },
	{ "bpfvlan addr del dev web0", 1, NEEDS("local") },
	{ "bpfvlan addr add foo dev web0", 1,
	  "Error: any valid prefix is expected rather than \"foo\".\n" },
	{ "bpfvlan addr add 10.0.0.1/33 dev web0", 1,
	  "Error: any valid prefix is expected rather than \"10.0.0.1/33\".\n" },
	{ "bpfvlan addr add 10.0.0.1/24 10.0.0.2/24 dev web0", 1,
	  "Error: either \"local\" is duplicate, or \"10.0.0.2/24\" is garbage.\n" },
	{ "bpfvlan addr add 10.0.0.1/24 dev web0 dev web1", 1,
	  "Error: duplicate \"dev\": \"web1\" is the second value.\n" },
	{ "bpfvlan addr add 10.0.0.1/24 dev", 1, INCOMPLETE },
	{ "bpfvlan addr show web0 link eth0", 1,
	  "Error: either \"dev\" is duplicate, or \"link\" is garbage.\n" },
	{ "bpfvlan master show eth0 eth1", 1,
	  "Error: either \"dev\" is duplicate, or \"eth1\" is garbage.\n" },
};

/* One line on stderr, nothing on stdout, and the library is not even asked. */
static void test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(wrong); i++) {
		fake_expect(wrong[i].line, wrong[i].status, "", wrong[i].err);
		assert_null(fake.log);
		assert_ptr_equal(strchr(fake.err, '\n'),
				 fake.err + strlen(fake.err) - 1);
	}
}

#define CALL(call, name, rest) "ctx -\n" call " " name " " rest "\n"
#define NO_EXTRA " arp=0 proxy=0 nominee=0 via=0"
#define NO_MAX " max=0,0" NO_EXTRA

static const struct {
	const char *line, *log;
} right[] = {
	{ "bpfvlan link add link eth0 name a type ipvlan",
	  CALL("add", "a",
	       "master=eth0 netns=- new=- kind=1 mode=0 flag=0 host=0 up=0 mtu=0 mac=-" NO_MAX) },
	{ "bpfvlan l a b link eth0 netns web type ipvlan mode l2",
	  CALL("add", "b",
	       "master=eth0 netns=web new=- kind=1 mode=1 flag=0 host=0 up=0 mtu=0 mac=-" NO_MAX) },
	{ "bpfvlan link add up mtu 1400 dev c address 02:00:00:00:0a:01 link eth1 type ipvlan private host off via veth maxslaves 9 maxaddrs 0x10",
	  CALL("add", "c",
	       "master=eth1 netns=- new=- kind=1 mode=0 flag=2 host=2 up=1 mtu=1400 mac=02:00:00:00:0a:01 max=9,16 arp=0 proxy=0 nominee=0 via=1") },
	{ "bpfvlan link add link eth0 d down type ipvlan vepa mode l2 host on via auto",
	  CALL("add", "d",
	       "master=eth0 netns=- new=- kind=1 mode=1 flag=3 host=1 up=2 mtu=0 mac=-" NO_MAX) },
	{ "bpfvlan link set web0",
	  CALL("set", "web0",
	       "master=- netns=- new=- kind=0 mode=0 flag=0 host=0 up=0 mtu=0 mac=-" NO_MAX) },
	{ "bpfvlan l s dev web0 up netns /run/netns/web name web9 mtu 1300",
	  CALL("set", "web0",
	       "master=- netns=/run/netns/web new=web9 kind=0 mode=0 flag=0 host=0 up=1 mtu=1300 mac=-" NO_MAX) },
	{ "bpfvlan link set web0 type ipvlan bridge host on",
	  CALL("set", "web0",
	       "master=- netns=- new=- kind=1 mode=0 flag=1 host=1 up=0 mtu=0 mac=-" NO_MAX) },
	{ "bpfvlan link add link eth0 e type ipvlan mode l3 nominee on proxy on arp filter via netkit",
	  CALL("add", "e",
	       "master=eth0 netns=- new=- kind=1 mode=2 flag=0 host=0 up=0 mtu=0 mac=- max=0,0 arp=1 proxy=1 nominee=1 via=2") },
	{ "bpfvlan link set web0 type ipvlan mode l3s proxy off nominee off arp flood",
	  CALL("set", "web0",
	       "master=- netns=- new=- kind=1 mode=3 flag=0 host=0 up=0 mtu=0 mac=- max=0,0 arp=2 proxy=2 nominee=2 via=0") },
	{ "bpfvlan link del web0", "ctx -\ndel web0\n" },
	{ "bpfvlan link delete dev web0 netns web", "ctx -\ndel web0@web\n" },
	{ "bpfvlan l d web0", "ctx -\ndel web0\n" },
	{ "bpfvlan -n net1 link del web0", "ctx net1\ndel web0\n" },
	{ "bpfvlan --netns /x link del web0", "ctx /x\ndel web0\n" },
	{ "bpfvlan -- link del web0", "ctx -\ndel web0\n" },
	{ "bpfvlan link", "ctx -\nlist - - -\n" },
	{ "bpfvlan l sh", "ctx -\nlist - - -\n" },
	{ "bpfvlan link l", "ctx -\nlist - - -\n" },
	{ "bpfvlan li ls", "ctx -\nlist - - -\n" },
	{ "bpfvlan lin lst web0", "ctx -\nlist web0 - -\n" },
	{ "bpfvlan link list dev web0 netns web link eth0",
	  "ctx -\nlist web0 web eth0\n" },
	{ "bpfvlan link show link eth1", "ctx -\nlist - - eth1\n" },
	{ "bpfvlan a", "ctx -\nlist - - -\naddrs - -\n" },
	{ "bpfvlan a s web0", "ctx -\nlist web0 - -\naddrs web0 -\n" },
	{ "bpfvlan addr ls netns web", "ctx -\nlist - web -\naddrs - web\n" },
	{ "bpfvlan addr add 10.0.0.5/24 dev web0",
	  "ctx -\naddr_add 10.0.0.5/24 web0 -\n" },
	{ "bpfvlan address add dev web0 netns web local fe80::5",
	  "ctx -\naddr_add fe80::5/128 web0 web\n" },
	{ "bpfvlan ad a 10.0.0.5 dev web0",
	  "ctx -\naddr_add 10.0.0.5/32 web0 -\n" },
	{ "bpfvlan a d 10.0.0.5 dev web0",
	  "ctx -\naddr_del 10.0.0.5/255 web0 -\n" },
	{ "bpfvlan addr delete 10.0.0.5/24 dev web0",
	  "ctx -\naddr_del 10.0.0.5/24 web0 -\n" },
	{ "bpfvlan master", "ctx -\nmasters\n" },
	{ "bpfvlan m s eth0", "ctx -\nmasters\n" },
	{ "bpfvlan master list dev eth1", "ctx -\nmasters\n" },
};

static void test_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(right); i++) {
		fake_reset();
		fake_slave("web0", "web");
		if (strstr(right[i].line, "/run/netns/web"))
			strcpy(fake.slaves[0].netns, "/run/netns/web");
		if (fake_run(right[i].line))
			fail_msg("%s: %s", right[i].line, fake.err);
		assert_string_equal(fake.err, "");
		assert_string_equal(fake.log, right[i].log);
	}
}

static void test_help(void **state)
{
	static const char *const lines[] = {
		"bpfvlan help",
		"bpfvlan -h",
		"bpfvlan --help",
		"bpfvlan -n x -j -hel",
		"bpfvlan link help",
		"bpfvlan l h",
		"bpfvlan link add help",
		"bpfvlan link add link eth0 type ipvlan help",
		"bpfvlan link set web0 help",
		"bpfvlan link show help",
		"bpfvlan addr help",
		"bpfvlan addr add help",
		"bpfvlan master help",
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(lines); i++) {
		assert_int_equal(fake_run(lines[i]), 0);
		assert_string_equal(fake.err, "");
		assert_memory_equal(fake.out, "Usage: bpfvlan ", 15);
		assert_null(fake.log);
	}
	/* The same text, on stderr, when nothing was asked for. */
	assert_int_equal(fake_run("bpfvlan"), 1);
	assert_string_equal(fake.out, "");
	assert_memory_equal(fake.err, "Usage: bpfvlan ", 15);
	fake_expect("bpfvlan -V", 0, "bpfvlan " BV_VERSION "\n", "");
	fake_expect("bpfvlan --Version", 0, "bpfvlan " BV_VERSION "\n", "");
}

static void refuse(const char *call, int err, const char *text)
{
	fake.fail_call = call;
	fake.fail_err = err;
	fake.fail_text = text;
}

static void test_library_errors(void **state)
{
	(void)state;
	fake_slave("web0", "web");
	fake_expect("bpfvlan link del nosuch", 1, "",
		    "Cannot find device \"nosuch\"\n");
	fake_expect("bpfvlan link set nosuch up", 1, "",
		    "Cannot find device \"nosuch\"\n");
	fake_expect("bpfvlan link add link nosuch a type ipvlan", 1, "",
		    "Cannot find device \"nosuch\"\n");
	fake_expect("bpfvlan addr add 10.0.0.1/24 dev nosuch", 1, "",
		    "Cannot find device \"nosuch\"\n");
	fake_expect("bpfvlan link add link eth0 web0 netns web type ipvlan", 2,
		    "", "Error: cannot add \"web0\": File exists.\n");
	fake_slave("web0", "db");
	fake_expect("bpfvlan link del web0", 2, "",
		    "Error: several slaves are named \"web0\".\n");
	fake_expect("bpfvlan link del web0 netns db", 0, "", "");
	refuse("add", -ENODEV, "no namespace \"x\"");
	fake_expect("bpfvlan link add link eth0 a netns x type ipvlan", 1, "",
		    "Error: no namespace \"x\".\n");
	refuse("addr_add", -EADDRINUSE, "10.0.0.1 on \"web0\": in use");
	fake_expect("bpfvlan addr add 10.0.0.1/24 dev web0", 2, "",
		    "Error: 10.0.0.1 on \"web0\": in use.\n");
	/* Without a word from the library, the system's. */
	refuse("addr_del", -EADDRNOTAVAIL, "");
	fake_expect("bpfvlan addr del 10.0.0.1/24 dev web0", 2, "",
		    "Error: Cannot assign requested address.\n");
	refuse("list", -EPERM, "no privilege");
	fake_expect("bpfvlan link show", 2, "", "Error: no privilege.\n");
	refuse("list", -EPERM, "no privilege");
	fake_expect("bpfvlan -j addr show", 2, "", "Error: no privilege.\n");
	refuse("addrs", -ENOMEM, "too little memory");
	fake_expect("bpfvlan -j addr show", 2, "",
		    "Error: too little memory.\n");
	refuse("masters", -EPERM, "no privilege");
	fake_expect("bpfvlan -j master", 2, "", "Error: no privilege.\n");
}

static void test_namespace_errors(void **state)
{
	(void)state;
	fake_expect(
		"bpfvlan -n nosuch link show", 1, "",
		"Cannot open network namespace \"nosuch\": No such file or directory\n");
	refuse("ctx_new", -EMFILE, "");
	fake_expect(
		"bpfvlan link show", 1, "",
		"Cannot open the present network namespace: Too many open files\n");
	/* A wrong line is told first: it needs no namespace. */
	fake_expect(
		"bpfvlan -n nosuch link frob", 1, "",
		"Command \"frob\" is unknown, try \"bpfvlan link help\".\n");
}

static void test_nothing_to_show(void **state)
{
	(void)state;
	fake_expect("bpfvlan link show", 0, "", "");
	fake_expect("bpfvlan -j link show", 0, "[]\n", "");
	fake_expect("bpfvlan addr show", 0, "", "");
	fake_expect("bpfvlan -j -p addr show", 0, "[]\n", "");
	fake_expect("bpfvlan link show link eth9", 0, "", "");
	fake_expect("bpfvlan link show web0", 1, "",
		    "Device \"web0\" does not exist.\n");
	fake_expect("bpfvlan -j addr show dev web0", 1, "",
		    "Device \"web0\" does not exist.\n");
	fake_expect("bpfvlan master show eth9", 1, "",
		    "Device \"eth9\" is not a master.\n");
	fake.n_masters = 0;
	fake_expect("bpfvlan master", 0, "", "");
	fake_expect("bpfvlan -j master", 0, "[]\n", "");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wrong),
		TEST(test_right),
		TEST(test_help),
		TEST(test_library_errors),
		TEST(test_namespace_errors),
		TEST(test_nothing_to_show),
	};

	return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
