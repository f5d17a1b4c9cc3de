#include "wrk.h"
#include "measure.h"
#include "peer.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

bool
wrk_begin(struct wrk *w, int port, int connections, int seconds)
{
	char *path = peer_program("wrk");
	char *argv[] = { "wrk", "-t1", measure_text("-c%d", connections),
		measure_text("-d%ds", seconds),
		measure_text("http://127.0.0.1:%d/", port), NULL };
	int ends[2];

	if (path == NULL)
		return false;
	if (pipe2(ends, O_CLOEXEC) == -1)
		measure_fail("cannot make a pipe");
	w->pid = fork();
	if (w->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)execv(path, argv);
		_exit(127);
	}
	if (w->pid == -1)
		measure_fail("cannot make a process");
	(void)close(ends[1]);
	w->fd = ends[0];
	return true;
}

void
wrk_end(struct wrk *w, struct wrk_result *ret)
{
	FILE *f = fdopen(w->fd, "r");
	double rd = 0, wr = 0;
	char line[256];

	*ret = (struct wrk_result){ 0 };
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		(void)sscanf(line, " %lf requests in", &ret->requests);
		if (sscanf(line,
			" Socket errors: connect %lf, read %lf, write %lf,"
			" timeout %lf",
			&ret->refused, &rd, &wr, &ret->hung) == 4)
			ret->cut = rd + wr;
	}
	if (f != NULL)
		(void)fclose(f);
	(void)waitpid(w->pid, NULL, 0);
}
