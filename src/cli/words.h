/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words.h - the words that stand for a value, for reading and for printing.
 */
#ifndef BV_CLI_WORDS_H
#define BV_CLI_WORDS_H

/* Bits of macvlan_flag_words. */
#define MACVLAN_NOPROMISC (1 << 0)
#define MACVLAN_NODST (1 << 1)

struct choice {
	const char *word; /* NULL ends a table */
	int num; /* what the public API calls it */
};

extern const struct choice kind_words[];
extern const struct choice mode_words[];
extern const struct choice macvlan_mode_words[];
extern const struct choice macvlan_flag_words[];
extern const struct choice macaddr_words[];
extern const struct choice flag_words[];
extern const struct choice switch_words[];
extern const struct choice arp_words[];
extern const struct choice via_words[];
extern const struct choice origin_words[];

const struct choice *choice_find(const struct choice *table, const char *word);

/* The word for a number, "?" if this version has none. */
const char *choice_word(const struct choice *table, int num);

#endif /* BV_CLI_WORDS_H */
