// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables of words.h. Where a message lists the words of a table it does so
 * in the order found here, which is that of ip-link(8).
 */
#include "cli/words.h"

#include <string.h>

#include "bpfvlan/bpfvlan.h"

const struct choice kind_words[] = {
	{ "ipvlan", BV_KIND_IPVLAN },
	{ "ipvtap", BV_KIND_IPVTAP },
	{ "macvlan", BV_KIND_MACVLAN },
	{ "macvtap", BV_KIND_MACVTAP },
	{ NULL, 0 },
};

const struct choice mode_words[] = {
	{ "l2", BV_MODE_L2 },
	{ "l3", BV_MODE_L3 },
	{ "l3s", BV_MODE_L3S },
	{ NULL, 0 },
};

const struct choice macvlan_mode_words[] = {
	{ "private", BV_MODE_PRIVATE }, { "vepa", BV_MODE_VEPA },
	{ "bridge", BV_MODE_BRIDGE },	{ "passthru", BV_MODE_PASSTHRU },
	{ "source", BV_MODE_SOURCE },	{ NULL, 0 },
};

const struct choice macvlan_flag_words[] = {
	{ "nopromisc", MACVLAN_NOPROMISC },
	{ "nodst", MACVLAN_NODST },
	{ "null", 0 },
	{ NULL, 0 },
};

const struct choice macaddr_words[] = {
	{ "add", BV_MACADDR_ADD },
	{ "del", BV_MACADDR_DEL },
	{ "set", BV_MACADDR_SET },
	{ "flush", BV_MACADDR_FLUSH },
	{ NULL, 0 },
};

const struct choice flag_words[] = {
	{ "bridge", BV_FLAG_BRIDGE },
	{ "private", BV_FLAG_PRIVATE },
	{ "vepa", BV_FLAG_VEPA },
	{ NULL, 0 },
};

const struct choice switch_words[] = {
	{ "on", BV_SWITCH_ON },
	{ "off", BV_SWITCH_OFF },
	{ NULL, 0 },
};

const struct choice arp_words[] = {
	{ "filter", BV_ARP_FILTER },
	{ "flood", BV_ARP_FLOOD },
	{ NULL, 0 },
};

const struct choice via_words[] = {
	{ "auto", BV_VIA_AUTO },
	{ "veth", BV_VIA_VETH },
	{ "netkit", BV_VIA_NETKIT },
	{ NULL, 0 },
};

const struct choice origin_words[] = {
	{ "static", BV_ORIGIN_STATIC },
	{ "learned", BV_ORIGIN_LEARNED },
	{ NULL, 0 },
};

const struct choice *choice_find(const struct choice *table, const char *word)
{
	for (; table->word; table++)
		if (!strcmp(table->word, word))
			return table;
	return NULL;
}

const char *choice_word(const struct choice *table, int num)
{
	for (; table->word; table++)
		if (table->num == num)
			return table->word;
	return "?";
}
