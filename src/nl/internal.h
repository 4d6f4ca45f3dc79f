/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * internal.h - requests, answers and attributes, for the files of src/nl only.
 *
 * A request is built in a buffer that does not grow. What does not fit is
 * remembered, and the request is refused instead of being sent without it, so
 * that the code that builds one needs no checks of its own.
 *
 * An answer is read attribute by attribute: a kernel may leave one out, send
 * ones that this code has never heard of, or append fields to a structure.
 */
#ifndef BV_NL_INTERNAL_H
#define BV_NL_INTERNAL_H

#include "nl/nl.h"

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#define NL_REQ_SIZE 1024

struct nl_req {
	union {
		struct nlmsghdr h;
		char buf[NL_REQ_SIZE];
	};
	bool overflow;
};

/* Begins a request; returns its family header of hdr_len bytes, zeroed. */
void *nl_req_init(struct nl_req *req, uint16_t type, uint16_t flags,
		  size_t hdr_len);
void nl_put(struct nl_req *req, uint16_t type, const void *data, size_t len);
void nl_put_u32(struct nl_req *req, uint16_t type, uint32_t value);
void nl_put_str(struct nl_req *req, uint16_t type, const char *s);
/* A header inside an attribute, zeroed, as VETH_INFO_PEER begins with one. */
void nl_put_header(struct nl_req *req, size_t len);
/* NULL if there is no room, which nl_nest_end() accepts. */
struct nlattr *nl_nest(struct nl_req *req, uint16_t type);
void nl_nest_end(struct nl_req *req, struct nlattr *nest);

/* Length of an address; 0: a family that is not ours. */
size_t nl_ip_len(int family);

/* Copies a number or structure; one that is too short is left alone. */
void nl_attr_copy(const struct nlattr *a, void *dst, size_t size);
/* Copies a string, cut to what dst holds; it is always terminated. */
void nl_attr_str(const struct nlattr *a, char *dst, size_t size);

/* Sets the message of a failure; returns err. */
int nl_fail(struct nl_sock *nl, int err, const char *text);

/*
 * Sends a request and waits for its acknowledgement. msg, if not NULL, gets
 * what the kernel answers before that; it returns 0 or a negative errno.
 */
typedef int (*nl_msg_cb)(const struct nlmsghdr *h, void *arg);
int nl_call(struct nl_sock *nl, struct nl_req *req, nl_msg_cb msg, void *arg);

/*
 * A dump into an array. parse returns 1 for a record, 0 for a message to be
 * passed over, or a negative errno; the record it gets is zeroed.
 */
struct nl_dump {
	size_t size; /* of one record */
	int (*parse)(const struct nlmsghdr *h, void *record, const void *want);
	const void *want; /* for parse */
	void *records; /* the result: to be freed, after failure too */
	size_t n;
	size_t room; /* records allocated */
};
int nl_dump(struct nl_sock *nl, struct nl_req *req, struct nl_dump *dump);

/*
 * Two devices in one request, for kinds whose first attribute describes the peer
 * as VETH_INFO_PEER does. put_options, if not NULL, adds more of the kind's.
 */
int nl_pair_add(struct nl_sock *nl, const char *kind,
		void (*put_options)(struct nl_req *req),
		const struct nl_veth *veth);

/* A struct nl_link from RTM_NEWLINK; want is not used. */
int nl_link_parse(const struct nlmsghdr *h, void *record, const void *want);

#endif /* BV_NL_INTERNAL_H */
