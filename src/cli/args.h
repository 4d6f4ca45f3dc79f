/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * args.h - reads the words of a command line by a table.
 *
 * ip(8) grammar: a word announces its value, words come in any order, one value
 * may come without its word. A command describes its words in an array of
 * struct word and receives a filled struct of its own. What is wrong is said in
 * ip's own sentences, once, on one line, by this module alone.
 */
#ifndef BV_CLI_ARGS_H
#define BV_CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "bpfvlan/bpfvlan.h"
#include "cli/words.h"

/* Exit codes, those that ip(8) documents. */
#define STATUS_OK 0
#define STATUS_USAGE 1 /* wrong command line, or a thing that does not exist */
#define STATUS_REFUSED 2 /* the library or the kernel says no */
/* Not an exit code: `help` stands where a word was expected. */
#define ARGS_HELP (-1)

struct args {
	char **argv;
	int argc;
	int pos; /* of the next word */
	FILE *err; /* NULL: be silent */
};

/* How a value is read, and what it fills at the word's offset. */
enum value {
	VALUE_NONE, /* the word alone: int, from word.num */
	VALUE_DEVICE, /* const char *: a possible device name */
	VALUE_NETNS, /* const char * */
	VALUE_MAC, /* struct mac_arg */
	VALUE_U32, /* uint32_t, 1 or more */
	VALUE_CHOICE, /* int, from word.choices */
	VALUE_BIT, /* the word alone, any number of times: struct bits_arg */
	VALUE_BITS, /* struct bits_arg, from word.choices, likewise */
	VALUE_LENGTH, /* struct length_arg, 0 or more */
	VALUE_LIMIT, /* struct limit_arg, negative or not */
	VALUE_MACADDR, /* struct macs_arg: an action, and MACs if it needs any */
	VALUE_USER, /* struct id_arg, a name or a number */
	VALUE_GROUP, /* likewise */
	VALUE_PREFIX, /* struct bv_address; plen 255 if there was none */
	VALUE_KIND, /* int, from kind_words; later words are the kind's */
	VALUE_ABSENT, /* for later: refused */
};

struct id_arg {
	bool given;
	uint32_t id;
};

struct mac_arg {
	bool given;
	uint8_t mac[BV_MAC_LEN];
};

struct bits_arg {
	bool given;
	int bits;
};

struct length_arg {
	bool given;
	uint32_t num;
};

struct limit_arg {
	bool given;
	int32_t num;
};

#define MACS_MAX 128

struct macs_arg {
	int action; /* 0: not given */
	uint32_t n;
	uint8_t macs[MACS_MAX][BV_MAC_LEN];
};

struct word {
	const char *word; /* NULL ends a table */
	enum value value;
	uint8_t group; /* at most one word of a group is given; 0 to 31 */
	int num;
	const struct choice *choices;
	size_t offset;
};

struct grammar {
	const struct word *words;
	const char *bare; /* whose value may come without it, or NULL */
	const char *kind; /* whose options these are, or NULL */
};

bool args_more(const struct args *args);
/* The next word, or NULL and a message. */
char *args_next(struct args *args);

/*
 * Reads words up to the end, or up to and including a VALUE_KIND, into dest.
 * A group given before this call is in *seen (a bit each), which is updated.
 * Returns STATUS_OK, ARGS_HELP, or the exit code after a message.
 */
int args_parse(struct args *args, const struct grammar *g, void *dest,
	       uint32_t *seen);

/* Says that a word the command cannot do without is missing. */
int args_missing(const struct args *args, const char *word);

/* Prints a message and a newline; returns status. */
int args_fail(const struct args *args, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Single values; false or a negative errno, and *ret untouched: not one. */
bool device_name_ok(const char *name);
int parse_u32(const char *s, uint32_t *ret);
int parse_s32(const char *s, int32_t *ret);
int parse_mac(const char *s, uint8_t ret[BV_MAC_LEN]);
int parse_prefix(const char *s, struct bv_address *ret);

/* True for a non-empty beginning of a word, as ip abbreviates. */
bool is_prefix(const char *s, const char *word);

#endif /* BV_CLI_ARGS_H */
