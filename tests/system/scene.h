#ifndef TESTS_SYSTEM_SCENE_H
#define TESTS_SYSTEM_SCENE_H

#include "ns.h"

/*
 * One service, "web", under a cradle of its own, for the tests of the
 * handover.  Its restarts are immediate and without end unless keys say
 * otherwise.
 */
struct scene {
	char *const *app;      /* its command; NULL-terminated */
	const char *keys;      /* more keys of the service, or NULL */
	const char *top;       /* more keys beside "services", or NULL */
	char *const *confined; /* settings of tests/apps/confined, or NULL */
	char *const *env;      /* NULL: PATH alone */
	bool unprivileged;
	bool readonly;
};

/* All of it in one folder, which an unprivileged user may read too. */
struct ns *scene_start(const struct scene *scene);

/* scene_start for the app alone. */
#define SCENE(...) scene_start(&(struct scene){ .app = NS_LIST(__VA_ARGS__) })

/* A command to that cradle through its control socket. */
struct scene_said {
	int code;
	char *out;
	char *err;
};
struct scene_said scene_command(char *const args[]);

/* The same, still running; its result is the namespace's end. */
struct ns *scene_ask(char *const args[]);

/* An address as tests/apps/address.h reads them, on a port that is free. */
char *scene_port(const char *kind);

/* The service's main process; waits until there is one, and it is not `but`. */
pid_t scene_service(struct ns *ns, const char *app, pid_t but);

/* Kill that process and wait until nothing of it is left. */
void scene_kill(struct ns *ns, pid_t pid);

/* How many descriptors PID 1 has, and waiting until they are so few. */
int scene_descriptors(const struct ns *ns);
void scene_await_descriptors(struct ns *ns, int most, int ms);

/* TERM, and the end within the time; what is left over fails the test. */
void scene_stop(struct ns *ns);

#endif
