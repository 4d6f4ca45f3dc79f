/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * out.h - one call writes text or JSON.
 *
 * Text goes out as it comes; JSON grows as a jansson tree, whose objects keep
 * the order of insertion, and is written by out_end(). Nothing returns an error
 * before that: a failure is remembered, what follows it is ignored, and JSON is
 * then not written at all, so that no reader meets half a document.
 *
 * `fmt` is what text prints and has exactly one %s for the value, numbers
 * included; NULL: JSON only. `key` NULL: an element of an array.
 */
#ifndef BV_CLI_OUT_H
#define BV_CLI_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct out;

/* NULL: out of memory. */
struct out *out_new(FILE *fp, bool json, bool pretty);
/* Ends the document and frees o; 0 or a negative errno. */
int out_end(struct out *o);

void out_open_array(struct out *o, const char *key);
void out_open_object(struct out *o, const char *key);
void out_close(struct out *o);

void out_str(struct out *o, const char *key, const char *fmt,
	     const char *value);
void out_uint(struct out *o, const char *key, const char *fmt, uint64_t value);
void out_int(struct out *o, const char *key, const char *fmt, int32_t value);
/* JSON only. */
void out_bool(struct out *o, const char *key, bool value);
/* Text only. */
void out_text(struct out *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* BV_CLI_OUT_H */
