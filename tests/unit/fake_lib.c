// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The API of fake_lib.h. Rules are the documented ones as far as the command
 * depends on them: names are unique in a namespace, a name in several needs
 * netns, deletion is all or none, bv_ctx_error() is of the last call.
 */
#include "fake_lib.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/cli.h"

struct fake fake;

struct bv_ctx {
	char error[256];
};

static void note(const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	size_t old = fake.log ? strlen(fake.log) : 0;
	char *log;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log = realloc(fake.log, old + strlen(line) + 2);
	assert_non_null(log);
	sprintf(log + old, "%s\n", line);
	fake.log = log;
	if (fake.on_call)
		fake.on_call(line);
}

static int refuse(struct bv_ctx *ctx, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ctx->error, sizeof(ctx->error), fmt, ap);
	va_end(ap);
	return err;
}

static int ordered_failure(struct bv_ctx *ctx, const char *call)
{
	if (!fake.fail_call || strcmp(fake.fail_call, call))
		return 0;
	if (!fake.fail_always)
		fake.fail_call = NULL;
	return ctx ? refuse(ctx, fake.fail_err, "%s", fake.fail_text) :
		     fake.fail_err;
}

int bv_ctx_new(struct bv_ctx **ret, const char *netns)
{
	int err = ordered_failure(NULL, "ctx_new");

	note("ctx %s", netns ? netns : "-");
	if (err || (netns && !strcmp(netns, "nosuch")))
		return err ? err : -ENOENT;
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	fake.contexts++;
	return 0;
}

void bv_ctx_free(struct bv_ctx *ctx)
{
	if (!ctx)
		return;
	fake.contexts--;
	free(ctx);
}

const char *bv_ctx_error(const struct bv_ctx *ctx)
{
	return ctx->error;
}

int bv_batch_begin(struct bv_ctx *ctx)
{
	int err = ordered_failure(ctx, "batch_begin");

	if (err)
		return err;
	if (fake.in_batch)
		return refuse(ctx, -EALREADY, "a batch is open");
	note("begin");
	fake.in_batch = true;
	return 0;
}

void bv_batch_end(struct bv_ctx *ctx)
{
	(void)ctx;
	if (fake.in_batch)
		note("end");
	fake.in_batch = false;
}

/* Index, -ENODEV or -ENOTUNIQ; skip[i]: as if i were not there. */
static int find(struct bv_ctx *ctx, const char *name, const char *netns,
		const bool *skip)
{
	int found = -1;

	for (int i = 0; i < fake.n_slaves; i++) {
		if (strcmp(fake.slaves[i].name, name) || (skip && skip[i]))
			continue;
		if (netns && strcmp(fake.slaves[i].netns, netns))
			continue;
		if (found >= 0)
			return refuse(ctx, -ENOTUNIQ,
				      "several slaves are named \"%s\"", name);
		found = i;
	}
	if (found < 0)
		return refuse(ctx, -ENODEV, "Cannot find device \"%s\"", name);
	return found;
}

/* On a line of its own, if there is anything. */
static void note_macvlan(const struct bv_slave_opts *o)
{
	char line[512] = "";
	size_t n = 0;

	if (o->nopromisc || o->nodst)
		n += (size_t)snprintf(line + n, sizeof(line) - n,
				      " nopromisc=%d nodst=%d", o->nopromisc,
				      o->nodst);
	if (o->bcqueuelen)
		n += (size_t)snprintf(line + n, sizeof(line) - n,
				      " bcqueuelen=%u", *o->bcqueuelen);
	if (o->bclim)
		n += (size_t)snprintf(line + n, sizeof(line) - n, " bclim=%d",
				      *o->bclim);
	if (o->macaddr)
		n += (size_t)snprintf(line + n, sizeof(line) - n,
				      " macaddr=%d:", o->macaddr);
	for (uint32_t i = 0; i < o->n_source_macs; i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, " ..%02x",
				      o->source_macs[i * BV_MAC_LEN + 5]);
	if (n)
		note(" %s", line);
}

static void note_tap(const struct bv_slave_opts *o)
{
	if (o->user)
		note("  user=%u", *o->user);
	if (o->group)
		note("  group=%u", *o->group);
	if (o->multi_queue)
		note("  multi_queue");
}

static void note_opts(const char *call, const char *name,
		      const struct bv_slave_opts *o)
{
	char mac[32] = "-";

	if (o->mac)
		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x",
			 o->mac[0], o->mac[1], o->mac[2], o->mac[3], o->mac[4],
			 o->mac[5]);
	note("%s %s master=%s netns=%s new=%s kind=%d mode=%d flag=%d host=%d up=%d mtu=%u mac=%s max=%u,%u arp=%d proxy=%d nominee=%d via=%d",
	     call, name, o->master ? o->master : "-", o->netns ? o->netns : "-",
	     o->new_name ? o->new_name : "-", o->kind, o->mode, o->flag,
	     o->host, o->up, o->mtu, mac, o->max_slaves, o->max_addrs, o->arp,
	     o->proxy, o->nominee, o->via);
	note_macvlan(o);
	note_tap(o);
}

int bv_slave_add(struct bv_ctx *ctx, const char *name,
		 const struct bv_slave_opts *opts)
{
	const char *netns = opts->netns ? opts->netns : "";
	int err = ordered_failure(ctx, "add");

	assert_int_equal(opts->sz, sizeof(*opts));
	note_opts("add", name, opts);
	if (err)
		return err;
	if (strncmp(opts->master, "eth", 3))
		return refuse(ctx, -ENODEV, "Cannot find device \"%s\"",
			      opts->master);
	if (find(ctx, name, netns, NULL) >= 0)
		return refuse(ctx, -EEXIST, "cannot add \"%s\": File exists",
			      name);
	fake_slave(name, netns);
	return 0;
}

int bv_slave_set(struct bv_ctx *ctx, const char *name,
		 const struct bv_slave_opts *opts)
{
	int i = ordered_failure(ctx, "set");

	assert_int_equal(opts->sz, sizeof(*opts));
	note_opts("set", name, opts);
	if (!i)
		i = find(ctx, name, opts->netns, NULL);
	if (i < 0)
		return i;
	if (opts->new_name)
		snprintf(fake.slaves[i].name, BV_NAME_LEN, "%s",
			 opts->new_name);
	return 0;
}

static int count_del(struct bv_ctx *ctx, const struct bv_slave_ref *refs,
		     size_t n, size_t *failed)
{
	fake.del_calls++;
	for (size_t i = 0; i < n; i++) {
		fake.del_resolved++;
		if (refs[i].name[0] == 'n')
			continue;
		if (failed)
			*failed = i;
		return refuse(ctx, -ENODEV, "Cannot find device \"%s\"",
			      refs[i].name);
	}
	fake.del_deleted += n;
	return 0;
}

static void remove_slaves(const bool *gone)
{
	int to = 0;

	for (int i = 0; i < fake.n_slaves; i++)
		if (!gone[i])
			fake.slaves[to++] = fake.slaves[i];
	fake.n_slaves = to;
}

int bv_slave_del(struct bv_ctx *ctx, const struct bv_slave_ref *refs, size_t n,
		 size_t *failed)
{
	bool gone[FAKE_SLAVES] = { false };
	char line[512] = "del";
	int err = ordered_failure(ctx, "del");

	if (fake.counting)
		return count_del(ctx, refs, n, failed);
	for (size_t i = 0; i < n; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line),
			 " %s%s%s", refs[i].name, refs[i].netns ? "@" : "",
			 refs[i].netns ? refs[i].netns : "");
	note("%s", line);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		int at = find(ctx, refs[i].name, refs[i].netns, NULL);

		if (at >= 0 && gone[at])
			at = find(ctx, refs[i].name, refs[i].netns, gone);
		if (at < 0) {
			if (failed)
				*failed = i;
			return at;
		}
		gone[at] = true;
	}
	remove_slaves(gone);
	return 0;
}

static bool any(const char *wanted, const char *is)
{
	return !wanted || !*wanted || !strcmp(wanted, is);
}

int bv_slave_list(struct bv_ctx *ctx, const struct bv_slave_filter *f,
		  struct bv_slave_info **ret)
{
	struct bv_slave_info *list;
	int err = ordered_failure(ctx, "list"), n = 0;

	note("list %s %s %s", f->name ? f->name : "-",
	     f->netns ? f->netns : "-", f->master ? f->master : "-");
	if (err)
		return err;
	list = calloc(FAKE_SLAVES, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (int i = 0; i < fake.n_slaves; i++) {
		const struct bv_slave_info *s = &fake.slaves[i];

		if (any(f->name, s->name) && any(f->netns, s->netns) &&
		    any(f->master, s->master))
			list[n++] = *s;
	}
	*ret = list;
	return n;
}

void bv_slave_list_free(struct bv_slave_info *list, int n)
{
	(void)n;
	free(list);
}

int bv_master_list(struct bv_ctx *ctx, struct bv_master_info **ret)
{
	int err = ordered_failure(ctx, "masters");

	note("masters");
	if (err)
		return err;
	*ret = calloc(2, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	memcpy(*ret, fake.masters, sizeof(fake.masters));
	return fake.n_masters;
}

void bv_master_list_free(struct bv_master_info *list, int n)
{
	(void)n;
	free(list);
}

static const char *const drop_names[] = {
#define BV_DROP(id, name, text) name,
#include "abi/drop_reasons.def"
#undef BV_DROP
};

static const char *const drop_texts[] = {
#define BV_DROP(id, name, text) text,
#include "abi/drop_reasons.def"
#undef BV_DROP
};

int bv_drop_count(void)
{
	return sizeof(drop_names) / sizeof(drop_names[0]);
}

const char *bv_drop_name(int reason)
{
	return drop_names[reason];
}

const char *bv_drop_text(int reason)
{
	return drop_texts[reason];
}

static void note_addr(const char *call, const struct bv_slave_ref *slave,
		      const struct bv_address *a)
{
	char text[INET6_ADDRSTRLEN] = "?";

	inet_ntop(a->family, a->ip, text, sizeof(text));
	note("%s %s/%u %s %s", call, text, a->plen, slave->name,
	     slave->netns ? slave->netns : "-");
}

int bv_addr_add(struct bv_ctx *ctx, const struct bv_slave_ref *slave,
		const struct bv_address *addr)
{
	int i = ordered_failure(ctx, "addr_add");

	note_addr("addr_add", slave, addr);
	if (!i)
		i = find(ctx, slave->name, slave->netns, NULL);
	return i < 0 ? i : 0;
}

int bv_addr_del(struct bv_ctx *ctx, const struct bv_slave_ref *slave,
		const struct bv_address *addr)
{
	int i = ordered_failure(ctx, "addr_del");

	note_addr("addr_del", slave, addr);
	if (!i)
		i = find(ctx, slave->name, slave->netns, NULL);
	return i < 0 ? i : 0;
}

int bv_addr_list(struct bv_ctx *ctx, const struct bv_slave_filter *f,
		 struct bv_addr_info **ret)
{
	int err = ordered_failure(ctx, "addrs"), n = 0;

	note("addrs %s %s", f->name ? f->name : "-", f->netns ? f->netns : "-");
	if (err)
		return err;
	*ret = calloc(FAKE_ADDRS, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	for (int i = 0; i < fake.n_addrs; i++)
		if (any(f->name, fake.addrs[i].slave) &&
		    any(f->netns, fake.addrs[i].netns))
			(*ret)[n++] = fake.addrs[i];
	return n;
}

void bv_addr_list_free(struct bv_addr_info *list, int n)
{
	(void)n;
	free(list);
}
