// SPDX-License-Identifier: GPL-2.0-or-later
/* What the host sends, see datapath.h. */
#include "datapath.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return datapath_fuzz(HOST_TX, data, size);
}
