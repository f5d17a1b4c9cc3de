#include "config/check_notes.h"

#include "config/check_programs.h"
#include "config/check_refs.h"
#include "config/check_services.h"
#include "config/listen.h"
#include "config/ref.h"
#include "core/guard.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct look {
	const struct plan *plan;
	struct check_notes *notes;
	bool scw;      /* a scw:// reference was seen */
	bool by_path;  /* one that needs a project */
	bool regional; /* one that names no region of its own */
};

void
check_notes_add(struct check_notes *notes, bool wrong, const char *fmt, ...)
{
	va_list ap;
	notes->wrong |= wrong;
	if (notes->count == CHECK_NOTES_MAX)
		return;
	struct check_note *n = &notes->item[notes->count++];
	n->wrong = wrong;
	va_start(ap, fmt);
	(void)vsnprintf(n->text, sizeof(n->text), fmt, ap);
	va_end(ap);
}

static void
look_at_ref(void *arg, const struct check_ref *r)
{
	struct look *l = arg;
	struct ref ref;
	char why[200];
	if (ref_parse(r->reference, &ref, why, sizeof(why)) == -1) {
		check_notes_add(l->notes, true,
		    "cannot use the reference of %s (%s): it %s", r->variable,
		    r->where, why);
		return;
	}
	if (ref.scheme == REF_FILE) {
		if (access(ref.path, R_OK) == -1 && !ref.optional &&
		    !ref.has_fallback)
			check_notes_add(l->notes, false,
			    "%s: cannot read %.200s here: %s", r->variable,
			    ref.path, strerror(errno));
		return;
	}
	l->scw = true;
	l->by_path |= !ref.by_id && ref.project[0] == '\0';
	l->regional |= ref.region[0] == '\0';
}

/* What a scw:// reference needs may come only where it runs: warnings. */
static void
look_at_scw(struct look *l)
{
	const struct plan_scw *scw = &l->plan->secrets.scw;
	const char *file = scw->secret_key_file;
	if (!l->scw)
		return;
	if (scw->secret_key[0] == '\0' && file[0] == '\0')
		check_notes_add(l->notes, false,
		    "there are scw:// references and no credential "
		    "(set CRADLE_SCW_SECRET_KEY_FILE)");
	if (file[0] != '\0' && access(file, R_OK) == -1)
		check_notes_add(l->notes, false,
		    "cannot read the credential's file %.200s here: "
		    "%s",
		    file, strerror(errno));
	if (l->by_path && scw->project_id[0] == '\0')
		check_notes_add(l->notes, false,
		    "there are scw:// references by path and no "
		    "project (set CRADLE_SCW_PROJECT_ID)");
	if (l->regional && scw->region[0] == '\0')
		check_notes_add(l->notes, false,
		    "there are scw:// references and no region "
		    "(set CRADLE_SCW_REGION, such as fr-par)");
}

static void
look_at_assets(struct look *l, const struct plan_assets *assets)
{
	struct stat st;
	if (stat(assets->root, &st) == -1)
		check_notes_add(l->notes, true,
		    "cannot find the asset root %.200s: %s", assets->root,
		    strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		check_notes_add(l->notes, true,
		    "the asset root %.200s is not a folder", assets->root);
	if (assets->variables == NULL && access(assets->example, R_OK) == -1)
		check_notes_add(l->notes, true,
		    "cannot read the example file %.200s: %s (it "
		    "names the public variables)",
		    assets->example, strerror(errno));
}

static void
look_at_port(struct look *l)
{
	static const int taken[] = { 8008, 8012, 8013, 8022, 9090, 9091 };
	struct listen_at at;
	const char *why;
	if (l->plan->health.listen[0] == '\0' ||
	    listen_parse(l->plan->health.listen, &at, &why) == -1)
		return;
	for (size_t i = 0; i < ARRAY_LEN(taken); i++)
		if (at.port == taken[i])
			check_notes_add(l->notes, false,
			    "health.listen: port %d is taken on "
			    "Scaleway (the examples use 9400)",
			    at.port);
}

void
check_notes_take(const struct plan *plan, char *const environ_in[],
    struct check_notes *notes)
{
	struct look l = { .plan = plan, .notes = notes };
	check_refs_each(plan, environ_in, look_at_ref, &l);
	look_at_scw(&l);
	for (size_t i = 0; i < plan->assets_count; i++)
		look_at_assets(&l, &plan->assets[i]);
	check_programs_look(plan, environ_in, notes);
	check_services_look(plan, notes);
	look_at_port(&l);
	if (plan->ca_file[0] != '\0' && access(plan->ca_file, R_OK) == -1)
		check_notes_add(notes, true,
		    "cannot read CRADLE_CA_FILE %.200s: %s", plan->ca_file,
		    strerror(errno));
}
