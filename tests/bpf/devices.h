/* SPDX-License-Identifier: GPL-2.0-or-later */
/* devices.h - the devices of env.h, and what is sent and received on them. */
#ifndef BV_TEST_DEVICES_H
#define BV_TEST_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

/* Enters a new namespace and makes the devices; 0 or a negative errno. */
int dev_setup(uint32_t *master_ifindex);
/* Goes back. The namespaces end with their last socket. */
int dev_teardown(void);
/* Attaches a program to a device of the thread's namespace, by clsact. */
int dev_attach(uint32_t ifindex, bool egress, int prog_fd);

#endif /* BV_TEST_DEVICES_H */
