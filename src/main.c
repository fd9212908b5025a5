/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "src/cli/cmds.h"
#include "src/cli/report.h"
#include "src/sys/fd.h"
#include "src/sys/replace.h"
#include "src/sys/log.h"

static void write_usage(FILE *out)
{
	fputs("trustfix makes programs trust the CA of a TLS-intercepting proxy, and proves "
	      "it.\n\n",
		out);
	for (const struct command *command = commands; command->name; command++)
		fprintf(out, "  trustfix %-8s %s\n", command->name, command->help);
	fputs("\nRun 'trustfix COMMAND --help' for a command's options; trustfix(1) is the "
	      "reference.\n",
		out);
}

/* --help, --version: as text, or into the JSON object. */
static int show(struct job *job, struct fault *why)
{
	const struct command *command = job->command;
	auto_free char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out && job->options.version)
		fputs("trustfix " TRUSTFIX_VERSION "\n", out);
	else if (out && command) {
		fprintf(out, "usage: trustfix %s %s\n%s\n", command->name, command->synopsis,
			command->help);
		opt_help(out, command);
	} else if (out)
		write_usage(out);
	if (!out || fclose(out) != 0)
		return fault_nomem(why);
	if (job->options.json)
		return report_member(job, "help", json_string(text), why);
	fputs(text, stdout);
	return 0;
}

/* Parse the command and its options; also "trustfix help [COMMAND]" and "trustfix version". */
static int parse(char **argv, struct job *job, struct fault *why)
{
	struct options *options = &job->options;
	int rc = opt_parse(argv, NULL, options, why);
	char **words = steal(&options->command);
	bool is_help = words[0] && strcmp(words[0], "help") == 0;
	bool is_version = words[0] && strcmp(words[0], "version") == 0;
	const char *name = is_help || is_version ? NULL : words[0];
	const struct command *like;

	options->help = options->help || is_help;
	options->version = options->version || is_version;
	if (rc == 0 && name)
		job->command = command_named(name);
	if (job->command)
		return opt_parse(words, job->command, options, why);
	/* Only options that every command takes, wherever they stand. */
	while (words[0]) {
		if (opt_parse(words, NULL, options, why) < 0)
			rc = -1;
		words = steal(&options->command);
		if (is_help && !name)
			name = words[0];
	}
	if (rc == 0 && is_help && name)
		job->command = command_named(name);
	if (rc == 0 && name && !job->command) {
		like = command_like(name);
		rc = fault_set(why, FAULT_USAGE, "unknown command '%s'; %s%s%s", name,
			like ? "did you mean " : "see trustfix --help", like ? like->name : "",
			like ? "?" : "");
	}
	if (rc == 0 && !options->help && !options->version)
		rc = fault_set(why, FAULT_USAGE, "no command; see trustfix --help");
	return rc;
}

static int run(char **argv, struct job *job, struct fault *why)
{
	struct options *options = &job->options;

	if (parse(argv, job, why) < 0)
		return -1;
	if (options->help || options->version)
		return show(job, why);
	ossl_start(options->survey.peer.cert_file != NULL);
	log_set_level(options->quiet ? LOG_QUIET : options->verbose ? LOG_VERBOSE : LOG_NORMAL);
	if (job_check_usage(job, why) < 0)
		return -1;
	job_use_options(job);
	if (options->image.output && job_is_stdout(options->image.output))
		job->out = stderr;
	return job->command->run(job, why);
}

/* Print the JSON or the fault (`failed`, or NULL), flush stdout, and return the exit status. */
static int end(const struct job *job, const struct fault *failed)
{
	static const int statuses[FAULT_KINDS] = {
		[FAULT_USAGE] = 2, [FAULT_BROKEN] = 4, [FAULT_UNAPPROVED] = 5};
	struct fault lost = FAULT_INIT;
	bool is_lost =
		job->options.json && !job->stdout_is_taken && report_json(job, failed, &lost) < 0;
	const struct fault *why = failed ? failed : &lost;

	/* A full disk must not look like success. */
	if (fflush(stdout) != 0) {
		fault_sys(&lost, "cannot write to standard output");
		is_lost = true;
	}
	if (is_lost)
		report_lost(job, &lost);
	/* The reader of standard output is gone, which is no fault: end by SIGPIPE as other
	 * tools do. */
	if ((!failed || job->stdout_is_taken) && why->sys == EPIPE) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	if (!failed && !is_lost)
		return job->status;
	log_line(LOG_QUIET, "%s", why->text);
	if (failed && job->fault_status)
		return job->fault_status;
	return statuses[why->kind] ? statuses[why->kind] : 1;
}

int main(int argc, char **argv)
{
	struct job job = {.out = stdout};
	struct fault why = FAULT_INIT;
	int status;

	fd_hold_standard();
	setvbuf(stderr, NULL, _IOLBF, 0); /* a message in one write */
	temps_install();
	if (argc < 2) {
		write_usage(stderr);
		return 2;
	}
	status = run(argv, &job, &why);
	log_progress_end();
	status = end(&job, status < 0 ? &why : NULL);
	job_free(&job);
	return status;
}
