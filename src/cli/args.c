// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parser of args.h: a loop over words, a function per kind of value.
 *
 * Nothing here depends on the locale: digits, blanks and letters are ASCII.
 */
#include "cli/args.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <string.h>

bool args_more(const struct args *args)
{
	return args->pos < args->argc;
}

int args_fail(const struct args *args, int status, const char *fmt, ...)
{
	va_list ap;

	if (!args->err)
		return status;
	va_start(ap, fmt);
	vfprintf(args->err, fmt, ap);
	va_end(ap);
	fputc('\n', args->err);
	return status;
}

int args_missing(const struct args *args, const char *word)
{
	return args_fail(args, STATUS_USAGE,
			 "Not enough information: \"%s\" argument is required.",
			 word);
}

char *args_next(struct args *args)
{
	if (args_more(args))
		return args->argv[args->pos++];
	args_fail(args, STATUS_USAGE,
		  "Command line is not complete. Try option \"help\"");
	return NULL;
}

bool is_prefix(const char *s, const char *word)
{
	return *s && !strncmp(s, word, strlen(s));
}

/* What the kernel's dev_valid_name() accepts. */
bool device_name_ok(const char *name)
{
	if (!strcmp(name, "") || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	return strlen(name) < BV_NAME_LEN && !strpbrk(name, "/: \t\n\v\f\r");
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decimal or 0x hexadecimal; a leading zero is refused, as ip reads octal. */
int parse_u32(const char *s, uint32_t *ret)
{
	bool hex = s[0] == '0' && (s[1] | 0x20) == 'x';
	uint64_t num = 0;

	if (hex)
		s += 2;
	else if (s[0] == '0' && s[1])
		return -EINVAL;
	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		int digit = hex_digit(*s);

		if (digit < 0 || (!hex && digit > 9))
			return -EINVAL;
		num = num * (hex ? 16 : 10) + (unsigned int)digit;
		if (num > UINT32_MAX)
			return -ERANGE;
	}
	*ret = (uint32_t)num;
	return 0;
}

int parse_s32(const char *s, int32_t *ret)
{
	bool negative = *s == '-';
	uint32_t num;
	int err = parse_u32(s + negative, &num);

	if (err)
		return err;
	if (num > (uint32_t)INT32_MAX + negative)
		return -ERANGE;
	*ret = negative ? (int32_t) - (int64_t)num : (int32_t)num;
	return 0;
}

/* Six bytes of one or two hexadecimal digits, with colons between them. */
int parse_mac(const char *s, uint8_t ret[BV_MAC_LEN])
{
	uint8_t mac[BV_MAC_LEN];

	for (int i = 0; i < BV_MAC_LEN; i++) {
		int high = hex_digit(*s), low;

		if (high < 0)
			return -EINVAL;
		low = hex_digit(*++s);
		if (low >= 0) {
			high = high << 4 | low;
			s++;
		}
		mac[i] = (uint8_t)high;
		if (*s++ != (i < BV_MAC_LEN - 1 ? ':' : '\0'))
			return -EINVAL;
	}
	memcpy(ret, mac, sizeof(mac));
	return 0;
}

/* inet_pton(3) takes no shortened, octal or scoped form of an address. */
int parse_prefix(const char *s, struct bv_address *ret)
{
	const char *slash = strchr(s, '/');
	struct bv_address addr = { .plen = 255 };
	size_t len = slash ? (size_t)(slash - s) : strlen(s);
	char text[INET6_ADDRSTRLEN];
	uint32_t plen;

	if (len >= sizeof(text))
		return -EINVAL;
	memcpy(text, s, len);
	text[len] = '\0';
	addr.family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(addr.family, text, addr.ip) != 1)
		return -EINVAL;
	if (slash) {
		/* Decimal only: "/0x18" is more likely a slip than meant. */
		if (strchr(slash, 'x') || strchr(slash, 'X') ||
		    parse_u32(slash + 1, &plen) ||
		    plen > (addr.family == AF_INET ? 32 : 128))
			return -EINVAL;
		addr.plen = (uint8_t)plen;
	}
	*ret = addr;
	return 0;
}

/* `"a", "b" or "c"` */
static void list_choices(FILE *f, const struct choice *table)
{
	for (const struct choice *c = table; c->word; c++)
		fprintf(f, "%s\"%s\"",
			c == table     ? "" :
			!(c + 1)->word ? " or " :
					 ", ",
			c->word);
}

/* In ip, too, the tables of macvlan do without. */
static bool is_ip_either(const struct choice *table)
{
	return table != macvlan_mode_words && table != macvlan_flag_words;
}

static int bad_choice(const struct args *args, const struct word *w,
		      const char *value)
{
	if (!args->err)
		return STATUS_USAGE;
	fprintf(args->err, "Error: argument of \"%s\" must be %s", w->word,
		is_ip_either(w->choices) ? "either " : "");
	list_choices(args->err, w->choices);
	fprintf(args->err, ", not \"%s\"\n", value);
	return STATUS_USAGE;
}

static int read_choice(const struct args *args, const struct word *w,
		       const char *value, int *ret)
{
	const struct choice *table = w->value == VALUE_KIND ? kind_words :
							      w->choices;
	const struct choice *c = choice_find(table, value);

	if (!c && w->value == VALUE_KIND)
		return args_fail(args, STATUS_REFUSED,
				 "Error: Unknown device type.");
	if (!c)
		return bad_choice(args, w, value);
	*ret = c->num;
	return STATUS_OK;
}

static int read_number(const struct args *args, const struct word *w,
		       const char *value, uint32_t *ret)
{
	uint32_t num;

	/* Zero means "default" to the API, which is not what 0 says. */
	if (parse_u32(value, &num) || !num)
		return args_fail(
			args, STATUS_USAGE,
			"Error: argument \"%s\" is wrong: Invalid \"%s\" value",
			value, w->word);
	*ret = num;
	return STATUS_OK;
}

static int read_length(const struct args *args, const struct word *w,
		       const char *value, struct length_arg *ret)
{
	if (parse_u32(value, &ret->num))
		return args_fail(
			args, STATUS_USAGE,
			"Error: argument of \"%s\" must be a positive integer [0-4294967295], not \"%s\"",
			w->word, value);
	ret->given = true;
	return STATUS_OK;
}

static int read_limit(const struct args *args, const struct word *w,
		      const char *value, struct limit_arg *ret)
{
	if (parse_s32(value, &ret->num))
		return args_fail(args, STATUS_USAGE,
				 "Error: illegal value for \"%s\": \"%s\"",
				 w->word, value);
	ret->given = true;
	return STATUS_OK;
}

/* A number is one, as with `ip tuntap`; else it is looked up. */
static int read_id(const struct args *args, const struct word *w,
		   const char *value, struct id_arg *ret)
{
	const struct passwd *pw = NULL;
	const struct group *gr = NULL;

	ret->given = true;
	if (!parse_u32(value, &ret->id))
		return STATUS_OK;
	if (w->value == VALUE_USER)
		pw = getpwnam(value);
	else
		gr = getgrnam(value);
	if (!pw && !gr)
		return args_fail(args, STATUS_USAGE, "invalid %s \"%s\"",
				 w->word, value);
	ret->id = pw ? pw->pw_uid : gr->gr_gid;
	return STATUS_OK;
}

static int read_bits(const struct args *args, const struct word *w,
		     const char *value, struct bits_arg *ret)
{
	int bits = w->num;
	int status = w->value == VALUE_BITS ?
			     read_choice(args, w, value, &bits) :
			     STATUS_OK;

	if (status)
		return status;
	ret->given = true;
	ret->bits |= bits;
	return STATUS_OK;
}

static int bad_mac(const struct args *args, const char *value)
{
	return args_fail(args, STATUS_USAGE, "\"%s\" is invalid lladdr.",
			 value);
}

/* As many as there are, and then other words. */
static int read_macs(struct args *args, struct macs_arg *ret)
{
	while (args_more(args)) {
		const char *next = args->argv[args->pos];
		uint8_t mac[BV_MAC_LEN];

		if (parse_mac(next, mac))
			break;
		if (ret->n == MACS_MAX)
			return args_fail(args, STATUS_USAGE,
					 "Error: more than %d MACs.", MACS_MAX);
		memcpy(ret->macs[ret->n++], mac, BV_MAC_LEN);
		args->pos++;
	}
	return STATUS_OK;
}

static int read_macaddr(struct args *args, const struct word *w,
			const char *value, struct macs_arg *ret)
{
	int status = read_choice(args, w, value, &ret->action);
	const char *mac;

	if (status || ret->action == BV_MACADDR_FLUSH)
		return status;
	if (ret->action == BV_MACADDR_SET)
		return read_macs(args, ret);
	mac = args_next(args);
	if (!mac)
		return STATUS_USAGE;
	if (parse_mac(mac, ret->macs[0]))
		return bad_mac(args, mac);
	ret->n = 1;
	return STATUS_OK;
}

static int read_name(const struct args *args, const struct word *w,
		     const char *value, const char **ret)
{
	if (w->value == VALUE_DEVICE && !device_name_ok(value))
		return args_fail(
			args, STATUS_USAGE,
			"Error: argument \"%s\" is wrong: \"%s\" not a valid ifname",
			value, w->word);
	if (!*value)
		return args_fail(
			args, STATUS_USAGE,
			"Error: argument \"%s\" is wrong: Invalid \"%s\" value",
			value, w->word);
	*ret = value;
	return STATUS_OK;
}

static int read_value(struct args *args, const struct word *w,
		      const char *value, void *field)
{
	struct mac_arg *mac = field;

	switch (w->value) {
	case VALUE_DEVICE:
	case VALUE_NETNS:
		return read_name(args, w, value, field);
	case VALUE_U32:
		return read_number(args, w, value, field);
	case VALUE_CHOICE:
	case VALUE_KIND:
		return read_choice(args, w, value, field);
	case VALUE_MAC:
		if (parse_mac(value, mac->mac))
			return bad_mac(args, value);
		mac->given = true;
		return STATUS_OK;
	case VALUE_PREFIX:
		if (parse_prefix(value, field))
			return args_fail(
				args, STATUS_USAGE,
				"Error: any valid prefix is expected rather than \"%s\".",
				value);
		return STATUS_OK;
	case VALUE_BIT:
	case VALUE_BITS:
		return read_bits(args, w, value, field);
	case VALUE_USER:
	case VALUE_GROUP:
		return read_id(args, w, value, field);
	case VALUE_LENGTH:
		return read_length(args, w, value, field);
	case VALUE_LIMIT:
		return read_limit(args, w, value, field);
	case VALUE_MACADDR:
		return read_macaddr(args, w, value, field);
	default:
		*(int *)field = w->num;
		return STATUS_OK;
	}
}

static const struct word *word_find(const struct grammar *g, const char *name)
{
	for (const struct word *w = g->words; w->word; w++)
		if (!strcmp(w->word, name))
			return w;
	return NULL;
}

static int unknown(const struct args *args, const struct grammar *g,
		   const char *word)
{
	if (g->kind)
		return args_fail(args, STATUS_USAGE,
				 "%s: unknown option \"%s\"?", g->kind, word);
	return args_fail(args, STATUS_USAGE,
			 "Error: \"%s\" is not expected here.", word);
}

static int duplicate(const struct args *args, const struct word *w,
		     const char *value, bool announced)
{
	if (w->value == VALUE_NONE)
		return args_fail(
			args, STATUS_USAGE,
			"Error: \"%s\" repeats or contradicts an earlier word.",
			value);
	if (announced)
		return args_fail(
			args, STATUS_USAGE,
			"Error: duplicate \"%s\": \"%s\" is the second value.",
			w->word, value);
	return args_fail(
		args, STATUS_USAGE,
		"Error: either \"%s\" is duplicate, or \"%s\" is garbage.",
		w->word, value);
}

static bool is_alone(const struct word *w)
{
	return w->value == VALUE_NONE || w->value == VALUE_BIT;
}

static bool may_repeat(const struct word *w)
{
	return w->value == VALUE_BIT || w->value == VALUE_BITS;
}

/* One word, and its value if it has one. */
static int parse_one(struct args *args, const struct grammar *g, char *dest,
		     uint32_t *seen)
{
	const char *text = args_next(args);
	const struct word *w = word_find(g, text);
	bool announced = w;

	if (!w && !strcmp(text, "help"))
		return ARGS_HELP;
	if (!w && !g->bare)
		return unknown(args, g, text);
	if (!w)
		w = word_find(g, g->bare);
	if (w->value == VALUE_ABSENT)
		return args_fail(args, STATUS_REFUSED,
				 "Error: \"%s\" is not supported yet.", text);
	if (announced && !is_alone(w)) {
		text = args_next(args);
		if (!text)
			return STATUS_USAGE;
	}
	if (*seen & 1U << w->group && !may_repeat(w))
		return duplicate(args, w, text, announced);
	*seen |= 1U << w->group;
	return read_value(args, w, text, dest + w->offset);
}

int args_parse(struct args *args, const struct grammar *g, void *dest,
	       uint32_t *seen)
{
	int status = STATUS_OK;

	while (!status && args_more(args)) {
		const struct word *w = word_find(g, args->argv[args->pos]);

		status = parse_one(args, g, dest, seen);
		if (w && w->value == VALUE_KIND)
			break;
	}
	return status;
}
