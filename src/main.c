/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "src/x509/digest.h"
#include "src/cli/cmds.h"
#include "src/cli/report.h"
#include "src/sys/fd.h"
#include "src/sys/replace.h"
#include "src/sys/log.h"
#include "src/sys/terminal.h"

static void write_usage(FILE *out)
{
	fputs("trustfix makes programs trust the CA of a TLS-intercepting proxy, and proves "
	      "it.\n\n",
		out);
	for (const struct command *command = commands; command->name; command++)
		fprintf(out, "  trustfix %-8s %s\n", command->name, command->help);
	fputs("\ntrustfix COMMAND --help shows a command's options; trustfix(1) is the "
	      "reference.\n",
		out);
}

static void write_command_help(FILE *out, const struct command *command)
{
	fprintf(out, "trustfix %s %s\n%s\n", command->name, command->synopsis, command->help);
	opt_help(out, command->groups);
}

static int check_usage(
	const struct command *command, const struct options *options, struct fault *why)
{
	if (options->quiet && options->verbose)
		return fault_set(why, FAULT_USAGE, "-q and -v cannot be combined");
	if (terminal_check_color(options->color, why) < 0)
		return -1;
	if (options->operands.n < command->operands_min)
		return fault_set(why, FAULT_USAGE, "missing argument: trustfix %s %s",
			command->name, command->synopsis);
	if (options->operands.n > command->operands_max)
		return fault_set(why, FAULT_USAGE, "unexpected argument '%s'",
			options->operands.at[command->operands_max]);
	return job_check_output(options, why);
}

static int status_of(const struct fault *why)
{
	switch (why->kind) {
	case FAULT_USAGE:
		return 2;
	case FAULT_BROKEN:
		return 4;
	case FAULT_UNAPPROVED:
		return 5;
	default:
		return 1;
	}
}

/* Write what came of it, whatever it was; a fault of its own only where there was none. */
static int report(const struct job *job, const struct fault *failed, struct fault *why)
{
	FILE *out = job->image_on_stdout ? stderr : stdout;

	if (job->options->json && !job->wrote_result)
		return report_json(out, job, failed, why);
	return report_text(out, job, failed, terminal_wants_color(out, job->options->color), why);
}

/* A full disk behind stdout must not look like success. */
static int flush_output(struct fault *why)
{
	return fflush(stdout) == 0 ? 0 : fault_sys(why, "cannot write to standard output");
}

/* Whoever reads standard output has enough: nothing is wrong, and the end is as other tools'. */
static void end_by_pipe(const struct fault *why)
{
	if (why->sys != EPIPE)
		return;
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

static int end_output(void)
{
	struct fault why = FAULT_INIT;

	if (flush_output(&why) == 0)
		return 0;
	end_by_pipe(&why);
	log_fault(why.text);
	return status_of(&why);
}

static int run_command(const struct command *command, const struct options *options)
{
	struct job job = {.options = options, .command = command->name};
	struct fault why = FAULT_INIT;
	struct fault unreported = FAULT_INIT;
	bool failed = check_usage(command, options, &why) < 0 || job_advise(&job, &why) < 0 ||
		      command->run(&job, &why) < 0;
	bool silent;
	int status;

	log_progress_end();
	silent = report(&job, failed ? &why : NULL, &unreported) < 0;
	silent = flush_output(&unreported) < 0 || silent;
	if (silent && job.outcome.changed)
		fault_wrap(&unreported, "the change was made, but the report could not be written");
	if (!failed || job.wrote_result)
		end_by_pipe(failed ? &why : &unreported);
	if (failed)
		log_fault(why.text);
	else if (silent)
		log_fault(unreported.text);
	status = failed   ? job.fault_status ? job.fault_status : status_of(&why)
		   : silent ? status_of(&unreported)
			  : job.status;
	job_free(&job);
	return status;
}

/* Does the command line ask for JSON, whatever else is wrong with it? */
static bool wants_json(int argc, char *const *argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		size_t len = strcspn(argv[i], "=");

		if (len > strlen("--") && strncmp(argv[i], "--json", len) == 0)
			return true;
	}
	return false;
}

/* A command line that no command runs with; `command` may be NULL. */
static int refuse(const char *command, bool json, const struct fault *why)
{
	const struct options options = {.json = json};
	const struct job job = {.options = &options, .command = command};
	struct fault unreported = FAULT_INIT;

	if (json &&
		(report_json(stdout, &job, why, &unreported) < 0 || flush_output(&unreported) < 0))
		log_fault(unreported.text);
	log_fault(why->text);
	return status_of(why);
}

/* --help, --version; `command` may be NULL. */
static int show(const struct command *command, const struct options *options)
{
	struct job job = {.options = options, .command = command ? command->name : NULL};
	struct fault why = FAULT_INIT;
	auto_free char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out && options->version)
		fputs("trustfix " TRUSTFIX_VERSION "\n", out);
	else if (out && command)
		write_command_help(out, command);
	else if (out)
		write_usage(out);
	if (!out || fclose(out) != 0) {
		fault_nomem(&why);
		return refuse(job.command, options->json, &why);
	}
	job.help = text;
	if (options->json && report_json(stdout, &job, NULL, &why) < 0) {
		log_fault(why.text);
		return status_of(&why);
	}
	if (!options->json)
		fputs(text, stdout);
	return end_output();
}

static int start(int argc, char **argv, const struct command *command)
{
	auto_options options = {0};
	struct fault why = FAULT_INIT;

	if (opt_parse(argc, argv, command->groups, &options, &why) < 0)
		return refuse(command->name, options.json || wants_json(argc, argv), &why);
	if (options.help || options.version)
		return show(command, &options);
	ossl_start(options.cert != NULL);
	log_set_level(options.quiet ? LOG_QUIET : options.verbose ? LOG_VERBOSE : LOG_NORMAL);
	return run_command(command, &options);
}

static int no_command(const char *name, bool json)
{
	const struct command *like = command_like(name);
	struct fault why = FAULT_INIT;

	if (like)
		fault_set(&why, FAULT_USAGE, "unknown command '%s'; did you mean %s?", name,
			like->name);
	else
		fault_set(&why, FAULT_USAGE, "unknown command '%s'; see trustfix --help", name);
	return refuse(NULL, json, &why);
}

/* No command is to be run: "trustfix help [COMMAND]", "trustfix version", "trustfix --help". */
static int start_none(int argc, char **argv, bool json)
{
	bool is_help = strcmp(argv[0], "help") == 0;
	auto_options options = {0};
	const struct command *command = NULL;
	struct fault why = FAULT_INIT;

	if (opt_parse(argc, argv, OPT_ALL, &options, &why) < 0)
		return refuse(NULL, json, &why);
	options.version = options.version || strcmp(argv[0], "version") == 0;
	if (is_help && options.operands.n) {
		command = command_named(options.operands.at[0]);
		if (!command)
			return no_command(options.operands.at[0], json);
	}
	if (is_help || options.help || options.version)
		return show(command, &options);
	fault_set(&why, FAULT_USAGE, "no command; see trustfix --help");
	return refuse(NULL, json, &why);
}

/* Options before the command go behind it: argv[1] is then its name, unless there is none. */
static int put_command_first(int argc, char **argv, struct fault *why)
{
	const char *command = "COMMAND";
	char *name;
	int n = 0;

	for (int i = argc - 1; i > 0; i--)
		if (command_named(argv[i]))
			command = argv[i];
	if (opt_count_leading(argc, argv, command, &n, why) < 0)
		return -1;
	if (n + 1 >= argc)
		return 0;
	name = argv[n + 1];
	memmove(&argv[2], &argv[1], (size_t)n * sizeof(*argv));
	argv[1] = name;
	return 0;
}

/*
 * Stores are read and written whole, again and again: what was freed is used once more, and not
 * given back for pages that have to be made anew.
 */
static void keep_memory(void)
{
#ifdef M_TOP_PAD /* glibc's */
	mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
	mallopt(M_TRIM_THRESHOLD, 4 * 1024 * 1024);
	mallopt(M_TOP_PAD, 512 * 1024);
#endif
}

int main(int argc, char **argv)
{
	struct fault why = FAULT_INIT;
	const struct command *command;
	bool json;

	keep_memory();
	fd_hold_standard();
	setvbuf(stderr, NULL, _IOLBF, 0); /* a message in one write */
	temps_install();
	json = wants_json(argc, argv);
	if (argc < 2) {
		write_usage(stderr);
		return 2;
	}
	if (argv[1][0] == '-' && put_command_first(argc, argv, &why) < 0)
		return refuse(NULL, json, &why);
	if (argv[1][0] == '-')
		return start_none(argc, argv, json);
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "version") == 0)
		return start_none(argc - 1, argv + 1, json);
	command = command_named(argv[1]);
	return command ? start(argc - 1, argv + 1, command) : no_command(argv[1], json);
}
