/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_nl_msg.c - messages of src/nl without a kernel: limits, other kernels.
 *
 * Messages to be parsed end where their allocation ends, so that a sanitizer
 * sees it when one byte too many is read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "nl/internal.h"

/* Parses what req holds, as if the kernel had sent it, cut to len bytes. */
static int parse_cut(const struct nl_req *req, size_t len, struct nl_link *link)
{
	struct nlmsghdr *h = malloc(len);
	int ret;

	assert_false(req->overflow);
	assert_non_null(h);
	memcpy(h, req->buf, len);
	h->nlmsg_len = (uint32_t)len;
	memset(link, 0, sizeof(*link));
	ret = nl_link_parse(h, link, NULL);
	free(h);
	return ret;
}

static struct nl_link parse(const struct nl_req *req)
{
	struct nl_link link;

	assert_int_equal(parse_cut(req, req->h.nlmsg_len, &link), 1);
	return link;
}

static void begin(struct nl_req *req)
{
	struct ifinfomsg *ifm = nl_req_init(req, RTM_NEWLINK, 0, sizeof(*ifm));

	ifm->ifi_index = 42;
	ifm->ifi_flags = 0x11043;
	ifm->ifi_type = 1;
}

static void absent_attributes_are_zero(void **state)
{
	struct nl_link link, want = { .ifindex = 42,
				      .flags = 0x11043,
				      .type = 1,
				      .peer_nsid = NL_NSID_SELF };
	struct nl_req req;

	(void)state;
	begin(&req);
	link = parse(&req);
	assert_memory_equal(&link, &want, sizeof(want));
}

static void unknown_attributes_are_passed_over(void **state)
{
	struct nl_req req;

	(void)state;
	begin(&req);
	nl_put(&req, 1000, "whatever", 8);
	nl_put_u32(&req, IFLA_MTU, 1280);
	assert_int_equal(parse(&req).mtu, 1280);
}

static void short_numbers_are_left_out(void **state)
{
	struct nl_link link;
	struct nl_req req;

	(void)state;
	begin(&req);
	nl_put(&req, IFLA_MTU, "\1\2\3", 3);
	nl_put(&req, IFLA_LINK_NETNSID, "\1\2", 2);
	nl_put(&req, IFLA_ADDRESS, "", 0);
	nl_put(&req, IFLA_BROADCAST, "\1\2\3\4\5", 5);
	nl_put(&req, IFLA_OPERSTATE, "", 0);
	link = parse(&req);
	assert_int_equal(link.mtu, 0);
	assert_int_equal(link.peer_nsid, NL_NSID_SELF);
	assert_int_equal(link.mac_len, 0);
	assert_int_equal(link.brd[0], 0);
	assert_int_equal(link.operstate, 0);
}

static void long_numbers_are_read(void **state)
{
	const uint32_t numbers[3] = { 1500, 7, 8 };
	struct nl_link link;
	struct nl_req req;

	(void)state;
	begin(&req);
	nl_put(&req, IFLA_MTU, numbers, sizeof(numbers));
	nl_put(&req, IFLA_OPERSTATE, "\6\7\7\7", 4);
	link = parse(&req);
	assert_int_equal(link.mtu, 1500);
	assert_int_equal(link.min_mtu, 0);
	assert_int_equal(link.operstate, 6);
	assert_int_equal(link.linkmode, 0);
}

static void attributes_newer_than_the_headers_are_read(void **state)
{
	struct nl_link link;
	struct nl_req req;

	(void)state;
	begin(&req);
	nl_put_u32(&req, 63, 1001);
	nl_put_u32(&req, 64, 1002);
	link = parse(&req);
	assert_int_equal(link.gso_ipv4_max_size, 1001);
	assert_int_equal(link.gro_ipv4_max_size, 1002);
}

static void stats_of_other_kernels_are_read(void **state)
{
	uint64_t stats[40];
	struct nl_link link;
	struct nl_req req;
	size_t i;

	(void)state;
	for (i = 0; i < 40; i++)
		stats[i] = i + 1;
	begin(&req);
	nl_put(&req, IFLA_STATS64, stats, sizeof(stats));
	link = parse(&req);
	assert_int_equal(link.stats.rx_packets, 1);
	assert_int_equal(link.stats.tx_packets, 2);
	assert_int_equal(link.stats.rx_nohandler, 24);
	begin(&req);
	nl_put(&req, IFLA_STATS64, stats, 23 * sizeof(stats[0]));
	link = parse(&req);
	assert_int_equal(link.stats.tx_compressed, 23);
	assert_int_equal(link.stats.rx_nohandler, 0);
}

static void strings_are_cut_and_terminated(void **state)
{
	struct nl_link link;
	struct nl_req req;

	(void)state;
	begin(&req);
	nl_put(&req, IFLA_IFNAME, "0123456789abcdefgh", 18);
	nl_put(&req, IFLA_QDISC, "fq", 2);
	link = parse(&req);
	assert_string_equal(link.name, "0123456789abcde");
	assert_string_equal(link.qdisc, "fq");
	begin(&req);
	nl_put(&req, IFLA_IFNAME, "", 0);
	assert_string_equal(parse(&req).name, "");
}

static void addresses_that_are_not_ethernet_are_left_out(void **state)
{
	static const uint8_t none[6];
	const uint8_t hw[20] = { 1, 2, 3 };
	struct nl_link link;
	struct nl_req req;

	(void)state;
	begin(&req);
	nl_put(&req, IFLA_ADDRESS, hw, sizeof(hw));
	nl_put(&req, IFLA_BROADCAST, hw, sizeof(hw));
	link = parse(&req);
	assert_int_equal(link.mac_len, 20);
	assert_memory_equal(link.mac, none, 6);
	assert_memory_equal(link.brd, none, 6);
	begin(&req);
	nl_put(&req, IFLA_ADDRESS, hw, 6);
	nl_put(&req, IFLA_BROADCAST, hw, 6);
	link = parse(&req);
	assert_int_equal(link.mac_len, 6);
	assert_memory_equal(link.mac, hw, 6);
	assert_memory_equal(link.brd, hw, 6);
}

/* A message with nests in it, the last attribute of which is in a nest. */
static void put_nests(struct nl_req *req)
{
	struct nlattr *outer, *inner;

	begin(req);
	outer = nl_nest(req, IFLA_LINKINFO);
	nl_put(req, IFLA_INFO_DATA, "data", 4);
	nl_put_str(req, IFLA_INFO_KIND, "veth");
	nl_nest_end(req, outer);
	outer = nl_nest(req, IFLA_AF_SPEC);
	inner = nl_nest(req, AF_INET);
	nl_put(req, IFLA_INET6_ADDR_GEN_MODE, "\7", 1);
	nl_nest_end(req, inner);
	inner = nl_nest(req, AF_INET6);
	nl_put_u32(req, IFLA_INET6_FLAGS, 1);
	nl_put(req, IFLA_INET6_ADDR_GEN_MODE, "\1", 1);
	nl_nest_end(req, inner);
	nl_nest_end(req, outer);
}

static void nests_are_read(void **state)
{
	struct nl_link link;
	struct nl_req req;

	(void)state;
	put_nests(&req);
	link = parse(&req);
	assert_string_equal(link.kind, "veth");
	assert_int_equal(link.addr_gen_mode, 1);
}

static void cut_messages_are_read_up_to_the_cut(void **state)
{
	const size_t headers = NLMSG_HDRLEN + sizeof(struct ifinfomsg);
	struct nl_link link;
	struct nl_req req;
	size_t len;

	(void)state;
	put_nests(&req);
	for (len = NLMSG_HDRLEN; len < headers; len++)
		assert_int_equal(parse_cut(&req, len, &link), -EBADMSG);
	/* libmnl takes it for granted that messages are padded. */
	for (; len < req.h.nlmsg_len; len += MNL_ALIGNTO) {
		assert_int_equal(parse_cut(&req, len, &link), 1);
		assert_int_equal(link.ifindex, 42);
		assert_int_equal(link.addr_gen_mode, 0);
	}
}

static void lengths_that_lie_are_not_believed(void **state)
{
	struct nl_link link;
	struct nlattr *a;
	struct nl_req req;
	unsigned int len;

	(void)state;
	/* The first attribute, then the one in it, has every length. */
	for (len = 0; len <= UINT16_MAX; len++) {
		put_nests(&req);
		a = mnl_nlmsg_get_payload_offset(&req.h,
						 sizeof(struct ifinfomsg));
		a->nla_len = (uint16_t)len;
		assert_int_equal(parse_cut(&req, req.h.nlmsg_len, &link), 1);
		put_nests(&req);
		a = mnl_attr_get_payload(a);
		a->nla_len = (uint16_t)len;
		assert_int_equal(parse_cut(&req, req.h.nlmsg_len, &link), 1);
	}
}

static void other_messages_are_no_links(void **state)
{
	struct nl_link link;
	struct nl_req req;

	(void)state;
	begin(&req);
	req.h.nlmsg_type = RTM_DELLINK;
	assert_int_equal(parse_cut(&req, req.h.nlmsg_len, &link), 0);
}

static void requests_do_not_outgrow_their_buffer(void **state)
{
	struct {
		struct nl_req req;
		char canary[64];
	} r;
	char untouched[sizeof(r.canary)], data[NL_REQ_SIZE];
	size_t len;

	(void)state;
	memset(data, 'd', sizeof(data));
	memset(untouched, 'u', sizeof(untouched));
	memcpy(r.canary, untouched, sizeof(untouched));
	for (len = 0; len <= sizeof(data); len++) {
		/* 32 bytes of headers and 4 of the attribute's own. */
		bool fits = len <= NL_REQ_SIZE - 36;

		begin(&r.req);
		nl_put(&r.req, 1, data, len);
		assert_int_equal(r.req.overflow, !fits);
		assert_true(r.req.h.nlmsg_len <= NL_REQ_SIZE);
		nl_put_u32(&r.req, 2, 0);
		nl_nest_end(&r.req, nl_nest(&r.req, 3));
		nl_put_header(&r.req, sizeof(struct ifinfomsg));
		assert_true(r.req.h.nlmsg_len <= NL_REQ_SIZE);
		assert_int_equal(r.req.overflow,
				 36 + MNL_ALIGN((int)len) + 8 + 4 + 16 >
					 NL_REQ_SIZE);
	}
	begin(&r.req);
	nl_put(&r.req, 1, data, SIZE_MAX - 8);
	assert_true(r.req.overflow);
	assert_memory_equal(r.canary, untouched, sizeof(untouched));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_attributes_are_zero),
		cmocka_unit_test(unknown_attributes_are_passed_over),
		cmocka_unit_test(short_numbers_are_left_out),
		cmocka_unit_test(long_numbers_are_read),
		cmocka_unit_test(attributes_newer_than_the_headers_are_read),
		cmocka_unit_test(stats_of_other_kernels_are_read),
		cmocka_unit_test(strings_are_cut_and_terminated),
		cmocka_unit_test(addresses_that_are_not_ethernet_are_left_out),
		cmocka_unit_test(nests_are_read),
		cmocka_unit_test(cut_messages_are_read_up_to_the_cut),
		cmocka_unit_test(lengths_that_lie_are_not_believed),
		cmocka_unit_test(other_messages_are_no_links),
		cmocka_unit_test(requests_do_not_outgrow_their_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
