/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * msg.c - putting messages together and taking them apart, within bounds.
 */
#include "nl/internal.h"

#include <string.h>

void *nl_req_init(struct nl_req *req, uint16_t type, uint16_t flags,
		  size_t hdr_len)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(req->buf);

	req->overflow = false;
	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	return mnl_nlmsg_put_extra_header(h, hdr_len);
}

void nl_put(struct nl_req *req, uint16_t type, const void *data, size_t len)
{
	/* libmnl adds the lengths up in types that a huge one overflows. */
	if (len > NL_REQ_SIZE ||
	    !mnl_attr_put_check(&req->h, NL_REQ_SIZE, type, len, data))
		req->overflow = true;
}

void nl_put_u32(struct nl_req *req, uint16_t type, uint32_t value)
{
	nl_put(req, type, &value, sizeof(value));
}

void nl_put_str(struct nl_req *req, uint16_t type, const char *s)
{
	nl_put(req, type, s, strlen(s) + 1);
}

void nl_put_header(struct nl_req *req, size_t len)
{
	if (req->h.nlmsg_len + MNL_ALIGN(len) > NL_REQ_SIZE)
		req->overflow = true;
	else
		mnl_nlmsg_put_extra_header(&req->h, len);
}

struct nlattr *nl_nest(struct nl_req *req, uint16_t type)
{
	struct nlattr *nest =
		mnl_attr_nest_start_check(&req->h, NL_REQ_SIZE, type);

	if (!nest)
		req->overflow = true;
	return nest;
}

void nl_nest_end(struct nl_req *req, struct nlattr *nest)
{
	if (nest)
		mnl_attr_nest_end(&req->h, nest);
}

void nl_attr_copy(const struct nlattr *a, void *dst, size_t size)
{
	if (mnl_attr_get_payload_len(a) >= size)
		memcpy(dst, mnl_attr_get_payload(a), size);
}

void nl_attr_str(const struct nlattr *a, char *dst, size_t size)
{
	const char *s = mnl_attr_get_payload(a);
	size_t len = strnlen(s, mnl_attr_get_payload_len(a));

	if (len >= size)
		len = size - 1;
	memcpy(dst, s, len);
	dst[len] = '\0';
}

size_t nl_ip_len(int family)
{
	switch (family) {
	case AF_INET:
		return 4;
	case AF_INET6:
		return 16;
	}
	return 0;
}
