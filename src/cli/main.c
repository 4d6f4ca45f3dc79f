// SPDX-License-Identifier: GPL-2.0-or-later
/* bpfvlan(8); all of it is in cli_main(), where tests can reach it. */
#include <stdio.h>

#include "cli/cli.h"

int main(int argc, char **argv)
{
	return cli_main(argc, argv, stdout, stderr);
}
