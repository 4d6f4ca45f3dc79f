// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * error.c - one line that says what failed, on which object, and why.
 *
 * The function that knows the user's words calls one of these and returns; the
 * functions it was called by only pass the code on. Drop reasons get their
 * names here too, and arrays their growth.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static size_t put(struct bv_ctx *ctx, const char *fmt, va_list args)
{
	int n = vsnprintf(ctx->error, sizeof(ctx->error), fmt, args);

	if (n < 0)
		n = 0;
	if ((size_t)n >= sizeof(ctx->error))
		n = sizeof(ctx->error) - 1;
	return (size_t)n;
}

int bv_fail(struct bv_ctx *ctx, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put(ctx, fmt, args);
	va_end(args);
	return err;
}

static void put_why(struct bv_ctx *ctx, int err, const struct nl_sock *nl,
		    size_t n)
{
	const char *why = nl ? nl_error(nl) : "";

	snprintf(ctx->error + n, sizeof(ctx->error) - n, ": %s%s%s%s",
		 strerror(-err), *why ? " (" : "", why, *why ? ")" : "");
}

int bv_fail_nl(struct bv_ctx *ctx, int err, const char *fmt, ...)
{
	va_list args;
	size_t n;

	va_start(args, fmt);
	n = put(ctx, fmt, args);
	va_end(args);
	put_why(ctx, err, ctx->nl, n);
	return err;
}

int bv_fail_sock(struct bv_ctx *ctx, int err, const struct nl_sock *nl,
		 const char *fmt, ...)
{
	va_list args;
	size_t n;

	va_start(args, fmt);
	n = put(ctx, fmt, args);
	va_end(args);
	put_why(ctx, err, nl, n);
	return err;
}

const char *bv_ctx_error(const struct bv_ctx *ctx)
{
	return ctx->error;
}

int bv_grow(void *array, size_t *room, size_t n, size_t size)
{
	size_t wanted = *room ? 2 * *room : 16;
	void *old, *more;

	if (n < *room)
		return 0;
	/* Copied: a pointer to one type may not be read as one to another. */
	memcpy(&old, array, sizeof(old));
	more = reallocarray(old, wanted, size);
	if (!more)
		return -ENOMEM;
	memcpy(array, &more, sizeof(more));
	*room = wanted;
	return 0;
}

static const struct {
	const char *name, *text;
} drop_reasons[] = {
#define BV_DROP(id, name, text) [BV_DROP_##id] = { name, text },
#include "abi/drop_reasons.def"
#undef BV_DROP
};
_Static_assert(sizeof(drop_reasons) / sizeof(drop_reasons[0]) == BV_DROP_MAX_,
	       "every reason has a name");

int bv_drop_count(void)
{
	return BV_DROP_MAX_;
}

const char *bv_drop_name(int reason)
{
	if (reason < 0 || reason >= BV_DROP_MAX_)
		return NULL;
	return drop_reasons[reason].name;
}

const char *bv_drop_text(int reason)
{
	if (reason < 0 || reason >= BV_DROP_MAX_)
		return NULL;
	return drop_reasons[reason].text;
}
