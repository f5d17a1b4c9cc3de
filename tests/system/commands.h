#ifndef TESTS_SYSTEM_COMMANDS_H
#define TESTS_SYSTEM_COMMANDS_H

#include "ns.h"

/* A cradle with two services, and the commands that speak to it. */

/* A value of the environment of one of them, which nobody is to see. */
#define COMMANDS_CANARY "canary-value-7Hq1"

/* Where its control socket is, in the scratch folder. */
char *commands_socket(void);

/* What a command says, and the code it leaves with. */
struct said {
	int code;
	char *out;
	char *err;
};
struct said commands_run(const char *control, char *const args[]);

#define COMMAND(...) commands_run(commands_socket(), NS_LIST(__VA_ARGS__))

/*
 * Services api and worker, which are sleep 4001 and sleep 4002, once they are
 * ready; more: further keys of the configuration, or "".
 */
struct ns *commands_start(
    const char *control, const char *more, struct ns_options options);
struct ns *commands_start_usual(void);

/* TERM, and the end. */
void commands_stop(struct ns *ns);

#endif
