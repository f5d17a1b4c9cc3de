/*
 * What each of them takes while nothing happens: memory (smaps_rollup) in KiB
 * and wake-ups (voluntary context switches of every thread) in WATCH_MS.  All
 * of them stand side by side, so that it takes that long only once.
 */
#include "cage.h"
#include "measure.h"
#include "peer.h"
#include "proc.h"

#include <ctype.h>
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTLE_MS 4000 /* PM2 has much to do at first */
#define WATCH_MS 20000
#define SOON 10000
#define MEMBERS_MAX 16

struct member {
	pid_t pid;
	char role[256];
	long switches;
	double private_kib; /* nobody else maps it, code of the file included */
	double anonymous_kib; /* of that, what is in no file */
	double resident_kib;
};

static struct rival {
	const char *label;
	const char *name;
	bool roles;
	bool there;
	struct peer peer;
	struct cage_how how;
	struct cage cage;
	struct member member[MEMBERS_MAX];
	int members;
} rivals[] = {
	{ .label = "tini", .name = "tini" },
	{ .label = "dumb-init", .name = "dumb-init" },
	{ .label = "catatonit", .name = "catatonit" },
	{ .label = "s6", .name = "s6" },
	{ .label = "pm2", .name = "pm2" },
	{ .label = "cradle", .name = "cradle" },
	{ .label = "cradle-roles", .name = "cradle", .roles = true },
};
#define RIVALS (sizeof(rivals) / sizeof(rivals[0]))

/* ---- /proc ---- */

static bool
is_app(pid_t pid)
{
	char path[64], target[512];

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return true;
	target[n] = '\0';
	return strcmp(strrchr(target, '/'), "/life") == 0;
}

/* "cradle: scribe" is scribe; anything else its first word. */
static void
name_of(pid_t pid, char name[256])
{
	char path[64], text[256] = "";

	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	FILE *file = fopen(path, "re");
	size_t n = file == NULL ? 0 : fread(text, 1, sizeof(text) - 2, file);
	if (file != NULL)
		(void)fclose(file);
	text[n] = '\0';
	bool role = strncmp(text, "cradle:", 7) == 0;
	const char *word = role ? text + strlen(text) + 1 : "init";
	if (role && *word == '\0')
		word = text + 8;
	(void)snprintf(name, 256, "%s", word);
}

static bool
is_member(const struct rival *r, pid_t pid)
{
	for (int i = 0; i < r->members; i++)
		if (r->member[i].pid == pid)
			return true;
	return false;
}

/* One pass adds the children of those that are known. */
static bool
add_children(struct rival *r)
{
	static const char *const parent[] = { "PPid:", NULL };
	DIR *proc = opendir("/proc");
	bool more = false;
	struct dirent *entry;

	while (proc != NULL && (entry = readdir(proc)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		pid_t above = (pid_t)proc_sum(pid, "status", parent);
		if (is_member(r, pid) || !is_member(r, above) || is_app(pid) ||
		    r->members == MEMBERS_MAX)
			continue;
		r->member[r->members].pid = pid;
		name_of(pid, r->member[r->members++].role);
		more = true;
	}
	if (proc != NULL)
		(void)closedir(proc);
	return more;
}

static void
find_members(struct rival *r)
{
	r->members = 1;
	r->member[0].pid = r->cage.pid;
	strcpy(r->member[0].role, "init");
	while (add_children(r))
		;
}

static long
switches(pid_t pid)
{
	static const char *const label[] = { "voluntary_ctxt_switches:", NULL };
	struct dirent *entry;
	char path[64];
	double sum = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *tasks = opendir(path);
	while (tasks != NULL && (entry = readdir(tasks)) != NULL) {
		char file[300];
		(void)snprintf(
		    file, sizeof(file), "task/%s/status", entry->d_name);
		if (entry->d_name[0] != '.')
			sum += proc_sum(pid, file, label);
	}
	if (tasks != NULL)
		(void)closedir(tasks);
	return (long)sum;
}

/* ---- the figures ---- */

static void
begin(struct rival *r, struct page *page)
{
	r->there = peer_prepare(&r->peer, &r->how, r->name, "life");
	if (!r->there)
		return;
	if (r->roles) {
		/* a copy: two that run one file share its pages */
		r->peer.argv[0] =
		    measure_text("%s", measure_setting("BENCH_COPY"));
		cage_env_add(
		    &r->how, measure_text("CRADLE_HEALTH_LISTEN=127.0.0.1:%d",
				 cage_free_port()));
		cage_env_add(
		    &r->how, measure_text("CRADLE_SLACK_WEBHOOK="
					  "https://127.0.0.1:1/services/x"));
	}
	uint32_t lives = page->lives;
	cage_start(&r->cage, &r->how);
	if (!cage_lives(page, lives + 1, SOON))
		measure_fail("no app under %s", r->label);
}

static void
take_memory(struct member *m)
{
	static const char *const private[] = {
		"Private_Clean:", "Private_Dirty:", NULL
	};
	static const char *const resident[] = { "Rss:", NULL };

	m->private_kib = proc_sum(m->pid, "smaps_rollup", private);
	m->anonymous_kib = proc_anonymous(m->pid);
	m->resident_kib = proc_sum(m->pid, "smaps_rollup", resident);
}

static void
tell_all(const struct rival *r)
{
	double private = 0, anonymous = 0, resident = 0;
	long woke = 0;

	for (int i = 0; i < r->members; i++) {
		const struct member *m = &r->member[i];
		woke += switches(m->pid) - m->switches;
		private += m->private_kib;
		anonymous += m->anonymous_kib;
		resident += m->resident_kib;
		if (r->roles)
			printf("role\t%s\t%.0f\t%.0f\t1\n", m->role,
			    m->private_kib, m->resident_kib);
	}
	measure_tell("private", r->label, private);
	measure_tell("anonymous", r->label, anonymous);
	measure_tell("resident", r->label, resident);
	measure_tell("wakeups", r->label, (double)woke);
}

int
main(void)
{
	struct page *page = cage_page(0, 0);

	for (size_t i = 0; i < RIVALS; i++)
		begin(&rivals[i], page);
	(void)poll(NULL, 0, SETTLE_MS);
	for (size_t i = 0; i < RIVALS; i++) {
		struct rival *r = &rivals[i];
		if (!r->there)
			continue;
		find_members(r);
		for (int n = 0; n < r->members; n++) {
			take_memory(&r->member[n]);
			r->member[n].switches = switches(r->member[n].pid);
		}
	}
	(void)poll(NULL, 0, WATCH_MS);
	for (size_t i = 0; i < RIVALS; i++)
		if (rivals[i].there)
			tell_all(&rivals[i]);
	for (size_t i = 0; i < RIVALS; i++)
		if (rivals[i].there)
			(void)cage_end(&rivals[i].cage);
	return 0;
}
