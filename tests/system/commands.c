#include "commands.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define SOON 10000
#define COMMAND_MS 30000

char *
commands_socket(void)
{
	return scratch_text("%s/control.sock", scratch_dir());
}

struct said
commands_run(const char *control, char *const args[])
{
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = args,
	    .env =
		NS_LIST(ns_path(), scratch_text("CRADLE_CONTROL=%s", control)),
	    .plain = true,
	});
	struct said s = { .code = ns_exit_status(ns, COMMAND_MS) };
	s.out = scratch_text("%s", ns->out.data ? ns->out.data : "");
	s.err = scratch_text("%s", ns->err.data ? ns->err.data : "");
	ns_end(ns);
	return s;
}

/* Two services, sleep 4001 and sleep 4002; more: further keys, or "". */
struct ns *
commands_start(const char *control, const char *more, struct ns_options options)
{
	char *file = scratch_write("cradle.json",
	    "{ \"app\": \"cella\", \"environment\": \"test\", %s\n"
	    "  \"control\": \"%s\",\n"
	    "  \"services\": {\n"
	    "    \"api\": { \"command\": [\"sleep\", \"4001\"],\n"
	    "      \"env\": { \"TOKEN\": \"" COMMANDS_CANARY "\" } },\n"
	    "    \"worker\": { \"command\": [\"sleep\", \"4002\"] } } }\n",
	    more, control);

	options.args = NS_LIST("-c", file);
	struct ns *ns = ns_start(&options);
	ns_expect_line(ns, "ready in", SOON);
	return ns;
}

struct ns *
commands_start_usual(void)
{
	return commands_start(commands_socket(), "", (struct ns_options){ 0 });
}

void
commands_stop(struct ns *ns)
{
	ns_signal(ns, SIGTERM);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}
