// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * feed - sends one frame out of a device, again and again, at a set pace.
 *
 *	feed DEVICE FRAME COUNT TRAIN MICROSECONDS
 *
 * FRAME is in hexadecimal. COUNT frames leave in trains of TRAIN, one train
 * each MICROSECONDS; the clock's time says when, not the end of the last one,
 * so that the pace does not depend on what a frame costs. A train that is
 * due when its predecessor is not yet out is late, and follows at once. Prints
 * what it did, as JSON.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000UL
#define FRAME_MAX ETH_FRAME_LEN

struct feed {
	int fd;
	uint8_t frame[FRAME_MAX];
	size_t len;
	uint64_t count, train, gap_ns;
	uint64_t late;
};

static int fail(const char *what)
{
	fprintf(stderr, "feed: %s: %s\n", what, strerror(errno));
	return 1;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static void wait_until(uint64_t ns)
{
	struct timespec ts = {
		.tv_sec = (time_t)(ns / NS_PER_S),
		.tv_nsec = (long)(ns % NS_PER_S),
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) ==
	       EINTR)
		;
}

static int parse_frame(struct feed *feed, const char *hex)
{
	size_t len = strlen(hex);

	errno = EINVAL;
	if (len % 2 || len / 2 < ETH_HLEN || len / 2 > FRAME_MAX)
		return fail("frame");
	for (size_t i = 0; i < len / 2; i++) {
		char byte[3] = { hex[2 * i], hex[2 * i + 1] }, *end;

		feed->frame[i] = (uint8_t)strtoul(byte, &end, 16);
		if (end != byte + 2)
			return fail("frame");
	}
	feed->len = len / 2;
	return 0;
}

static int open_socket(struct feed *feed, const char *device)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(device),
	};

	if (!addr.sll_ifindex)
		return fail(device);
	/* Protocol 0: it sends, and nothing is put into its queue. */
	feed->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (feed->fd < 0)
		return fail("socket");
	if (bind(feed->fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fail(device);
	return 0;
}

static int send_all(struct feed *feed)
{
	uint64_t due = now_ns() + feed->gap_ns;

	for (uint64_t sent = 0; sent < feed->count; due += feed->gap_ns) {
		uint64_t end = sent + feed->train;

		if (end > feed->count)
			end = feed->count;
		feed->late += now_ns() > due;
		wait_until(due);
		for (; sent < end; sent++)
			if (send(feed->fd, feed->frame, feed->len, 0) !=
			    (ssize_t)feed->len)
				return fail("send");
	}
	return 0;
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoul(text, &end, 10);

	return *end ? 0 : value;
}

int main(int argc, char **argv)
{
	static struct feed feed;
	uint64_t start;

	if (argc == 6) {
		feed.count = number(argv[3]);
		feed.train = number(argv[4]);
		feed.gap_ns = number(argv[5]) * 1000;
	}
	if (!feed.count || !feed.train || !feed.gap_ns) {
		fputs("Usage: feed DEVICE FRAME COUNT TRAIN MICROSECONDS\n",
		      stderr);
		return 2;
	}
	if (parse_frame(&feed, argv[2]) || open_socket(&feed, argv[1]))
		return 1;
	start = now_ns();
	if (send_all(&feed))
		return 1;
	printf("{\"sent\": %lu, \"late\": %lu, \"seconds\": %.6f}\n",
	       (unsigned long)feed.count, (unsigned long)feed.late,
	       (double)(now_ns() - start) / (double)NS_PER_S);
	close(feed.fd);
	return 0;
}
