// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs the rows of cases.h: prepare, run or send, compare everything. */
#include "cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <bpf/bpf.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const style_names[] = {
	[STYLE_RUN] = "run",
	[STYLE_SENT] = "sent",
	[STYLE_FRAGMENTS] = "fragments",
};

/* The row at hand, for messages. */
static char title[160];

#define expect(cond, ...)                           \
	do {                                        \
		if (!(cond)) {                      \
			print_error("%s: ", title); \
			print_error(__VA_ARGS__);   \
			print_error("\n");          \
			fail();                     \
		}                                   \
	} while (0)

/* The table, and how many addresses each slot is counted to have learned. */
struct snapshot {
	uint32_t n;
	struct {
		struct bv_addr_key key;
		struct bv_addr addr;
	} entries[TABLE_SIZE];
	uint32_t learned[SLAVES + 1];
};

static void snapshot_take(struct snapshot *s)
{
	struct bv_addr_key *last = NULL;

	s->n = 0;
	while (s->n < TABLE_SIZE &&
	       !bpf_map_get_next_key(env.addrs_fd, last,
				     &s->entries[s->n].key)) {
		last = &s->entries[s->n].key;
		assert_int_equal(bpf_map_lookup_elem(env.addrs_fd, last,
						     &s->entries[s->n].addr),
				 0);
		s->n++;
	}
	for (uint32_t i = 0; i <= SLAVES; i++)
		s->learned[i] = env.slaves[i].learned;
}

static uint32_t snapshot_find(const struct snapshot *s,
			      const struct bv_addr_key *key)
{
	uint32_t i;

	for (i = 0; i < s->n; i++)
		if (!memcmp(&s->entries[i].key, key, sizeof(*key)))
			break;
	return i;
}

static void count_learned(struct snapshot *s, uint32_t owner, int by)
{
	if (BV_OWNER_HOW(owner) == BV_ADDR_LEARNED)
		s->learned[BV_OWNER_SLOT(owner)] += (uint32_t)by;
}

/* What the row says of an address afterwards; its times are not compared. */
static void snapshot_change(struct snapshot *s, const struct entry *e)
{
	struct bv_addr_key key;
	uint32_t i;

	key_parse(&key, e->ip);
	i = snapshot_find(s, &key);
	if (i < s->n)
		count_learned(s, s->entries[i].addr.owner, -1);
	if (e->slot == GONE) {
		assert_true(i < s->n);
		s->entries[i] = s->entries[--s->n];
		return;
	}
	assert_true(i < TABLE_SIZE);
	s->n += i == s->n;
	s->entries[i].key = key;
	s->entries[i].addr = (struct bv_addr){
		.owner = BV_OWNER(e->slot, e->how),
		.plen = strchr(e->ip, ':') ? 128 : 32,
	};
	count_learned(s, s->entries[i].addr.owner, 1);
}

static void table_set(const struct entry *e)
{
	uint64_t now = env_now();
	struct bv_addr addr = {
		.owner = BV_OWNER(e->slot, e->how),
		/* Of a static address it is what the user gave. */
		.plen = e->how == BV_ADDR_STATIC ? 24 :
			strchr(e->ip, ':')	 ? 128 :
						   32,
		.seen_ns = env_ago(now, e->seen_ago),
		.challenged_ns = e->asked_ago ? env_ago(now, e->asked_ago) : 0,
	};
	struct bv_addr_key key;

	if (e->slot != GONE) {
		env_addr_set(e->ip, &addr);
		return;
	}
	key_parse(&key, e->ip);
	assert_int_equal(bpf_map_delete_elem(env.addrs_fd, &key), 0);
}

static struct bv_dhcp_key xid_key(const struct test_case *c,
				  const struct dhcp *d)
{
	return (struct bv_dhcp_key){
		.xid = htobe32(d && d->xid ? d->xid : XID),
		.version = c->frame.kind == FRAME_IP6 ? 6 : 4,
	};
}

static struct bv_dhcp xid_value(const struct transaction *t, __be32 xid)
{
	return (struct bv_dhcp){
		.slot = t->slot,
		.id = (uint16_t)t->id,
		.xid = t->xid ? htobe32(t->xid) : xid,
		/* A difference to now; it may be from before the boot. */
		.seen_ns = env_now() - t->ago * 1000000000ULL,
	};
}

static void xid_set(const struct test_case *c)
{
	struct bv_dhcp_key key = xid_key(c, c->frame.dhcp);
	struct bv_dhcp value = xid_value(&c->xid, key.xid);

	assert_int_equal(
		bpf_map_update_elem(env.dhcp_fd, &key, &value, BPF_ANY), 0);
}

static void check_transaction(const struct test_case *c, const struct dhcp *d,
			      const struct transaction *want)
{
	struct bv_dhcp_key key = xid_key(c, d);
	struct bv_dhcp got, value = xid_value(want, key.xid);
	uint32_t xid = be32toh(key.xid);

	if (bpf_map_lookup_elem(env.dhcp_fd, &key, &got)) {
		expect(!want->known, "transaction %#x is not known", xid);
		return;
	}
	expect(want->known, "transaction %#x is slot %u's", xid, got.slot);
	expect(got.slot == value.slot && got.id == value.id,
	       "transaction %#x is slot %u's, id %u; not %u's, %u", xid,
	       got.slot, got.id, value.slot, value.id);
	expect(got.xid == value.xid, "its client's id is %#x, not %#x",
	       be32toh(got.xid), be32toh(value.xid));
}

static void check_xid(const struct test_case *c)
{
	const struct transaction *after = c->xid_after.known ? &c->xid_after :
							       &c->xid;

	if (c->xid_after.known && c->becomes && c->becomes->xid) {
		check_transaction(c, c->becomes, after);
		after = &c->xid;
	}
	check_transaction(c, c->frame.dhcp, after);
}

static void prepare(const struct test_case *c)
{
	static const struct entry everybody[] = {
		{ .ip = "10.0.0.1", .slot = 1 },
		{ .ip = "fe80::1", .slot = 1 },
		{ .ip = "10.0.0.2", .slot = 2 },
		{ .ip = "fe80::2", .slot = 2 },
		{ .ip = "10.0.0.3", .slot = 3 },
		{ .ip = "fe80::3", .slot = 3 },
		{ .ip = IP4_HOST, .how = BV_ADDR_STATIC },
		{ .ip = IP6_HOST, .how = BV_ADDR_STATIC },
	};

	env_reset();
	for (size_t i = 0; i < sizeof(everybody) / sizeof(*everybody); i++)
		if (!c->empty)
			table_set(&everybody[i]);
	for (size_t i = 0; i < ENTRIES_MAX && c->table[i].ip; i++)
		table_set(&c->table[i]);
	for (uint32_t slot = 0; slot <= SLAVES; slot++) {
		env.slaves[slot].learned = env_learned(slot);
		env.slaves[slot].flags |= c->flags[slot];
		if (c->inactive & TO(slot))
			env.slaves[slot].flags &= ~BV_SLAVE_ACTIVE;
	}
	if (c->xid.known)
		xid_set(c);
	env_count();
	for (size_t i = 0; i < GROUPS_MAX && c->joined[i].ip; i++) {
		const struct bv_members members = { c->joined[i].now,
						    c->joined[i].before };

		env_group_set(c->joined[i].ip, &members);
	}
	macs_set(c->macs);
	if (c->prepare)
		c->prepare();
}

/* Of each slave the count of IPv4 addresses is right, and what it hears too. */
static void check_listeners(void)
{
	struct bv_listeners want = {};

	for (uint32_t slot = 1; slot <= SLAVES; slot++) {
		const struct bv_slave *s = &env.slaves[slot];

		expect(s->addrs4 == env_addrs4(slot),
		       "slot %u is counted to have %d IPv4 addresses, not %u",
		       slot, (int)s->addrs4, env_addrs4(slot));
		want.arp |= (uint64_t)BV_LISTENS_ARP(s->flags, s->addrs4)
			    << slot;
		want.nd |= (uint64_t) !!BV_LISTENS_ND(s->flags) << slot;
	}
	expect(env.listeners->arp == want.arp && env.listeners->nd == want.nd,
	       "%#llx and %#llx listen, not %#llx and %#llx",
	       (unsigned long long)env.listeners->arp,
	       (unsigned long long)env.listeners->nd,
	       (unsigned long long)want.arp, (unsigned long long)want.nd);
	expect(env.port->arp_listeners ==
			       (uint32_t)__builtin_popcountll(want.arp) &&
		       env.port->nd_listeners ==
			       (uint32_t)__builtin_popcountll(want.nd),
	       "%u and %u are counted to listen", env.port->arp_listeners,
	       env.port->nd_listeners);
}

static void check_table(struct snapshot *want, const struct test_case *c)
{
	struct snapshot got;

	for (size_t i = 0; i < ENTRIES_MAX && c->after[i].ip; i++)
		snapshot_change(want, &c->after[i]);
	snapshot_take(&got);
	expect(got.n == want->n, "%u addresses in the table, not %u", got.n,
	       want->n);
	for (uint32_t i = 0; i < got.n; i++) {
		const struct bv_addr *a = &got.entries[i].addr, *b;
		const __be32 *ip = got.entries[i].key.ip;
		uint32_t at = snapshot_find(want, &got.entries[i].key);

		expect(at < want->n, "%08x.%08x.%08x.%08x is in the table",
		       be32toh(ip[0]), be32toh(ip[1]), be32toh(ip[2]),
		       be32toh(ip[3]));
		b = &want->entries[at].addr;
		expect(a->owner == b->owner && a->plen == b->plen,
		       "owner of ...%08x is %#x/%u, not %#x/%u", be32toh(ip[3]),
		       a->owner, a->plen, b->owner, b->plen);
	}
	for (uint32_t i = 0; i <= SLAVES; i++)
		expect(got.learned[i] == want->learned[i],
		       "slot %u is counted to have learned %d, not %u", i,
		       (int)got.learned[i], want->learned[i]);
	check_listeners();
}

static void check_group(const struct group *g, uint32_t *counts, uint32_t *n)
{
	struct bv_members got = {};
	bool there = env_group_get(g->ip, &got);

	expect(there == !!(g->now | g->before), "%s is%s in the table", g->ip,
	       there ? "" : " not");
	expect(got.now == g->now && got.before == g->before,
	       "%s has members %#llx, %#llx, not %#x, %#x", g->ip,
	       (unsigned long long)got.now, (unsigned long long)got.before,
	       g->now, g->before);
	for (uint32_t slot = 1; slot <= SLAVES; slot++)
		counts[slot] += (got.now | got.before) >> slot & 1;
	*n += there;
}

static void check_groups(const struct test_case *c)
{
	uint32_t counts[SLAVES + 1] = {}, n = 0;

	for (size_t i = 0; i < GROUPS_MAX && c->groups[i].ip; i++)
		check_group(&c->groups[i], counts, &n);
	for (size_t i = 0; i < GROUPS_MAX && c->joined[i].ip; i++) {
		bool changed = false;

		for (size_t j = 0; j < GROUPS_MAX && c->groups[j].ip; j++)
			changed |= !strcmp(c->joined[i].ip, c->groups[j].ip);
		if (!changed)
			check_group(&c->joined[i], counts, &n);
	}
	expect(env_group_count() == n, "%u groups, not %u", env_group_count(),
	       n);
	for (uint32_t slot = 1; slot <= SLAVES; slot++)
		expect(env.slaves[slot].groups == counts[slot],
		       "slot %u is counted to be in %d groups, not %u", slot,
		       (int)env.slaves[slot].groups, counts[slot]);
}

static void check_drops(const struct drop *drops, size_t max)
{
	for (uint32_t slot = 0; slot <= SLAVES; slot++)
		for (int why = 0; why < BV_DROP_SLOTS; why++) {
			uint64_t want = 0;

			for (size_t i = 0; i < max && drops[i].count; i++)
				if (drops[i].slot == slot &&
				    (int)drops[i].why == why)
					want = drops[i].count;
			expect(env.drops[slot].count[why] == want,
			       "slot %u has %llu drops of reason %d, not %llu",
			       slot,
			       (unsigned long long)env.drops[slot].count[why],
			       why, (unsigned long long)want);
		}
}

static void check_frame(const struct frame *got, const struct frame *want,
			const char *where)
{
	size_t i = 0;

	while (i < got->len && i < want->len && got->data[i] == want->data[i])
		i++;
	expect(i == got->len && i == want->len,
	       "frame %s has %zu bytes, not %zu, and differs from byte %zu on",
	       where, got->len, want->len, i);
}

/* What is for us or a group and looks like another's is ignored (ip_rcv()). */
static bool is_heard(const struct frame *f)
{
	if (!(f->data[0] & 1) && memcmp(f->data, own, sizeof(own)) != 0)
		return true;
	return f->type != PACKET_OTHERHOST;
}

/* Everybody in the set has the frame, once, and nobody else has anything. */
static void check_received(uint32_t set, const struct frame *want)
{
	static const char *const names[] = {
		"to the host", "to slave 1",  "to slave 2",   "to slave 3",
		"to slave 4",  "to the wire", "up the stack",
	};
	struct frame f;

	for (int at = 0; at < AT_MAX_; at++) {
		if (set & TO(at)) {
			expect(env_take(at, &f), "no frame %s", names[at]);
			check_frame(&f, want, names[at]);
			expect(at == AT_HOST || at == AT_WIRE || is_heard(&f),
			       "not to be heard %s", names[at]);
		}
		expect(!env_take(at, &f), "a frame of %zu bytes too many %s",
		       f.len, names[at]);
	}
}

/* Sent for real, a frame arrives without its outermost tag. */
static void expected_frame(struct frame *f, const struct test_case *c,
			   enum style style)
{
	struct spec spec = c->out.becomes ? *c->out.becomes : c->frame;

	if (style != STYLE_RUN) {
		spec.vlan = spec.vlan_inner;
		spec.vlan_inner = 0;
	}
	if (c->becomes)
		spec.dhcp = c->becomes;
	if (c->out.probe) { /* RFC 5227 1.1 */
		spec.to = broadcast;
		spec.op = ARP_REQUEST;
		spec.dst = spec.src;
		spec.src = NULL;
	}
	frame_build(f, &spec);
}

static int sender(const struct test_case *c, enum program prog)
{
	if (prog == WIRE_RX)
		return AT_WIRE;
	if (prog == HOST_TX)
		return AT_HOST;
	return c->at ? c->at : 1;
}

static void run(const struct test_case *c, enum program prog, struct frame *f)
{
	struct run run = {
		.ifindex = env_ifindex(sender(c, prog)),
		.gso_size = c->gso_size,
		.came_in_by = c->came_in_by,
	};
	struct frame want;
	int err = env_run(prog, &run, f);

	expect(!err, "BPF_PROG_TEST_RUN: %s", strerror(-err));
	expect((int)run.verdict == c->out.verdict, "verdict is %d, not %d",
	       (int)run.verdict, c->out.verdict);
	expected_frame(&want, c, STYLE_RUN);
	check_frame(f, &want, "out");
}

static void send_it(const struct test_case *c, enum program prog,
		    enum style style, const struct frame *f)
{
	int at = sender(c, prog), err;
	int want = prog == HOST_TX && c->out.verdict == DROP ? -ENOBUFS : 0;

	if (style == STYLE_SENT)
		err = env_send(at, f);
	else
		err = env_send_fragments(at, f);
	expect(err == want, "sending it: %s", strerror(-err));
}

static void run_or_send(const struct test_case *c, enum program prog,
			enum style style, struct snapshot *table)
{
	struct frame f;

	prepare(c);
	snapshot_take(table);
	frame_build(&f, &c->frame);
	snprintf(title, sizeof(title), "%s, %s, %zu bytes", c->name,
		 style_names[style], f.len);
	if (style == STYLE_RUN)
		run(c, prog, &f);
	else
		send_it(c, prog, style, &f);
	env_settle();
}

/* Who has what the program passes on. */
static uint32_t next_of(enum program prog)
{
	static const uint32_t receivers[] = {
		[SLAVE_TX] = STACK,
		[WIRE_RX] = HOST,
		[HOST_TX] = WIRE,
	};

	return receivers[prog];
}

void case_check(const struct test_case *c, enum program prog, enum style style)
{
	uint32_t receivers = c->out.copies;
	struct snapshot table;
	struct frame want;
	const char *wrong;

	do {
		run_or_send(c, prog, style, &table);
	} while (c->too_late && c->too_late());
	if (style != STYLE_RUN) {
		receivers |= c->out.to;
		if (c->out.verdict == NEXT)
			receivers |= next_of(prog);
	}
	expected_frame(&want, c, style);
	check_received(receivers, &want);
	check_drops(c->out.drops, sizeof(c->out.drops) / sizeof(struct drop));
	check_table(&table, c);
	check_xid(c);
	check_groups(c);
	wrong = macs_check(c->macs_after);
	expect(!wrong, "%s", wrong);
}

static size_t ip_header_end(const struct frame *f)
{
	uint16_t proto = (uint16_t)(f->data[12] << 8 | f->data[13]);

	return ETH_HLEN + (proto == ETH_P_IP   ? sizeof(struct iphdr) :
			   proto == ETH_P_IPV6 ? sizeof(struct ipv6hdr) :
						 0);
}

static void check_cuts(const struct test_case *c, enum program prog,
		       enum style style)
{
	const struct cut *cut = c->cuts;
	struct frame whole;

	frame_build(&whole, &c->frame);
	assert_int_equal(cut->from, ETH_HLEN);
	for (size_t len = ETH_HLEN; len <= whole.len; len++) {
		struct test_case one = *c;

		if (cut[1].from == len)
			cut++;
		one.frame.cut = len;
		one.out = cut->out;
		/* BPF_PROG_TEST_RUN refuses frames without an IP header. */
		if (style != STYLE_RUN || len >= ip_header_end(&whole))
			case_check(&one, prog, style);
	}
	assert_int_equal(cut[1].from, 0);
}

struct named {
	const struct test_case *c;
	enum program prog;
	enum style style;
	char name[120];
};

static void test_case(void **state)
{
	const struct named *named = *state;

	if (named->c->cuts[0].from)
		check_cuts(named->c, named->prog, named->style);
	else
		case_check(named->c, named->prog, named->style);
}

static size_t cases_count(const struct case_table *tables)
{
	size_t n = 0;

	for (; tables->n; tables++)
		n += tables->n;
	return n;
}

/* Returns the number of tests. */
static size_t add_case(const struct test_case *c, enum program prog,
		       struct CMUnitTest *tests, struct named *named)
{
	size_t n = 0;

	for (int style = 0; style < STYLE_MAX_; style++) {
		struct named *t = &named[n];

		if (c->styles && !(c->styles & 1U << style))
			continue;
		t->c = c;
		t->prog = prog;
		t->style = style;
		snprintf(t->name, sizeof(t->name), "%s (%s)", c->name,
			 style_names[style]);
		tests[n++] = (struct CMUnitTest){
			.name = t->name,
			.test_func = test_case,
			.initial_state = t,
		};
	}
	return n;
}

int cases_main(const struct case_table *tables)
{
	size_t max = cases_count(tables) * STYLE_MAX_, n = 0;
	struct CMUnitTest *tests = calloc(max + 1, sizeof(*tests));
	struct named *named = calloc(max + 1, sizeof(*named));
	int failed = 1;

	for (; tests && named && tables->n; tables++)
		for (size_t i = 0; i < tables->n; i++)
			n += add_case(&tables->cases[i], tables->prog,
				      tests + n, named + n);
	if (n)
		failed = _cmocka_run_group_tests("cases", tests, n, env_setup,
						 env_teardown);
	free(tests);
	free(named);
	return failed;
}
