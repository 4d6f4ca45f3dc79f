// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The writer of out.h.
 *
 * The open arrays and objects are a small stack. A child belongs to its parent
 * from the moment it is opened, and only the document itself, at the bottom, is
 * ours. A container that could not be made is NULL on the stack: what is put
 * into it vanishes, and out_end() says why.
 */
#include "cli/out.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 8

struct out {
	FILE *fp;
	bool json, pretty;
	int err;
	int depth;
	json_t *stack[DEPTH_MAX];
};

struct out *out_new(FILE *fp, bool json, bool pretty)
{
	struct out *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->fp = fp;
	o->json = json;
	o->pretty = pretty;
	return o;
}

/* Takes value's reference; NULL stands for one that could not be made. */
static void add(struct out *o, const char *key, json_t *value)
{
	json_t *into = o->depth ? o->stack[o->depth - 1] : NULL;
	int r;

	if (!into) {
		json_decref(value);
		return;
	}
	r = key ? json_object_set_new(into, key, value) :
		  json_array_append_new(into, value);
	if (r)
		o->err = -ENOMEM;
}

static void push(struct out *o, const char *key, json_t *value)
{
	if (!o->json)
		return;
	assert(o->depth < DEPTH_MAX);
	if (!value)
		o->err = -ENOMEM;
	if (o->depth) {
		/* A reference for the parent; the stack borrows it. */
		add(o, key, value);
		if (o->err)
			value = NULL;
	}
	o->stack[o->depth++] = value;
}

void out_open_array(struct out *o, const char *key)
{
	push(o, key, o->json ? json_array() : NULL);
}

void out_open_object(struct out *o, const char *key)
{
	push(o, key, o->json ? json_object() : NULL);
}

void out_close(struct out *o)
{
	/* The document itself stays, for out_end(). */
	if (o->json && o->depth > 1)
		o->depth--;
}

/*
 * A slave's name is chosen in its namespace, by whoever rules there, and the
 * kernel allows nearly every byte: keep a terminal from obeying it.
 */
static char *printable(const char *s)
{
	char *copy = strdup(s);

	for (char *c = copy; c && *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	return copy;
}

/* JSON is UTF-8, a device's name need not be. */
static json_t *json_text(const char *s)
{
	static const char bad[] = "\xef\xbf\xbd"; /* U+FFFD */
	json_t *value = json_string(s), *ret;
	char *copy, *to;

	if (value)
		return value;
	copy = malloc(strlen(s) * strlen(bad) + 1);
	if (!copy)
		return NULL;
	for (to = copy; *s; s++)
		to = (unsigned char)*s < 0x80 ? stpncpy(to, s, 1) :
						stpcpy(to, bad);
	*to = '\0';
	ret = json_string(copy);
	free(copy);
	return ret;
}

static void print_text(struct out *o, const char *fmt, const char *value)
{
	char *text = printable(value);

	if (text)
		fprintf(o->fp, fmt, text);
	else
		o->err = -ENOMEM;
	free(text);
}

void out_str(struct out *o, const char *key, const char *fmt, const char *value)
{
	if (o->json)
		add(o, key, json_text(value));
	else if (fmt)
		print_text(o, fmt, value);
}

void out_uint(struct out *o, const char *key, const char *fmt, uint64_t value)
{
	char text[24];

	if (o->json) {
		/* JSON numbers are signed here; no counter lives that long. */
		add(o, key,
		    json_integer(value > INT64_MAX ? INT64_MAX :
						     (json_int_t)value));
	} else if (fmt) {
		snprintf(text, sizeof(text), "%" PRIu64, value);
		fprintf(o->fp, fmt, text);
	}
}

void out_int(struct out *o, const char *key, const char *fmt, int32_t value)
{
	char text[16];

	if (o->json) {
		add(o, key, json_integer(value));
	} else if (fmt) {
		snprintf(text, sizeof(text), "%" PRId32, value);
		fprintf(o->fp, fmt, text);
	}
}

void out_bool(struct out *o, const char *key, bool value)
{
	if (o->json)
		add(o, key, json_boolean(value));
}

void out_text(struct out *o, const char *fmt, ...)
{
	va_list ap;

	if (o->json)
		return;
	va_start(ap, fmt);
	vfprintf(o->fp, fmt, ap);
	va_end(ap);
}

/* First to memory: a half-written document is worse than none. */
static int write_json(struct out *o)
{
	size_t flags = o->pretty ? JSON_INDENT(4) : JSON_COMPACT;
	char *text = json_dumps(o->stack[0], flags);

	if (!text)
		return -ENOMEM;
	fprintf(o->fp, "%s\n", text);
	free(text);
	return 0;
}

int out_end(struct out *o)
{
	int err = o->err;

	if (!err && o->json && o->depth)
		err = write_json(o);
	errno = 0;
	if (!err && (fflush(o->fp) || ferror(o->fp)))
		err = errno ? -errno : -EIO;
	if (o->json && o->depth)
		json_decref(o->stack[0]);
	free(o);
	return err;
}
