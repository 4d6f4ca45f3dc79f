/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sock.c - the socket: one exchange at a time, acknowledged or dumped.
 *
 * Every exchange runs to its end (NLMSG_ERROR or NLMSG_DONE) whatever happens
 * in between, so that the socket is as good after a failure as before. Messages
 * with another sequence number are leftovers of an exchange that the kernel
 * could not finish, and are skipped.
 *
 * A dump is made of many messages, and the kernel lets go of its locks between
 * them. When something changed meanwhile it sets NLM_F_DUMP_INTR: entries may
 * then be missing or there twice. Such a dump is made again, which is why its
 * records are collected first and the caller sees them only when they are
 * known to belong together.
 */
#include "nl/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of one message at first. The kernel makes parts of a dump up to this size. */
#define NL_BUF_SIZE 32768

/* Dumps in vain before -EAGAIN; each takes longer than the change it met. */
#define NL_DUMP_TRIES 64

struct nl_sock {
	struct mnl_socket *mnl;
	unsigned int seq;
	char *buf;
	size_t buf_size;
	char error[256];
};

/* One request and what comes back. */
struct exchange {
	nl_msg_cb msg;
	void *arg;
	bool done;
	bool interrupted;
	int err; /* the first */
	char text[sizeof(((struct nl_sock *)NULL)->error)];
};

static int set_options(struct mnl_socket *mnl)
{
	/*
	 * Texts for errors; errors without a copy of the request; and requests
	 * to dump read in full, or else the kernel ignores what they ask for
	 * (ifindex, nsid) and dumps everything.
	 */
	static const int options[] = { NETLINK_EXT_ACK, NETLINK_CAP_ACK,
				       NETLINK_GET_STRICT_CHK };
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		int on = 1;

		if (mnl_socket_setsockopt(mnl, options[i], &on, sizeof(on)))
			return -errno;
	}
	return 0;
}

int nl_open(struct nl_sock **ret)
{
	struct nl_sock *nl = calloc(1, sizeof(*nl));
	int err;

	if (!nl)
		return -ENOMEM;
	nl->buf_size = NL_BUF_SIZE;
	nl->buf = malloc(nl->buf_size);
	if (!nl->buf) {
		err = -ENOMEM;
		goto fail;
	}
	nl->mnl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!nl->mnl) {
		err = -errno;
		goto fail;
	}
	err = set_options(nl->mnl);
	if (err)
		goto fail;
	if (mnl_socket_bind(nl->mnl, 0, MNL_SOCKET_AUTOPID)) {
		err = -errno;
		goto fail;
	}
	*ret = nl;
	return 0;

fail:
	nl_close(nl);
	return err;
}

void nl_close(struct nl_sock *nl)
{
	if (!nl)
		return;
	if (nl->mnl)
		mnl_socket_close(nl->mnl);
	free(nl->buf);
	free(nl);
}

const char *nl_error(const struct nl_sock *nl)
{
	return nl->error;
}

int nl_fail(struct nl_sock *nl, int err, const char *text)
{
	size_t len = strnlen(text, sizeof(nl->error) - 1);

	memmove(nl->error, text, len);
	nl->error[len] = '\0';
	return err;
}

/* Receives into iov; the length is the message's, even if it was cut. */
static ssize_t receive(struct nl_sock *nl, struct iovec *iov,
		       struct sockaddr_nl *from, int flags)
{
	struct msghdr msg = { .msg_name = from,
			      .msg_namelen = sizeof(*from),
			      .msg_iov = iov,
			      .msg_iovlen = 1 };
	ssize_t n;

	do {
		n = recvmsg(mnl_socket_get_fd(nl->mnl), &msg,
			    flags | MSG_TRUNC);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* One message of the kernel's into nl->buf, which grows as needed. */
static ssize_t receive_whole(struct nl_sock *nl)
{
	struct sockaddr_nl from = { .nl_pid = 0 };
	struct iovec iov = { .iov_len = 0 };
	size_t size;
	ssize_t n;

	do {
		iov.iov_len = 0;
		n = receive(nl, &iov, &from, MSG_PEEK);
		if (n < 0)
			return n;
		/* libmnl looks at the padding of the last message, too. */
		size = NLMSG_ALIGN((size_t)n);
		if (size > nl->buf_size) {
			char *buf = realloc(nl->buf, size);

			if (!buf)
				return -ENOMEM;
			nl->buf = buf;
			nl->buf_size = size;
		}
		iov.iov_base = nl->buf;
		iov.iov_len = nl->buf_size;
		n = receive(nl, &iov, &from, 0);
	} while (n >= 0 && from.nl_pid != 0);
	return n;
}

/* The result in NLMSG_ERROR or NLMSG_DONE, and the kernel's words for it. */
static int result_of(const struct nlmsghdr *h, struct exchange *x)
{
	size_t len = mnl_nlmsg_get_payload_len(h), skip = sizeof(int);
	const struct nlattr *a;
	int err;

	if (len < sizeof(err))
		return h->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	memcpy(&err, mnl_nlmsg_get_payload(h), sizeof(err));
	if (h->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);

		if (len < sizeof(*e))
			return -EBADMSG;
		skip = sizeof(*e);
		if (!(h->nlmsg_flags & NLM_F_CAPPED) &&
		    e->msg.nlmsg_len > sizeof(e->msg))
			skip += e->msg.nlmsg_len - sizeof(e->msg);
	}
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS) || skip > len)
		return err;
	mnl_attr_for_each(a, h, skip) {
		if (mnl_attr_get_type(a) == NLMSGERR_ATTR_MSG)
			nl_attr_str(a, x->text, sizeof(x->text));
	}
	return err;
}

static void handle(const struct nlmsghdr *h, struct exchange *x)
{
	int err = 0;

	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		x->interrupted = true;
	switch (h->nlmsg_type) {
	case NLMSG_ERROR:
	case NLMSG_DONE:
		err = result_of(h, x);
		x->done = true;
		break;
	case NLMSG_NOOP:
	case NLMSG_OVERRUN:
		break;
	default:
		if (x->msg && !x->err)
			err = x->msg(h, x->arg);
	}
	if (!x->err)
		x->err = err;
}

static int exchange(struct nl_sock *nl, struct nl_req *req, struct exchange *x)
{
	unsigned int portid = mnl_socket_get_portid(nl->mnl);

	if (req->overflow)
		return nl_fail(nl, -EMSGSIZE, "");
	req->h.nlmsg_seq = ++nl->seq;
	if (mnl_socket_sendto(nl->mnl, &req->h, req->h.nlmsg_len) < 0)
		return nl_fail(nl, -errno, "");
	while (!x->done) {
		const struct nlmsghdr *h;
		ssize_t n = receive_whole(nl);
		int left;

		if (n < 0)
			return nl_fail(nl, (int)n, "");
		h = (const void *)nl->buf;
		left = (int)n;
		for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
			if (h->nlmsg_seq == nl->seq && h->nlmsg_pid == portid)
				handle(h, x);
		}
	}
	return x->err < 0 ? nl_fail(nl, x->err, x->text) : 0;
}

int nl_call(struct nl_sock *nl, struct nl_req *req, nl_msg_cb msg, void *arg)
{
	struct exchange x = { .msg = msg, .arg = arg };

	req->h.nlmsg_flags |= NLM_F_ACK;
	return exchange(nl, req, &x);
}

static int collect(const struct nlmsghdr *h, void *arg)
{
	struct nl_dump *dump = arg;
	char *record;
	int ret;

	if (dump->n == dump->room) {
		size_t room = dump->room ? 2 * dump->room : 16;
		void *records = reallocarray(dump->records, room, dump->size);

		if (!records)
			return -ENOMEM;
		dump->records = records;
		dump->room = room;
	}
	record = (char *)dump->records + dump->n * dump->size;
	memset(record, 0, dump->size);
	ret = dump->parse(h, record, dump->want);
	if (ret < 0)
		return ret;
	dump->n += (size_t)ret;
	return 0;
}

int nl_dump(struct nl_sock *nl, struct nl_req *req, struct nl_dump *dump)
{
	int tries;

	req->h.nlmsg_flags |= NLM_F_DUMP;
	for (tries = 0; tries < NL_DUMP_TRIES; tries++) {
		struct exchange x = { .msg = collect, .arg = dump };
		int err;

		dump->n = 0;
		err = exchange(nl, req, &x);
		if (err < 0 || !x.interrupted)
			return err;
	}
	return nl_fail(nl, -EAGAIN, "Changed again and again while being read");
}
