/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress.h - one line on a terminal that says how far a long batch is.
 *
 * Time is the caller's, in milliseconds, so that nothing here waits.
 */
#ifndef BV_CLI_PROGRESS_H
#define BV_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PROGRESS_AFTER_MS 1000
#define PROGRESS_EVERY_MS 200

struct progress {
	FILE *fp; /* NULL: show nothing */
	uint64_t next_ms;
	bool shown;
};

void progress_start(struct progress *p, FILE *fp, uint64_t now_ms);
void progress_show(struct progress *p, uint64_t now_ms, unsigned int lines,
		   int percent);
/* Takes the line away, so that other output begins on a clean one. */
void progress_clear(struct progress *p);

#endif /* BV_CLI_PROGRESS_H */
