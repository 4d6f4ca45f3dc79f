// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * master.c - the masters that have our programs, and what that costs.
 */
#include <bpf/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* What the kernel says a map holds of memory (bpf_map_show_fdinfo()). */
static uint64_t map_memory(int fd)
{
	unsigned long long bytes = 0;
	char path[64], line[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "memlock:", 8))
			continue;
		bytes = strtoull(line + 8, NULL, 10);
		break;
	}
	fclose(f);
	return bytes;
}

static int fill(const struct port *port, struct bv_master_info *info)
{
	memset(info, 0, sizeof(*info));
	memcpy(info->name, port->link.name, sizeof(info->name));
	info->ifindex = port->link.ifindex;
	info->slaves = bv_live_count(port);
	info->max_slaves = port->rec->slots - 1;
	info->max_addrs = port->rec->addrs;
	info->promiscuity = port->link.promiscuity;
	info->hook = bv_hook_name(port->rec->hook);
	info->memory = map_memory(port->port_fd) + map_memory(port->slaves_fd) +
		       map_memory(port->drops_fd) + map_memory(port->addrs_fd) +
		       map_memory(port->dhcp_fd) + map_memory(port->macs_fd);
	info->drops = bv_drops_copy(port, BV_SLOT_HOST);
	return info->drops ? 0 : -ENOMEM;
}

int bv_master_list(struct bv_ctx *ctx, struct bv_master_info **ret)
{
	struct bv_master_info *list = NULL;
	int n = 0, count = 0, err = bv_begin_reading(ctx);

	if (err)
		return err;
	err = bv_port_open_all(ctx);
	if (err)
		goto out;
	for (struct port *port = ctx->ports; port; port = port->next)
		count++;
	list = calloc(count ? count : 1, sizeof(*list));
	if (!list) {
		err = bv_fail(ctx, -ENOMEM, "out of memory");
		goto out;
	}
	for (struct port *port = ctx->ports; !err && port; port = port->next)
		err = fill(port, &list[n++]);
	if (err)
		bv_fail(ctx, err, "out of memory");
out:
	bv_end(ctx);
	if (err) {
		bv_master_list_free(list, n);
		return err;
	}
	*ret = list;
	return n;
}

void bv_master_list_free(struct bv_master_info *list, int n)
{
	for (int i = 0; i < n; i++)
		free((void *)list[i].drops);
	free(list);
}
