// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Batches: which calls are made of the lines, that the result is that of the
 * lines one by one, and that nothing is held during a wait.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_lib.h"

static int setup(void **state)
{
	(void)state;
	fake_reset();
	/* A test that waits for input that never comes is ended by this. */
	alarm(60);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	alarm(0);
	fake_done();
	return 0;
}

static void slaves(const char *names)
{
	for (; *names; names++) {
		char name[2] = { *names, '\0' };

		fake_slave(name, "");
	}
}

/* What is there, as a string of the names. */
static void expect_slaves(const char *names)
{
	char is[FAKE_SLAVES + 1] = "";

	for (int i = 0; i < fake.n_slaves; i++)
		strcat(is, fake.slaves[i].name);
	assert_string_equal(is, names);
}

/* A regular file as standard input. */
static void stdin_bytes(const char *text, size_t len)
{
	int fd = memfd_create("batch", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	close(fd);
}

/* Runs text as a batch; stdout, stderr and the calls must be these. */
static void expect(const char *options, const char *text, const char *err,
		   const char *log)
{
	char line[64];

	stdin_bytes(text, strlen(text));
	fake_forget_log();
	snprintf(line, sizeof(line), "bpfvlan%s -b -", options);
	fake_expect(line, *err ? 1 : 0, "", err);
	assert_string_equal(fake.log ? fake.log : "", log);
}

#define GONE(name) "Cannot find device \"" name "\"\n"
#define FAILED(nr) "Command failed -:" nr "\n"

static void test_nothing(void **state)
{
	(void)state;
	expect("", "", "", "");
	expect("", "\n  \n# link del a\n\t# x\n", "", "");
}

static void test_lines(void **state)
{
	(void)state;
	slaves("ab");
	expect("",
	       "addr add 10.0.0.1/24 dev a\n\n"
	       "link set \"a\" \\\n up # it\n  a d 10.0.0.1 dev 'b'",
	       "",
	       "ctx -\nbegin\n"
	       "addr_add 10.0.0.1/24 a -\n"
	       "set a master=- netns=- new=- kind=0 mode=0 flag=0 host=0 up=1 mtu=0 mac=- max=0,0 arp=0 proxy=0 nominee=0 via=0\n"
	       "addr_del 10.0.0.1/255 b -\nend\n");
	expect(" -n net1", "addr add 10.0.0.1/24 dev a\n", "",
	       "ctx net1\nbegin\naddr_add 10.0.0.1/24 a -\nend\n");
}

/* Reading takes no lock, and each command is a document. */
static void test_show(void **state)
{
	static const char text[] = "link show dev a\nlink show\nlink show\n";

	(void)state;
	stdin_bytes(text, strlen(text));
	fake_expect("bpfvlan -j -b -", 1, "",
		    "Device \"a\" does not exist.\n" FAILED("1"));
	stdin_bytes(text, strlen(text));
	fake_forget_log();
	fake_expect("bpfvlan -j -force -b -", 1, "[]\n[]\n",
		    "Device \"a\" does not exist.\n" FAILED("1"));
	assert_string_equal(fake.log,
			    "ctx -\nlist a - -\nlist - - -\nlist - - -\n");
}

static void test_wrong_lines(void **state)
{
	(void)state;
	slaves("a");
	expect("", "frob\naddr add 10.0.0.1/24 dev a\n",
	       "Object \"frob\" is unknown, try \"bpfvlan help\".\n" FAILED(
		       "1"),
	       "");
	expect(" -force", "# 1\nfrob\naddr add 10.0.0.1/24 dev a\nlink x\n",
	       "Object \"frob\" is unknown, try \"bpfvlan help\".\n" FAILED(
		       "2") "Command \"x\" is unknown, try \"bpfvlan link help\".\n" FAILED("4"),
	       "ctx -\nbegin\naddr_add 10.0.0.1/24 a -\nend\n");
	/* Options are not commands; the exit code is 1 whatever it was. */
	expect("", "-j link show\n",
	       "Object \"-j\" is unknown, try \"bpfvlan help\".\n" FAILED("1"),
	       "");
	expect("", "link add link eth0 b type ipvlan lock on\n",
	       "Error: \"lock\" is not supported yet.\n" FAILED("1"), "");
	expect("", "link del \"a\n", "Unterminated quoted string\n" FAILED("1"),
	       "");
}

static void test_unreadable(void **state)
{
	static const char nul[] = "link del a\0b\nlink del a\n";
	size_t size = 70000;
	char *text = calloc(1, size);

	(void)state;
	assert_non_null(text);
	slaves("ab");
	fake_expect(
		"bpfvlan -b /nonexistent/x", 1, "",
		"Cannot open file \"/nonexistent/x\" for reading: No such file or directory\n");
	fake_expect("bpfvlan -b /", 1, "",
		    "Cannot read file \"/\": Is a directory\n");
	stdin_bytes(nul, sizeof(nul) - 1);
	fake_expect("bpfvlan -b -", 1, "",
		    "Error: a NUL byte in the line.\n" FAILED("1"));
	expect_slaves("ab");

	/* More words than a command can have. */
	for (int i = 0; i < 200; i++)
		strcat(text, "x ");
	expect("", text, "Too many arguments to command\n" FAILED("1"), "");

	/* What comes before a line that is too long is done. */
	snprintf(text, size, "link del a\n%065537d\nlink del b\n", 0);
	expect(" -force", text,
	       "Error: the line is longer than 65536 bytes.\n" FAILED("2"),
	       "ctx -\nbegin\ndel a\nend\n");
	expect_slaves("b");
	free(text);
}

static void test_deletions_go_together(void **state)
{
	(void)state;
	slaves("abcdef");
	expect("", "link del a\nlink delete dev b\n\n# x\nl d c\n", "",
	       "ctx -\nbegin\ndel a b c\nend\n");
	expect_slaves("def");
	/* In the order of the lines, with what stands between them. */
	expect("", "link del d\nlink set e name x\nlink del x\nlink del f\n",
	       "",
	       "ctx -\nbegin\ndel d\n"
	       "set e master=- netns=- new=x kind=0 mode=0 flag=0 host=0 up=0 mtu=0 mac=- max=0,0 arp=0 proxy=0 nominee=0 via=0\n"
	       "del x f\nend\n");
	expect_slaves("");
}

static void test_bad_line_among_deletions(void **state)
{
	(void)state;
	slaves("abc");
	expect("", "link del a\nlink del\nlink del b\n",
	       "Not enough information: \"dev\" argument is required.\n" FAILED(
		       "2"),
	       "ctx -\nbegin\ndel a\nend\n");
	expect_slaves("bc");
	expect(" -force", "link del b\nlink del x y\nlink del c\n",
	       "Error: either \"dev\" is duplicate, or \"y\" is garbage.\n" FAILED(
		       "2"),
	       "ctx -\nbegin\ndel b\ndel c\nend\n");
	expect_slaves("");
	/* help is no deletion. */
	slaves("a");
	stdin_bytes("link del a\nlink del help\n", 25);
	assert_int_equal(fake_run("bpfvlan -b -"), 0);
	expect_slaves("");
	assert_memory_equal(fake.out, "Usage: ", 7);
}

static void test_failed_deletions(void **state)
{
	(void)state;
	slaves("abcd");
	/* What was before it is done, what comes after it is not. */
	expect("", "link del a\nlink del X\nlink del b\n",
	       GONE("X") FAILED("2"),
	       "ctx -\nbegin\ndel a X b\ndel a\ndel X\nend\n");
	expect_slaves("bcd");
	expect(" -force",
	       "link del X\nlink del b\nlink del Y\nlink del Z\nlink del c\n",
	       GONE("X") FAILED("1") GONE("Y") FAILED("3") GONE("Z")
		       FAILED("4"),
	       "ctx -\nbegin\ndel X b Y Z c\ndel b Y Z c\ndel b\ndel Y\n"
	       "del Z c\ndel c\nend\n");
	expect_slaves("d");
	expect("", "link del d\nlink del d\nlink add link eth0 e type ipvlan\n",
	       GONE("d") FAILED("2"),
	       "ctx -\nbegin\ndel d d\ndel d\ndel d\nend\n");
	expect_slaves("");
}

/* The first line makes the second one's name unique. */
static void test_ambiguous_deletion(void **state)
{
	(void)state;
	fake_slave("a", "net1");
	fake_slave("a", "net2");
	expect("", "link del a netns net1\nlink del a\n", "",
	       "ctx -\nbegin\ndel a@net1 a\ndel a@net1\ndel a\nend\n");
	expect_slaves("");
}

static void fails(const char *call, int err, const char *text, bool always)
{
	fake.fail_call = call;
	fake.fail_err = err;
	fake.fail_text = text;
	fake.fail_always = always;
}

/* A failure that is not one line's is met by the first, as one by one. */
static void test_other_failures(void **state)
{
	(void)state;
	slaves("ab");
	fails("del", -EPERM, "no privilege", true);
	expect("", "link del a\nlink del b\n",
	       "Error: no privilege.\n" FAILED("1"),
	       "ctx -\nbegin\ndel a b\ndel a\nend\n");
	expect(" -force", "link del a\nlink del b\n",
	       "Error: no privilege.\n" FAILED(
		       "1") "Error: no privilege.\n" FAILED("2"),
	       "ctx -\nbegin\ndel a b\ndel a\ndel b\nend\n");
	fails("batch_begin", -EPERM, "cannot lock", true);
	expect("", "\nlink del a\nlink del b\n",
	       "Error: cannot lock.\n" FAILED("2"), "ctx -\n");
	expect(" -force", "link del a\naddr add 10.0.0.1/8 dev a\n",
	       "Error: cannot lock.\n" FAILED(
		       "1") "Error: cannot lock.\n" FAILED("2"),
	       "ctx -\n");
	fails("batch_begin", -EPERM, "cannot lock", false);
	expect(" -force", "link del a\nlink del b\n",
	       "Error: cannot lock.\n" FAILED("1"),
	       "ctx -\nbegin\ndel b\nend\n");
	expect_slaves("a");
	expect(" -n nosuch", "link del a\nlink del b\n",
	       "Cannot open network namespace \"nosuch\": No such file or directory\n" FAILED(
		       "1"),
	       "ctx nosuch\n");
}

#define LONG_BATCH 100000

/* Every nth name is one that does not exist; 0: none. */
static void long_batch(unsigned int nth, int status)
{
	size_t size = 24 * LONG_BATCH, len = 0;
	char *text = malloc(size);

	assert_non_null(text);
	for (unsigned int i = 1; i <= LONG_BATCH; i++)
		len += (size_t)snprintf(text + len, size - len,
					"link del %c%u\n",
					nth && i % nth == 0 ? 'x' : 'n', i);
	stdin_bytes(text, len);
	free(text);
	fake_reset();
	fake.counting = true;
	assert_int_equal(fake_run("bpfvlan -force -b -"), status);
}

/* Counted, not timed: calls, and how often a name has to be looked up. */
static void test_long_batch(void **state)
{
	(void)state;
	long_batch(0, 0);
	assert_int_equal(fake.del_deleted, LONG_BATCH);
	assert_int_equal(fake.del_resolved, LONG_BATCH);
	assert_int_equal(fake.del_calls, (LONG_BATCH + 1023) / 1024);
	long_batch(2, 1);
	assert_int_equal(fake.del_deleted, LONG_BATCH / 2);
	assert_in_range(fake.del_resolved, LONG_BATCH, 3 * LONG_BATCH);
	assert_in_range(fake.del_calls, 1, 2 * LONG_BATCH);
	assert_memory_equal(fake.err, GONE("x2") FAILED("2"), 43);
	long_batch(1, 1);
	assert_int_equal(fake.del_deleted, 0);
	assert_in_range(fake.del_resolved, LONG_BATCH, 2 * LONG_BATCH);
}

static int pipe_in = -1;

static void put(const char *text)
{
	assert_int_equal(write(pipe_in, text, strlen(text)), strlen(text));
}

static void open_pipe(void)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	close(fds[0]);
	pipe_in = fds[1];
}

/*
 * Writes the next part only when the part before has been done and nothing is
 * held: if the command waited earlier, it would wait for ever.
 */
static void feed(const char *line)
{
	static int parts;

	if (!strcmp(line, "del c")) {
		assert_false(fake.in_batch);
		put("link del d\nlink del e\n");
	} else if (!strcmp(line, "end") && parts++ == 0) {
		put("link del c\n");
	} else if (!strcmp(line, "end")) {
		close(pipe_in);
	}
}

static void test_pipe(void **state)
{
	(void)state;
	slaves("abcde");
	open_pipe();
	put("addr add 10.0.0.1/24 dev a\nlink del a\nlink del b\nlink del ");
	put("# no name, and the end of what is there\\\n");
	put("link del b\n");
	close(pipe_in);
	/* All there: as a file, but for the lock, which the last needs not. */
	fake_expect(
		"bpfvlan -force -b -", 1, "",
		"Not enough information: \"dev\" argument is required.\n" FAILED(
			"4") GONE("b") FAILED("5"));
	assert_string_equal(
		fake.log,
		"ctx -\nbegin\naddr_add 10.0.0.1/24 a -\ndel a b\ndel b\nend\n");
	expect_slaves("cde");

	open_pipe();
	fake_forget_log();
	fake.on_call = feed;
	put("addr add 10.0.0.1/24 dev c\naddr add 10.0.0.2/24 dev c\n");
	fake_expect("bpfvlan -b -", 0, "", "");
	assert_string_equal(fake.log, "ctx -\nbegin\naddr_add 10.0.0.1/24 c -\n"
				      "addr_add 10.0.0.2/24 c -\nend\ndel c\n"
				      "begin\ndel d e\nend\n");
	expect_slaves("");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_lines),
		TEST(test_show),
		TEST(test_wrong_lines),
		TEST(test_unreadable),
		TEST(test_deletions_go_together),
		TEST(test_bad_line_among_deletions),
		TEST(test_failed_deletions),
		TEST(test_ambiguous_deletion),
		TEST(test_other_failures),
		TEST(test_long_batch),
		TEST(test_pipe),
	};

	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
