#include "muted.h"

#include "scene.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 8000

char *
muted_path(void)
{
	return scratch_text("%s/mute", scratch_dir());
}

char *
muted_file(void)
{
	return scratch_write("mute", "%s", "");
}

struct ns *
muted_start(const char *at, const char *keys, const char *top)
{
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(
		scratch_app("serves"), "--mute", muted_path(), (char *)at),
	    .keys = keys,
	    .top = top,
	});

	ns_expect_line(ns, "listening ", SOON);
	return ns;
}

void
muted_die(struct ns *ns, const char *app)
{
	(void)muted_file();
	pid_t pid = scene_service(ns, app, ns->pid);
	scene_kill(ns, pid);
	ns_expect_line(ns, "boot ", SOON);
}

void
muted_speak(void)
{
	assert_int_equal(unlink(muted_path()), 0);
}
