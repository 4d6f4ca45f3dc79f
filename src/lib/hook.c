// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * hook.c - one of our programs on a device: by TCX, or clsact before Linux 6.6.
 *
 * A program attached by fd (BPF_PROG_ATTACH, no link, no pin) stays when its
 * loader exits, and keeps its maps; the device's list of programs is where they
 * are found again. We append to TCX: who attached before us sees frames first,
 * who attaches later sees what we leave to them. With clsact our filter has a
 * preference behind those that tc(8) gives out by itself.
 *
 * BPF_PROG_ATTACH and _QUERY take an ifindex of the calling thread's namespace,
 * which bv_begin() has entered.
 */
#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* enum bpf_attach_type of Linux 6.6; Debian 12's headers are older. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47
/* BPF_MPROG_MAX */
#define TCX_MAX 64

/* tc(8) starts at 0xc000 and goes down; equal to none that it would choose. */
#define FILTER_PRIO 0xc100
#define FILTER_HANDLE 1

static enum bpf_attach_type tcx_type(bool egress)
{
	return (enum bpf_attach_type)(egress ? TCX_EGRESS : TCX_INGRESS);
}

const char *bv_hook_name(enum bv_hook hook)
{
	return hook == BV_HOOK_TCX ? "tcx" : "clsact";
}

static int tcx_query(uint32_t ifindex, bool egress, uint32_t *ids,
		     uint32_t *n_ids)
{
	LIBBPF_OPTS(bpf_prog_query_opts, opts, .prog_ids = ids,
		    .prog_cnt = *n_ids);
	int err = bpf_prog_query_opts((int)ifindex, tcx_type(egress), &opts);

	if (err)
		return err;
	*n_ids = opts.prog_cnt;
	return 0;
}

/* TCX unless the kernel has none, or BPFVLAN_HOOK=clsact asks for the other. */
enum bv_hook bv_hook_choose(uint32_t ifindex)
{
	const char *wanted = secure_getenv("BPFVLAN_HOOK");
	uint32_t n = 0;

	if (wanted && !strcmp(wanted, "clsact"))
		return BV_HOOK_CLSACT;
	return tcx_query(ifindex, false, NULL, &n) == -EINVAL ? BV_HOOK_CLSACT :
								BV_HOOK_TCX;
}

static struct nl_filter our_filter(bool egress, const char *name)
{
	struct nl_filter f = {
		.egress = egress,
		.prio = FILTER_PRIO,
		.handle = FILTER_HANDLE,
	};

	strncpy(f.name, name, sizeof(f.name) - 1);
	return f;
}

static int prog_name(int prog_fd, char name[BPF_OBJ_NAME_LEN])
{
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(prog_fd, &info, &len))
		return -errno;
	memcpy(name, info.name, BPF_OBJ_NAME_LEN);
	return 0;
}

int bv_hook_attach(struct bv_ctx *ctx, enum bv_hook hook, uint32_t ifindex,
		   bool egress, int prog_fd)
{
	char name[BPF_OBJ_NAME_LEN];
	struct nl_filter f;
	int err;

	if (hook == BV_HOOK_TCX) {
		return bpf_prog_attach(prog_fd, (int)ifindex, tcx_type(egress),
				       0);
	}
	err = prog_name(prog_fd, name);
	if (err)
		return err;
	err = nl_clsact_add(ctx->nl, ifindex);
	if (err && err != -EEXIST)
		return err;
	f = our_filter(egress, name);
	return nl_filter_add(ctx->nl, ifindex, &f, prog_fd);
}

int bv_hook_detach(struct bv_ctx *ctx, enum bv_hook hook, uint32_t ifindex,
		   bool egress, int prog_fd)
{
	struct nl_filter f;

	if (hook == BV_HOOK_CLSACT) {
		f = our_filter(egress, "");
		return nl_filter_del(ctx->nl, ifindex, &f);
	}
	return bpf_prog_detach2(prog_fd, (int)ifindex, tcx_type(egress));
}

int bv_prog_open(uint32_t id, const char *name)
{
	char found[BPF_OBJ_NAME_LEN];
	int fd = bpf_prog_get_fd_by_id(id);
	int err;

	if (fd < 0)
		return fd;
	err = prog_name(fd, found);
	if (!err && !strncmp(found, name, sizeof(found)))
		return fd;
	close(fd);
	return err ? err : -ENOENT;
}

struct filter_search {
	const char *name;
	int fd;
};

static int match_filter(const struct nl_filter *f, void *arg)
{
	struct filter_search *search = arg;

	if (search->fd < 0 && f->prio == FILTER_PRIO)
		search->fd = bv_prog_open(f->prog_id, search->name);
	return 0;
}

int bv_hook_find(struct bv_ctx *ctx, uint32_t ifindex, bool egress,
		 const char *name, enum bv_hook *hook)
{
	struct filter_search search = { .name = name, .fd = -ENOENT };
	uint32_t ids[TCX_MAX], n = TCX_MAX;
	int err;

	err = tcx_query(ifindex, egress, ids, &n);
	if (err == -EPERM)
		return err;
	for (uint32_t i = 0; !err && i < n; i++) {
		int fd = bv_prog_open(ids[i], name);

		/* -ENOENT also if it was detached since: look on. */
		if (fd != -ENOENT) {
			*hook = BV_HOOK_TCX;
			return fd;
		}
	}
	err = nl_filter_dump(ctx->nl, ifindex, egress, match_filter, &search);
	if (err < 0 && search.fd < 0)
		return err;
	if (search.fd >= 0)
		*hook = BV_HOOK_CLSACT;
	return search.fd;
}
