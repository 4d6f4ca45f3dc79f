/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_nl_tc.c - clsact and BPF filters of src/nl against the running kernel.
 */
#include "nl_env.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "nl/internal.h"

/* A program that does nothing but return ret. */
static int load(int ret)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = ret },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "test", "GPL", insns, 2,
			       NULL);

	assert_return_code(fd, -fd);
	return fd;
}

static uint32_t id_of(int prog_fd)
{
	struct bpf_prog_info info = { .id = 0 };
	uint32_t len = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(prog_fd, &info, &len), 0);
	return info.id;
}

struct found {
	int n;
	struct nl_filter last;
};

static int find(const struct nl_filter *f, void *arg)
{
	struct found *found = arg;

	found->n++;
	found->last = *f;
	return 0;
}

static struct found dump(struct env *e, bool egress)
{
	struct found found = { .n = 0 };

	assert_int_equal(nl_filter_dump(e->nl, WANTED, egress, find, &found),
			 0);
	return found;
}

static void clsact_comes_and_goes(void **state)
{
	struct env *e = *state;

	add_pair(e, WANTED, "near", "far");
	assert_true(nl_clsact_del(e->nl, WANTED) < 0);
	assert_int_equal(nl_clsact_add(e->nl, WANTED), 0);
	assert_int_equal(nl_clsact_add(e->nl, WANTED), -EEXIST);
	assert_int_equal(nl_clsact_del(e->nl, WANTED), 0);
	assert_int_equal(nl_clsact_add(e->nl, WANTED), 0);
	assert_int_equal(nl_clsact_add(e->nl, 4711), -ENODEV);
}

/* By hand: there is no function for it. */
static int qdisc_ingress_add(struct nl_sock *nl)
{
	struct nl_req req;
	struct tcmsg *tcm;

	tcm = nl_req_init(&req, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL,
			  sizeof(*tcm));
	tcm->tcm_ifindex = (int)WANTED;
	tcm->tcm_parent = TC_H_INGRESS;
	tcm->tcm_handle = TC_H_MAKE(TC_H_INGRESS, 0);
	nl_put_str(&req, TCA_KIND, "ingress");
	return nl_call(nl, &req, NULL, NULL);
}

static void ingress_qdisc_is_not_taken_for_clsact(void **state)
{
	struct env *e = *state;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(qdisc_ingress_add(e->nl), 0);
	assert_int_equal(nl_clsact_add(e->nl, WANTED), -EBUSY);
	assert_string_not_equal(nl_error(e->nl), "");
}

static void filter_comes_and_goes(void **state)
{
	struct nl_filter f = { .prio = 7, .handle = 3, .name = "bv_some_name" };
	int in = load(TC_ACT_OK), out = load(TC_ACT_UNSPEC);
	struct env *e = *state;
	struct found found;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_clsact_add(e->nl, WANTED), 0);
	assert_int_equal(nl_filter_add(e->nl, WANTED, &f, in), 0);
	assert_int_equal(nl_filter_add(e->nl, WANTED, &f, in), -EEXIST);
	assert_int_equal(dump(e, true).n, 0);
	f.egress = true;
	f.prio = 65535;
	f.handle = UINT32_MAX;
	assert_int_equal(nl_filter_add(e->nl, WANTED, &f, out), 0);

	found = dump(e, false);
	assert_int_equal(found.n, 1);
	assert_false(found.last.egress);
	assert_int_equal(found.last.prio, 7);
	assert_int_equal(found.last.handle, 3);
	assert_int_equal(found.last.prog_id, id_of(in));
	assert_string_equal(found.last.name, "bv_some_name");
	found = dump(e, true);
	assert_int_equal(found.n, 1);
	assert_true(found.last.egress);
	assert_int_equal(found.last.prio, 65535);
	assert_int_equal(found.last.handle, UINT32_MAX);
	assert_int_equal(found.last.prog_id, id_of(out));

	assert_int_equal(nl_filter_del(e->nl, WANTED, &found.last), 0);
	assert_int_equal(nl_filter_del(e->nl, WANTED, &found.last), -ENOENT);
	assert_int_equal(dump(e, true).n, 0);
	assert_int_equal(dump(e, false).n, 1);
	assert_int_equal(nl_clsact_del(e->nl, WANTED), 0);
	assert_int_equal(dump(e, false).n, 0);
	close(in);
	close(out);
}

static void filter_decides_directly(void **state)
{
	struct nl_filter f = { .egress = true, .prio = 1, .handle = 1 };
	int prog = load(TC_ACT_SHOT);
	struct env *e = *state;

	add_pair(e, WANTED, "near", "far");
	set_up(e, "near", "far");
	assert_int_equal(nl_clsact_add(e->nl, WANTED), 0);
	assert_int_equal(send_frame(WANTED, 100), 0);
	assert_int_equal(nl_filter_add(e->nl, WANTED, &f, prog), 0);
	assert_int_equal(send_frame(WANTED, 100), -ENOBUFS);
	assert_int_equal(nl_filter_del(e->nl, WANTED, &f), 0);
	assert_int_equal(send_frame(WANTED, 100), 0);
	close(prog);
}

static void nothing_more_than_one_filter_is_deleted(void **state)
{
	struct nl_filter f = { .prio = 1, .handle = 1 }, del;
	int prog = load(TC_ACT_OK);
	struct env *e = *state;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_clsact_add(e->nl, WANTED), 0);
	assert_int_equal(nl_filter_add(e->nl, WANTED, &f, prog), 0);
	f.handle = 2;
	assert_int_equal(nl_filter_add(e->nl, WANTED, &f, prog), 0);
	del = (struct nl_filter){ .prio = 1 };
	assert_int_equal(nl_filter_del(e->nl, WANTED, &del), -EINVAL);
	del = (struct nl_filter){ .handle = 1 };
	assert_int_equal(nl_filter_del(e->nl, WANTED, &del), -EINVAL);
	assert_int_equal(dump(e, false).n, 2);
	assert_int_equal(nl_filter_del(e->nl, WANTED, &f), 0);
	assert_int_equal(dump(e, false).last.handle, 1);
	close(prog);
}

static void kernel_chooses_prio_and_handle(void **state)
{
	struct nl_filter f = { .egress = true };
	int prog = load(TC_ACT_OK);
	struct env *e = *state;
	struct found found;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_clsact_add(e->nl, WANTED), 0);
	assert_int_equal(nl_filter_add(e->nl, WANTED, &f, prog), 0);
	found = dump(e, true);
	assert_int_equal(found.n, 1);
	assert_int_not_equal(found.last.prio, 0);
	assert_int_not_equal(found.last.handle, 0);
	assert_string_equal(found.last.name, "");
	assert_int_equal(nl_filter_del(e->nl, WANTED, &found.last), 0);
	close(prog);
}

/* By hand, at ingress: filters with which our functions have no business. */
static int other_filter_add(struct nl_sock *nl, uint16_t prio, uint16_t proto,
			    uint32_t chain, int prog_fd)
{
	struct nlattr *options;
	struct nl_req req;
	struct tcmsg *tcm;

	tcm = nl_req_init(&req, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL,
			  sizeof(*tcm));
	tcm->tcm_ifindex = (int)WANTED;
	tcm->tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
	tcm->tcm_info = TC_H_MAKE((uint32_t)prio << 16, htons(proto));
	nl_put_str(&req, TCA_KIND, "bpf");
	nl_put_u32(&req, TCA_CHAIN, chain);
	options = nl_nest(&req, TCA_OPTIONS);
	nl_put_u32(&req, TCA_BPF_FD, (uint32_t)prog_fd);
	nl_nest_end(&req, options);
	return nl_call(nl, &req, NULL, NULL);
}

static void other_filters_are_passed_over(void **state)
{
	struct nl_filter f = { .prio = 5, .handle = 1, .name = "ours" };
	int prog = load(TC_ACT_OK);
	struct env *e = *state;
	struct found found;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_clsact_add(e->nl, WANTED), 0);
	assert_int_equal(other_filter_add(e->nl, 4, ETH_P_IP, 0, prog), 0);
	assert_int_equal(other_filter_add(e->nl, 5, ETH_P_ALL, 1, prog), 0);
	assert_int_equal(nl_filter_add(e->nl, WANTED, &f, prog), 0);
	found = dump(e, false);
	assert_int_equal(found.n, 1);
	assert_string_equal(found.last.name, "ours");
	assert_int_equal(nl_filter_count(e->nl, WANTED, false), 3);
	assert_int_equal(nl_filter_count(e->nl, WANTED, true), 0);
	/* A priority is one kind and protocol's. */
	f.prio = 4;
	assert_int_equal(nl_filter_add(e->nl, WANTED, &f, prog), -EINVAL);
	assert_string_not_equal(nl_error(e->nl), "");
	close(prog);
}

static int stop(const struct nl_filter *f, void *arg)
{
	int *calls = arg;

	(void)f;
	++*calls;
	return -ECANCELED;
}

static void dump_stops_at_an_error(void **state)
{
	struct nl_filter f = { .prio = 1 };
	int prog = load(TC_ACT_OK), calls = 0;
	struct env *e = *state;

	add_pair(e, WANTED, "near", "far");
	assert_int_equal(nl_clsact_add(e->nl, WANTED), 0);
	for (f.handle = 1; f.handle <= 300; f.handle++)
		assert_int_equal(nl_filter_add(e->nl, WANTED, &f, prog), 0);
	assert_int_equal(nl_filter_dump(e->nl, WANTED, false, stop, &calls),
			 -ECANCELED);
	assert_int_equal(calls, 1);
	assert_int_equal(dump(e, false).n, 300);
	close(prog);
}

static void without_clsact_there_are_no_filters(void **state)
{
	struct nl_filter f = { .prio = 1, .handle = 1 };
	int prog = load(TC_ACT_OK);
	struct env *e = *state;

	assert_int_equal(dump(e, false).n, 0);
	add_pair(e, WANTED, "near", "far");
	assert_int_equal(dump(e, false).n, 0);
	assert_int_equal(dump(e, true).n, 0);
	assert_int_equal(nl_filter_add(e->nl, WANTED, &f, prog), -EINVAL);
	assert_int_equal(nl_clsact_add(e->nl, WANTED), 0);
	/* Not a program: a socket. */
	close(prog);
	prog = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(nl_filter_add(e->nl, WANTED, &f, prog), -EINVAL);
	assert_int_equal(dump(e, false).n, 0);
	close(prog);
}

#define T(f) cmocka_unit_test_setup_teardown(f, nl_env_setup, nl_env_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(clsact_comes_and_goes),
		T(ingress_qdisc_is_not_taken_for_clsact),
		T(filter_comes_and_goes),
		T(filter_decides_directly),
		T(nothing_more_than_one_filter_is_deleted),
		T(kernel_chooses_prio_and_handle),
		T(other_filters_are_passed_over),
		T(dump_stops_at_an_error),
		T(without_clsact_there_are_no_filters),
	};

	if (geteuid() != 0) {
		fprintf(stderr, "needs root: makes network namespaces\n");
		return 77; /* skipped, to meson */
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
