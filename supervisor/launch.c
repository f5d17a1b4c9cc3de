#include "supervisor/launch.h"

#include "core/guard.h"
#include "supervisor/init.h"

#include "supervisor/pid1.h"

static pid_t
launch(struct init *init, struct spawn how, enum spawn_step *ret_step)
{
	how.self = -1;
	how.channel = -1;
	how.mask = &init->signals.mask;
	how.ignored = &init->signals.ignored;
	environment_show(&init->environment);
	pid_t pid = spawn_process(&how, ret_step);
	environment_hide(&init->environment);
	return pid;
}

pid_t
launch_process(
    struct init *init, size_t slot, struct spawn how, enum spawn_step *ret_step)
{
	autoclose int out = -1;
	autoclose int err = -1;

	streams_new_life(&init->streams, slot, &out, &err);
	how.out = out;
	how.err = err;
	return launch(init, how, ret_step);
}

pid_t
launch_beside(struct init *init, struct spawn how, enum spawn_step *ret_step)
{
	how.out = -1;
	how.err = -1;
	return launch(init, how, ret_step);
}
