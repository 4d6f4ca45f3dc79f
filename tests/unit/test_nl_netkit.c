// SPDX-License-Identifier: GPL-2.0-or-later
/* src/nl/netkit.c, against the kernel; or against one that has no netkit. */
#include "nl_env.h"

#include <bpf/bpf.h>
#include <net/if_arp.h>

#define NETKIT_PEER ((enum bpf_attach_type)55)

/* Asked by another way than nl_netkit_add(): lo is no netkit, where there is. */
static bool have_netkit(void)
{
	__u32 n = 0;

	return bpf_prog_query(1, NETKIT_PEER, 0, NULL, NULL, &n) == -ENXIO;
}

static void need_netkit(void)
{
	if (have_netkit())
		return;
	puts("skip: this kernel has no netkit (Linux 6.7, CONFIG_NETKIT)");
	skip();
}

static void netkit_is_there_or_not_supported(void **state)
{
	struct env *e = *state;
	struct nl_veth pair = { .name = "near",
				.ifindex = WANTED,
				.peer_name = "far",
				.peer_netns_fd = e->there,
				.mac = mac };
	struct nl_link link;
	int wanted = have_netkit() ? 0 : -EOPNOTSUPP;

	assert_int_equal(nl_netkit_add(e->nl, &pair), wanted);
	wanted = have_netkit() ? 0 : -ENODEV;
	assert_int_equal(get(e->nl, "near", &link), wanted);
	assert_int_equal(get(e->nl_there, "far", &link), wanted);
}

static void netkit_spans_namespaces(void **state)
{
	struct env *e = *state;
	struct nl_veth pair = { .name = "near",
				.ifindex = WANTED,
				.up = true,
				.peer_name = "far",
				.peer_netns_fd = e->there,
				.mtu = 1400,
				.peer_mtu = 1300,
				.mac = mac };
	struct nl_link near, far;

	need_netkit();
	assert_int_equal(nl_netkit_add(e->nl, &pair), 0);
	assert_int_equal(get(e->nl, "near", &near), 0);
	assert_int_equal(get(e->nl_there, "far", &far), 0);
	assert_int_equal(near.ifindex, WANTED);
	assert_int_equal(near.type, ARPHRD_ETHER);
	assert_string_equal(near.kind, "netkit");
	assert_string_equal(far.kind, "netkit");
	assert_int_equal(near.flags & (IFF_UP | IFF_NOARP), IFF_UP);
	assert_int_equal(far.flags & (IFF_UP | IFF_NOARP), 0);
	assert_int_equal(near.peer_ifindex, far.ifindex);
	assert_int_equal(far.peer_ifindex, WANTED);
	assert_int_equal(near.peer_nsid, nl_nsid_get(e->nl, e->there));
	assert_int_equal(near.mtu, 1400);
	assert_int_equal(far.mtu, 1300);
	assert_memory_equal(near.mac, mac, 6);
	assert_memory_equal(far.mac, mac, 6);
}

static void netkit_refuses_what_is_in_use(void **state)
{
	struct env *e = *state;
	struct nl_veth pair = { .name = "new",
				.ifindex = WANTED + 1,
				.peer_name = "far",
				.peer_netns_fd = e->there };
	struct nl_link link;

	need_netkit();
	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_netkit_add(e->nl, &pair), -EEXIST);
	pair.peer_name = "other";
	pair.ifindex = WANTED;
	assert_int_equal(nl_netkit_add(e->nl, &pair), -EBUSY);
	assert_int_equal(get(e->nl, "new", &link), -ENODEV);
	assert_int_equal(get(e->nl_there, "other", &link), -ENODEV);
}

#define T(name) \
	cmocka_unit_test_setup_teardown(name, nl_env_setup, nl_env_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(netkit_is_there_or_not_supported),
		T(netkit_spans_namespaces),
		T(netkit_refuses_what_is_in_use),
	};

	return cmocka_run_group_tests_name("nl_netkit", tests, NULL, NULL);
}
