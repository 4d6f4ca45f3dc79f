#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No common misspellings. What only looks like one:
#   nd    Neighbour Discovery
#   tha   an ARP packet's target hardware address
set -euo pipefail
. tests/lint/lib.sh

own_text | xargs codespell --ignore-words-list=nd,tha
