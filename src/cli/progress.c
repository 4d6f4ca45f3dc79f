// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The line of progress.h, by console_codes(4). The cursor is left at its
 * beginning, so that it and any message, which are longer, write over it.
 */
#include "cli/progress.h"

void progress_start(struct progress *p, FILE *fp, uint64_t now_ms)
{
	*p = (struct progress){ .fp = fp,
				.next_ms = now_ms + PROGRESS_AFTER_MS };
}

void progress_show(struct progress *p, uint64_t now_ms, unsigned int lines,
		   int percent)
{
	if (!p->fp || now_ms < p->next_ms)
		return;
	p->next_ms = now_ms + PROGRESS_EVERY_MS;
	p->shown = true;
	fprintf(p->fp, "%u lines, %d %%\033[K\r", lines, percent);
	fflush(p->fp);
}

void progress_clear(struct progress *p)
{
	if (p->shown)
		fputs("\033[K", p->fp);
	p->shown = false;
}
