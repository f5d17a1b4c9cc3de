#include "supervisor/launch.h"

#include "core/guard.h"
#include "supervisor/init.h"

#include "supervisor/pid1.h"

pid_t
launch_process(
    struct init *init, size_t slot, struct spawn how, enum spawn_step *ret_step)
{
	autoclose int out = -1;
	autoclose int err = -1;

	streams_new_life(&init->streams, slot, &out, &err);
	how.self = -1;
	how.channel = -1;
	how.out = out;
	how.err = err;
	how.mask = &init->signals.mask;
	how.ignored = &init->signals.ignored;
	environment_show(&init->environment);
	pid_t pid = spawn_process(&how, ret_step);
	environment_hide(&init->environment);
	return pid;
}
