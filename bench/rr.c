// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rr - round trips of one UDP byte, one at a time: what a hop costs.
 *
 *	rr -s			answers on port 9999; prints "ready" when it can
 *	rr ADDRESS SECONDS	asks for that long and prints what it saw, as JSON
 *
 * The byte is a sequence number, so that an answer which comes late, after its
 * question was given up for lost, is not taken for the next one's. The first
 * round trips resolve addresses and fill caches, and are not counted.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT 9999
#define WARM_UP 200
#define LOST_AFTER_US 200000L
#define LOST_MAX 10 /* in a row: nobody is there */
#define SAMPLES_MAX (1U << 23)

struct run {
	int fd;
	uint8_t seq;
	uint32_t *ns; /* of each round trip; 2 s at most, see LOST_MAX */
	size_t n;
	unsigned int lost;
};

static int fail(const char *what)
{
	fprintf(stderr, "rr: %s: %s\n", what, strerror(errno));
	return 1;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int serve(void)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fail("socket");
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fail("bind");
	puts("ready");
	fflush(stdout);
	for (;;) {
		socklen_t len = sizeof(addr);
		char c;

		if (recvfrom(fd, &c, 1, 0, (struct sockaddr *)&addr, &len) != 1)
			continue;
		/* A lost answer is the other side's to notice. */
		(void)sendto(fd, &c, 1, 0, (struct sockaddr *)&addr, len);
	}
}

static int ask(struct run *run)
{
	uint8_t seq = ++run->seq, answer;
	ssize_t n;

	if (send(run->fd, &seq, 1, 0) != 1)
		return -errno;
	do {
		n = recv(run->fd, &answer, 1, 0);
	} while (n == 1 && answer != seq);
	return n == 1 ? 0 : -errno;
}

/* One round trip, asked for until it is answered. */
static int round_trip(struct run *run)
{
	for (int tries = 0; tries < LOST_MAX; tries++) {
		int err = ask(run);

		if (!err)
			return 0;
		/* ECONNREFUSED: the last question's ICMP answer */
		if (err != -EAGAIN && err != -ECONNREFUSED) {
			errno = -err;
			return fail("round trip");
		}
		run->lost++;
	}
	errno = ETIMEDOUT;
	return fail("round trip");
}

static int measure(struct run *run, double seconds)
{
	uint64_t last, end, now;

	for (int i = 0; i < WARM_UP; i++)
		if (round_trip(run))
			return 1;
	run->lost = 0;
	last = now_ns();
	end = last + (uint64_t)(seconds * 1e9);
	do {
		if (round_trip(run))
			return 1;
		now = now_ns();
		run->ns[run->n++] = (uint32_t)(now - last);
		last = now;
	} while (now < end && run->n < SAMPLES_MAX);
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void report(struct run *run)
{
	size_t half = run->n / 2, most = run->n * 99 / 100;
	size_t nearly = run->n * 999 / 1000;
	double sum = 0;

	for (size_t i = 0; i < run->n; i++)
		sum += run->ns[i];
	qsort(run->ns, run->n, sizeof(*run->ns), compare);
	printf("{\"round_trips\": %zu, \"per_second\": %.1f, \"lost\": %u, "
	       "\"p50_us\": %.2f, \"p99_us\": %.2f, \"p999_us\": %.2f, "
	       "\"max_us\": %.2f}\n",
	       run->n, (double)run->n / (sum / 1e9), run->lost,
	       run->ns[half] / 1e3, run->ns[most] / 1e3, run->ns[nearly] / 1e3,
	       run->ns[run->n - 1] / 1e3);
}

static int run_client(const char *address, double seconds)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
	};
	struct timeval lost_after = { .tv_usec = LOST_AFTER_US };
	struct run run = { .fd = -1 };
	int status;

	if (inet_pton(AF_INET, address, &addr.sin_addr) != 1) {
		errno = EINVAL;
		return fail(address);
	}
	run.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (run.fd < 0)
		return fail("socket");
	if (setsockopt(run.fd, SOL_SOCKET, SO_RCVTIMEO, &lost_after,
		       sizeof(lost_after)) ||
	    connect(run.fd, (struct sockaddr *)&addr, sizeof(addr))) {
		close(run.fd);
		return fail(address);
	}
	run.ns = malloc(SAMPLES_MAX * sizeof(*run.ns));
	status = run.ns ? measure(&run, seconds) : fail("malloc");
	if (!status)
		report(&run);
	free(run.ns);
	close(run.fd);
	return status;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "-s"))
		return serve();
	if (argc == 3 && atof(argv[2]) > 0)
		return run_client(argv[1], atof(argv[2]));
	fputs("Usage: rr { -s | ADDRESS SECONDS }\n", stderr);
	return 2;
}
