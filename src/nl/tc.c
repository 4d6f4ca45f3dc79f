/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tc.c - the clsact qdisc and BPF filters on it (tc-bpf(8)).
 *
 * A filter is addressed by direction, priority, protocol and handle, in a
 * chain. Protocol and chain are always the same here: all, and 0, which is
 * the one that runs.
 */
#include "nl/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

static struct tcmsg *qdisc_req(struct nl_req *req, uint16_t type,
			       uint16_t flags, uint32_t ifindex)
{
	struct tcmsg *tcm = nl_req_init(req, type, flags, sizeof(*tcm));

	tcm->tcm_ifindex = (int)ifindex;
	tcm->tcm_parent = TC_H_CLSACT;
	tcm->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	return tcm;
}

static int get_kind(const struct nlmsghdr *h, void *arg)
{
	const struct nlattr *a;

	if (h->nlmsg_type != RTM_NEWQDISC)
		return 0;
	mnl_attr_for_each(a, h, sizeof(struct tcmsg)) {
		if (mnl_attr_get_type(a) == TCA_KIND)
			nl_attr_str(a, arg, IFNAMSIZ);
	}
	return 0;
}

int nl_clsact_add(struct nl_sock *nl, uint32_t ifindex)
{
	char kind[IFNAMSIZ] = "";
	struct nl_req req;
	int err;

	qdisc_req(&req, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifindex);
	nl_put_str(&req, TCA_KIND, "clsact");
	err = nl_call(nl, &req, NULL, NULL);
	if (err != -EEXIST)
		return err;
	/*
	 * The ingress qdisc has the same place. It has no egress side, yet
	 * accepts filters for it, and runs them on ingress.
	 * To be told which it is, one has to ask for an echo.
	 */
	qdisc_req(&req, RTM_GETQDISC, NLM_F_ECHO, ifindex);
	err = nl_call(nl, &req, get_kind, kind);
	if (err)
		return err;
	if (!strcmp(kind, "clsact"))
		return nl_fail(nl, -EEXIST, "");
	return nl_fail(nl, -EBUSY, "Another qdisc is where clsact would go");
}

int nl_clsact_del(struct nl_sock *nl, uint32_t ifindex)
{
	struct nl_req req;

	qdisc_req(&req, RTM_DELQDISC, 0, ifindex);
	nl_put_str(&req, TCA_KIND, "clsact");
	return nl_call(nl, &req, NULL, NULL);
}

static uint32_t direction(bool egress)
{
	return TC_H_MAKE(TC_H_CLSACT,
			 egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
}

static void filter_req(struct nl_req *req, uint16_t type, uint32_t ifindex,
		       const struct nl_filter *f)
{
	struct tcmsg *tcm = nl_req_init(req, type, 0, sizeof(*tcm));

	tcm->tcm_ifindex = (int)ifindex;
	tcm->tcm_parent = direction(f->egress);
	tcm->tcm_info = TC_H_MAKE((uint32_t)f->prio << 16, htons(ETH_P_ALL));
	tcm->tcm_handle = f->handle;
	nl_put_str(req, TCA_KIND, "bpf");
}

int nl_filter_add(struct nl_sock *nl, uint32_t ifindex,
		  const struct nl_filter *f, int prog_fd)
{
	struct nlattr *options;
	struct nl_req req;

	filter_req(&req, RTM_NEWTFILTER, ifindex, f);
	req.h.nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	options = nl_nest(&req, TCA_OPTIONS);
	nl_put_u32(&req, TCA_BPF_FD, (uint32_t)prog_fd);
	if (f->name[0])
		nl_put_str(&req, TCA_BPF_NAME, f->name);
	nl_put_u32(&req, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	nl_nest_end(&req, options);
	return nl_call(nl, &req, NULL, NULL);
}

int nl_filter_del(struct nl_sock *nl, uint32_t ifindex,
		  const struct nl_filter *f)
{
	struct nl_req req;

	/* To the kernel 0 means all of them, other people's included. */
	if (!f->prio || !f->handle)
		return nl_fail(nl, -EINVAL, "");
	filter_req(&req, RTM_DELTFILTER, ifindex, f);
	return nl_call(nl, &req, NULL, NULL);
}

static void parse_options(const struct nlattr *nest, struct nl_filter *f)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case TCA_BPF_ID:
			nl_attr_copy(a, &f->prog_id, sizeof(f->prog_id));
			break;
		case TCA_BPF_NAME:
			nl_attr_str(a, f->name, sizeof(f->name));
			break;
		}
	}
}

static int parse_filter(const struct nlmsghdr *h, void *record,
			const void *want)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(h);
	struct nl_filter *f = record;
	char kind[IFNAMSIZ] = "";
	const struct nlattr *a;
	uint32_t chain = 0;

	if (h->nlmsg_type != RTM_NEWTFILTER)
		return 0;
	if (mnl_nlmsg_get_payload_len(h) < sizeof(*tcm))
		return -EBADMSG;
	/* Handle 0 is the heading that comes before a priority's filters. */
	if (!tcm->tcm_handle || TC_H_MIN(tcm->tcm_info) != htons(ETH_P_ALL))
		return 0;
	mnl_attr_for_each(a, h, sizeof(*tcm)) {
		switch (mnl_attr_get_type(a)) {
		case TCA_KIND:
			nl_attr_str(a, kind, sizeof(kind));
			break;
		case TCA_CHAIN:
			nl_attr_copy(a, &chain, sizeof(chain));
			break;
		case TCA_OPTIONS:
			parse_options(a, f);
			break;
		}
	}
	if (strcmp(kind, "bpf") != 0 || chain)
		return 0;
	f->egress = *(const bool *)want;
	f->prio = (uint16_t)(TC_H_MAJ(tcm->tcm_info) >> 16);
	f->handle = tcm->tcm_handle;
	return 1;
}

/* Every filter's record is a byte that nobody reads. */
static int parse_any(const struct nlmsghdr *h, void *record, const void *want)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(h);

	(void)record;
	(void)want;
	if (h->nlmsg_type != RTM_NEWTFILTER)
		return 0;
	if (mnl_nlmsg_get_payload_len(h) < sizeof(*tcm))
		return -EBADMSG;
	return tcm->tcm_handle != 0;
}

static int dump_filters(struct nl_sock *nl, uint32_t ifindex, bool egress,
			struct nl_dump *dump)
{
	struct tcmsg *tcm;
	struct nl_req req;

	tcm = nl_req_init(&req, RTM_GETTFILTER, 0, sizeof(*tcm));
	tcm->tcm_ifindex = (int)ifindex;
	tcm->tcm_parent = direction(egress);
	return nl_dump(nl, &req, dump);
}

int nl_filter_count(struct nl_sock *nl, uint32_t ifindex, bool egress)
{
	struct nl_dump dump = { .size = 1, .parse = parse_any };
	int err = dump_filters(nl, ifindex, egress, &dump);

	free(dump.records);
	return err ? err : (int)dump.n;
}

int nl_filter_dump(struct nl_sock *nl, uint32_t ifindex, bool egress,
		   nl_filter_cb cb, void *arg)
{
	struct nl_dump dump = { .size = sizeof(struct nl_filter),
				.parse = parse_filter,
				.want = &egress };
	int err = dump_filters(nl, ifindex, egress, &dump);
	const struct nl_filter *filters = dump.records;

	for (size_t i = 0; !err && i < dump.n; i++)
		err = cb(&filters[i], arg);
	free(dump.records);
	return err;
}
