// SPDX-License-Identifier: GPL-2.0-or-later
/* See guests.h. What becomes of a frame is by the RFCs, byte by byte. */
#include "guests.h"

#include <string.h>

#include "oracle.h"
#include "require.h"
#include "setup_macs.h"

#define OPTIONS_MAX 16 /* of ND: one with more is refused */
#define HEADERS_MAX 6 /* before ICMPv6; likewise */

/* One MAC for the other, in a frame. */
struct swap {
	uint8_t *frame;
	size_t len;
	uint8_t old[6], new[6];
	bool partial; /* checksums of payload are yet to be computed */
};

bool setup_is_guest(const struct setup *setup, uint32_t slot)
{
	return slot && slot <= SLAVES && !setup_is_macvlan(setup, slot) &&
	       setup->guests & 1U << (slot - 1) % CHOSEN;
}

void setup_guest(const struct setup *setup, struct bv_slave *slave,
		 uint32_t slot, bool plain)
{
	const uint8_t mac[6] = { 2, 0, 0, 0, 0x52, (uint8_t)slot };

	/* A tap has no peer. */
	slave->flags &= ~(BV_SLAVE_PEER | BV_SLAVE_NETKIT);
	if (!plain)
		slave->flags |= BV_SLAVE_GUEST;
	if (setup->guests & 0x10U << (slot - 1) % CHOSEN)
		memcpy(slave->mac, mac, sizeof(mac));
}

/* RFC 1624 3: HC' = ~(~HC + ~m + m'), of the six bytes at an even offset. */
static void adjust(uint8_t *csum, const uint8_t old[6], const uint8_t new[6])
{
	uint32_t sum = ~u16(csum) & 0xffff;

	for (int i = 0; i < 6; i += 2)
		sum += (~u16(old + i) & 0xffff) + u16(new + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	csum[0] = (uint8_t)(sum >> 8);
	csum[1] = (uint8_t)sum;
}

/* At an offset, if it is there; csum: where its checksum is, 0: it has none. */
static bool swap_at(const struct swap *s, size_t off, size_t csum)
{
	if (off + 6 > s->len || memcmp(s->frame + off, s->old, 6) != 0)
		return false;
	memcpy(s->frame + off, s->new, 6);
	if (csum && !s->partial)
		adjust(s->frame + csum, s->old, s->new);
	return true;
}

/* RFC 2131 2: chaddr of a message of that kind; RFC 768: a sum of 0 is none. */
static void swap_chaddr(const struct swap *s, unsigned int port, uint8_t op)
{
	const uint8_t *ip = s->frame + 14;
	size_t udp, csum;

	if (s->len < 42 || ip[9] != 17 || (ip[0] & 15) < 5 ||
	    u16(ip + 6) & 0x1fff)
		return;
	udp = 14 + (ip[0] & 15) * 4U;
	csum = udp + 6;
	if (udp + 12 > s->len || u16(s->frame + udp + 2) != port ||
	    s->frame[udp + 8] != op || s->frame[udp + 9] != 1 ||
	    s->frame[udp + 10] != 6)
		return;
	if (!u16(s->frame + csum))
		csum = 0;
	if (swap_at(s, udp + 36, csum) && csum && !u16(s->frame + csum))
		memset(s->frame + csum, 0xff, 2);
}

/* RFC 8200 4: where ICMPv6 begins, 0: nowhere that a slave may have it. */
static size_t find_icmp6(const struct swap *s)
{
	unsigned int next = s->frame[20];
	size_t at = 54, len;

	for (int n = 0; next != 58; n++) {
		if (n == HEADERS_MAX || at + 4 > s->len ||
		    (next != 0 && next != 43 && next != 44 && next != 60))
			return 0;
		if (next == 44 && u16(s->frame + at + 2) & 0xfff8)
			return 0;
		len = next == 44 ? 8 : 8 + s->frame[at + 1] * 8U;
		next = s->frame[at];
		at += len;
	}
	return at;
}

/* RFC 4861 4.1 to 4.6: link-layer addresses in options of type 1 and 2. */
static void swap_nd(const struct swap *s)
{
	static const uint8_t lens[] = { 8, 16, 24, 24, 40 };
	size_t icmp6, at, end;

	if (s->len < 54 || s->frame[14] >> 4 != 6)
		return;
	icmp6 = find_icmp6(s);
	if (!icmp6 || icmp6 >= s->len || s->frame[icmp6] < 133 ||
	    s->frame[icmp6] > 137)
		return;
	at = icmp6 + lens[s->frame[icmp6] - 133];
	end = 54 + u16(s->frame + 18);
	for (int n = 0; n < OPTIONS_MAX && at < end; n++) {
		if (at + 8 > s->len || !s->frame[at + 1])
			return;
		if (s->frame[at] == 1 || s->frame[at] == 2)
			swap_at(s, at + 2, icmp6 + 2);
		at += s->frame[at + 1] * 8U;
	}
}

bool guest_sent(uint8_t *frame, size_t len, const uint8_t mac[6], bool partial)
{
	static const uint8_t none[6];
	struct swap s = { .frame = frame, .len = len, .partial = partial };

	if (len < 14 || frame[6] & 1 || !memcmp(frame + 6, none, 6))
		return false;
	memcpy(s.old, frame + 6, 6);
	memcpy(s.new, mac, 6);
	swap_at(&s, 0, 0);
	swap_at(&s, 6, 0);
	switch (u16(frame + 12)) {
	case 0x0800:
		swap_chaddr(&s, 67, 1);
		break;
	case 0x86dd:
		swap_nd(&s);
		break;
	case 0x0806:
	case 0x8035:
		swap_at(&s, 22, 0);
		swap_at(&s, 32, 0);
		break;
	}
	return true;
}

/* What a guest gets in the place of a plain slave's frame. */
static void guest_gets(uint8_t *frame, size_t len, const struct datapath *run,
		       uint32_t slot)
{
	static const uint8_t none[6];
	struct swap s = { .frame = frame, .len = len };

	s.partial = run->setup.skb & SETUP_PARTIAL;
	memcpy(s.old, run->mac, 6);
	memcpy(s.new, run->after.slaves[slot].mac, 6);
	if (!memcmp(s.new, none, 6))
		memset(s.new, 0xff, 6);
	if (!(frame[0] & 1))
		memcpy(frame, s.new, 6);
	if (u16(frame + 12) == 0x0800)
		swap_chaddr(&s, 68, 2);
	else if (u16(frame + 12) == 0x0806)
		swap_at(&s, 32, 0);
}

static void check_sent_alike(const struct sent *a, size_t n)
{
	require(n == kernel.n_sent);
	for (size_t i = 0; i < n; i++)
		require(a[i].how == kernel.sent[i].how &&
			a[i].ifindex == kernel.sent[i].ifindex &&
			a[i].flags == kernel.sent[i].flags &&
			a[i].failed == kernel.sent[i].failed);
}

/*
 * Of DHCP all but the options, where a client's id has its MAC, a plain one's not,
 * and the checksum, which they are in.
 */
static void check_dhcp_bytes(const uint8_t *a, const uint8_t *b, size_t len)
{
	bool is_ip6 = u16(b + 12) == 0x86dd;
	size_t udp = is_ip6 ? 54 : 14 + (b[14] & 15) * 4U;
	size_t opts = udp + 8 + (is_ip6 ? 4 : 240);

	if (opts > len)
		opts = len;
	require(!memcmp(a, b, udp + 6));
	require(!memcmp(a + udp + 8, b + udp + 8, opts - udp - 8));
}

static void check_bytes(const struct datapath *run, const struct sent *sent,
			bool dhcp, const struct datapath *plain)
{
	static uint8_t expected[FRAME_MAX];
	uint32_t slot;

	if (run->verdict == DROP)
		return;
	require(run->skb.len == plain->skb.len);
	memcpy(expected, plain->out, plain->skb.len);
	/* The redirect that is the verdict is the program's last. */
	if (run->verdict == REDIRECT) {
		slot = sent[run->n_sent - 1].ifindex - BASE_IFINDEX;
		if (setup_is_guest(&run->setup, slot))
			guest_gets(expected, plain->skb.len, run, slot);
	}
	if (dhcp)
		check_dhcp_bytes(run->out, expected, plain->skb.len);
	else
		require(!memcmp(run->out, expected, plain->skb.len));
}

/* But for what makes guests of slaves, and the sender's MAC, which is learned. */
static void check_state_alike(const struct datapath *run, bool dhcp,
			      const struct datapath *plain)
{
	static struct state after;

	after = run->after;
	for (uint32_t slot = 1; slot <= after.slots; slot++) {
		if (!setup_is_guest(&run->setup, slot))
			continue;
		after.slaves[slot].flags &= ~BV_SLAVE_GUEST;
		if (run->prog != SLAVE_TX || slot != run->slot)
			require(!memcmp(after.slaves[slot].mac,
					run->before.slaves[slot].mac, 6));
		memcpy(after.slaves[slot].mac, plain->after.slaves[slot].mac,
		       6);
	}
	/* What became of an id that a client made from its MAC. */
	for (uint32_t i = 0; dhcp && i < after.transactions.n; i++)
		after.transactions.entries[i].dhcp.id =
			plain->after.transactions.entries[i].dhcp.id;
	check_same(&after, &plain->after);
}

/* It sent from what is no host's MAC: nothing has come of it. */
static void check_refused(const struct datapath *run, size_t n_sent)
{
	int why = run->len < 14 ? BV_DROP_SHORT : BV_DROP_FOREIGN_MAC;

	require(run->verdict == DROP && !n_sent);
	require(run->after.drops[run->slot].count[why] ==
		run->before.drops[run->slot].count[why] + 1);
}

void check_guests(const struct datapath *run, const struct sent *sent,
		  size_t n_sent, const struct datapath *plain)
{
	bool from_guest = run->prog == SLAVE_TX &&
			  setup_is_guest(&run->setup, run->slot) &&
			  is_active(&run->before, run->slot);
	struct reading r;

	if (from_guest && (run->len < 14 || run->frame[6] & 1 ||
			   !memcmp(run->frame + 6, "\0\0\0\0\0", 6))) {
		check_refused(run, n_sent);
		return;
	}
	if (from_guest)
		require(!memcmp(run->after.slaves[run->slot].mac,
				run->frame + 6, 6));
	reference_read(plain->frame, plain->len, plain->mac, &r);
	/* In l3 a guest is answered, where a slave would not ask (gateway.h). */
	if (from_guest &&
	    run->before.slaves[run->slot].flags & BV_SLAVE_ROUTED &&
	    (r.arp || r.target.given)) {
		require(run->verdict != NEXT && n_sent <= 1);
		return;
	}
	require(run->verdict == plain->verdict);
	check_sent_alike(sent, n_sent);
	check_state_alike(run, r.request | r.reply, plain);
	check_bytes(run, sent, r.request | r.reply, plain);
}
