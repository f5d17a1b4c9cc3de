# The table, from rows "FIGURE TAB WHO TAB MEDIAN TAB P99 TAB COUNT".
# A figure is judged by what stands in its line of the table below.

BEGIN {
	FS = "\t"
	heads = split("floor tini dumb-init catatonit s6 supervisord pm2", head, " ")
}

{
	if ($1 == "role")
		roles = roles sprintf("%s%s %d (%d)", roles ? ", " : "", $2, $3, $4)
	median[$1, $2] = $3
	tail[$1, $2] = $4
	runs[$1, $2] = $5
}

function has(figure, who) {
	return (figure, who) in median
}

function value(figure, who, part) {
	return part == "p99" ? tail[figure, who] : median[figure, who]
}

function show(figure, who, part, form) {
	return has(figure, who) ? sprintf(form, value(figure, who, part)) : "-"
}

# What stands in the column of a peer; the floor has a name in each figure.
function peer_cell(figure, column, part, form, floor) {
	if (column == "floor")
		return floor == "" ? "-" : show(figure, floor, part, form)
	return show(figure, column, part, form)
}

function verdict(fine) {
	judged++
	if (fine)
		return "ok"
	over++
	return "OVER"
}

# cradle: the row's name for it; against: whom the ratio is to.
function line(name, figure, cradle, part, form, floor, against, budget, word,    i, ratio) {
	if (!has(figure, cradle))
		return
	printf "%-42s %9s", name, show(figure, cradle, part, form)
	for (i = 1; i <= heads; i++)
		printf " %9s", peer_cell(figure, head[i], part, form, floor)
	ratio = "-"
	if (against != "" && has(figure, against) && value(figure, against, part) > 0)
		ratio = sprintf("%.3g %s", value(figure, cradle, part) / value(figure, against, part), against)
	printf "  %-16s %-18s %s\n", ratio, budget, word
}

function max(figure, who, part, limit) {
	return has(figure, who) ? verdict(value(figure, who, part) <= limit) : ""
}

function max_of(figure, who, other, times) {
	if (!has(figure, who) || !has(figure, other))
		return ""
	return verdict(median[figure, who] <= times * median[figure, other])
}

# A tail that the floor itself has is the machine's.
function max_tail(figure, who, floor, limit) {
	if (has(figure, floor) && tail[figure, floor] > limit / 2 && tail[figure, who] > limit)
		return "noise"
	return max(figure, who, "p99", limit)
}

# Three processes have to get their turns: when cat is slow too, it is the machine.
function min_flow(figure, who, floor, limit) {
	if (!has(figure, who))
		return ""
	if (has(figure, floor) && median[figure, floor] < 1.25 * limit && median[figure, who] < limit)
		return "noise"
	return verdict(median[figure, who] >= limit)
}

# What became of requests over deaths, for a thousand of them.
function crash_line(name, who, judge,    n, bad) {
	if (!has("crash-count", who))
		return
	n = median["crash-count", who] / 1000
	bad = median["crash-refused", who] + median["crash-reset", who] + median["crash-hung", who]
	printf "%-42s %9d %9d %9d %9d %9d %9.1f %9.1f %9.2f  %-16s %s\n", name, 1000 * n,
	    median["crash-refused", who] / n, median["crash-reset", who] / n,
	    median["crash-hung", who] / n, median["crash-lost", who] / n,
	    median["crash-outage", who], tail["crash-outage", who], median["crash-idle", who],
	    judge ? "0 but accepted" : "", judge ? verdict(bad == 0) : ""
}

# wrk calls every cut connection a read error: as many as it has is each one once.
function wrk_line(name, who, judge,    n) {
	if (!has("wrk-count", who))
		return
	n = median["wrk-count", who]
	printf "%-42s %9d %9.1f %9d %9d  %-16s %s\n", name, n,
	    (median["wrk-cut", who] + median["wrk-refused", who]) / n, median["wrk-hung", who],
	    median["wrk-ok", who], judge ? "<= 8, 0 hung" : "",
	    judge ? verdict(median["wrk-cut", who] + median["wrk-refused", who] <= 8 * n && \
	    median["wrk-hung", who] == 0) : ""
}

function reload_line(name, who, judge,    bad) {
	if (!has("reload-count", who))
		return
	bad = median["reload-refused", who] + median["reload-cut", who] + median["reload-hung", who]
	printf "%-42s %9d %9d %9d %9d %9d %9.1f  %-16s %s\n", name, median["reload-count", who],
	    median["reload-ok", who], median["reload-refused", who], median["reload-cut", who],
	    median["reload-hung", who], median["reload-worst", who], judge ? "all, 0" : "",
	    judge ? verdict(bad == 0 && median["reload-count", who] == 10) : ""
}

function spare_line(name, who, judge,    over) {
	if (!has("crash-after", who))
		return
	over = median["crash-after", who] - median["crash-idle", who]
	printf "From a death, as a parent sees it, to an answer of the spare, %s: %.2f ms over an idle request%s\n", name, over,
	    judge ? " (budget: <= 2): " (tail["crash-idle", who] > 2 && over > 2 ? "noise" : verdict(over <= 2)) "." : "."
}

function connections() {
	if (has("crash-count", "cradle-tiny") || has("crash-count", "cradle")) {
		printf "\n%-42s %9s %9s %9s %9s %9s %9s %9s %9s\n", "kill -9 of a server, 300 connections a s",
		    "deaths", "refused", "reset", "hung", "accepted", "back, ms", "p99", "idle"
		crash_line("cradle, a server that boots in no time", "cradle-tiny", 1)
		crash_line("  ... with a spare", "cradle-tiny-standby", 1)
		crash_line("cradle, node", "cradle", 1)
		crash_line("  ... with a spare", "cradle-standby", 1)
		crash_line("cradle, handover off, node", "cradle-off", 0)
		crash_line("pm2, fork", "pm2", 0)
		crash_line("pm2, cluster of 2", "pm2-cluster", 0)
		crash_line("s6", "s6", 0)
		print "refused to accepted: for 1,000 deaths; accepted: by the process that died; back: to an answer to who asks at the death."
	}
	spare_line("a server that boots in no time", "cradle-tiny-standby", 1)
	spare_line("node, whose first answer takes long", "cradle-standby", 0)
	if (has("wrk-count", "cradle")) {
		printf "\n%-42s %9s %9s %9s %9s\n", "kill -9 under wrk with 8 connections", "deaths",
		    "errors/d.", "timeouts", "answers"
		wrk_line("cradle, node", "cradle", 1)
		wrk_line("cradle, handover off, node", "cradle-off", 0)
		wrk_line("pm2, fork", "pm2", 0)
	}
	if (has("reload-count", "cradle")) {
		printf "\n%-42s %9s %9s %9s %9s %9s %9s\n", "reload, 200 connections a second", "done",
		    "answers", "refused", "cut", "hung", "worst, ms"
		reload_line("cradle, node", "cradle", 1)
		reload_line("pm2, cluster of 2", "pm2-cluster", 0)
	}
}

# A ratio that is meant to be one: its median is worth what its spread allows.
function busy_line(name, figure, limit) {
	if (!has(figure, "cradle"))
		return
	line(name, figure, "cradle", "", ms, "", "", ">= " limit,
	    median[figure, "cradle"] >= limit ? verdict(1) : \
	    tail[figure, "cradle"] > 1.2 ? "noise" : verdict(0))
}

END {
	ms = "%.3f"
	printf "%-42s %9s", "", "cradle"
	for (i = 1; i <= heads; i++)
		printf " %9s", head[i] == "supervisord" ? "superv'd" : head[i]
	printf "  %-16s %-18s %s\n", "ratio", "budget", "verdict"

	line("exec to the app's first instruction, ms", "exec", "cradle", "", ms,
	    "bare", "tini", "<= 1.0 x tini", max_of("exec", "cradle", "tini", 1))
	if (has("exec", "bare")) {
		for (i = 1; i <= heads; i++)
			if (has("exec", head[i]))
				median["over", head[i]] = median["exec", head[i]] - median["exec", "bare"]
		median["over", "cradle"] = median["exec", "cradle"] - median["exec", "bare"]
		line("  over a bare exec, ms", "over", "cradle", "", ms, "", "tini",
		    "<= 0.3", max("over", "cradle", "", 0.3))
	}
	line("  p99, ms", "exec", "cradle", "p99", ms, "bare", "tini", "", "")
	line("  with the handover off, ms", "exec", "cradle-off", "", ms, "bare", "tini", "", "")
	line("npm start, with \"direct\", ms", "launch", "cradle", "", ms, "npm", "npm",
	    "", "")

	line("death to the next life, ms", "restart", "cradle", "", ms, "loop",
	    "pm2", "<= 0.5", max("restart", "cradle", "", 0.5))
	line("  against PM2", "restart", "cradle", "", ms, "loop", "pm2",
	    "<= 0.1 x pm2", max_of("restart", "cradle", "pm2", 0.1))
	line("  p99, ms", "restart", "cradle", "p99", ms, "loop", "loop",
	    "<= 2", max_tail("restart", "cradle", "loop", 2))
	line("  with events on, ms", "restart", "cradle-events", "", ms, "loop",
	    "cradle", "<= 0.5", max("restart", "cradle-events", "", 0.5))
	line("  with events on, p99, ms", "restart", "cradle-events", "p99", ms,
	    "loop", "cradle", "<= 2", max_tail("restart", "cradle-events", "loop", 2))

	line("  both processors busy, ms", "restart-load", "cradle", "", ms, "loop",
	    "pm2", "<= 1.0 x pm2", max_of("restart-load", "cradle", "pm2", 1))
	line("  both processors busy, p99, ms", "restart-load", "cradle", "p99", ms,
	    "loop", "loop", "", "")
	line("TERM to the container's end, ms", "stop", "cradle", "", ms, "", "pm2",
	    "<= 5", max("stop", "cradle", "", 5))
	line("  p99, ms", "stop", "cradle", "p99", ms, "", "pm2", "", "")
	line("10,000 orphans made and reaped, ms", "storm", "cradle", "", "%d", "", "tini",
	    "<= 1.25 x tini", max_of("storm", "cradle", "tini", 1.25))
	line("  left over", "storm-left", "cradle", "p99", "%d", "", "", "0",
	    max("storm-left", "cradle", "p99", 0))
	line("  PID 1's processor time for each, us", "storm-cpu", "cradle", "", "%.2f", "",
	    "tini", "", "")
	line("  PID 1's memory in no file before, KiB", "storm-before", "cradle", "p99", "%d",
	    "", "", "", "")
	line("  ... and after", "storm-after", "cradle", "p99", "%d", "", "", "no more",
	    max("storm-after", "cradle", "p99", tail["storm-before", "cradle"]))

	line("private memory, PID 1 idle, KiB", "private", "cradle", "", "%d", "",
	    "pm2", "<= 512", max("private", "cradle", "", 512))
	line("  of that in no file, KiB", "anonymous", "cradle", "", "%d", "", "tini", "", "")
	line("  resident, KiB", "resident", "cradle", "", "%d", "", "tini", "", "")
	line("private memory, all roles idle, KiB", "private", "cradle-roles", "", "%d",
	    "", "pm2", "<= 1536", max("private", "cradle-roles", "", 1536))
	line("  of that in no file, KiB", "anonymous", "cradle-roles", "", "%d", "", "pm2", "", "")
	line("  resident (shared pages counted often)", "resident", "cradle-roles", "",
	    "%d", "", "pm2", "", "")
	line("wake-ups in 20 s, PID 1 alone", "wakeups", "cradle", "", "%d", "", "",
	    "0", max("wakeups", "cradle", "", 0))
	line("wake-ups in 20 s, all roles", "wakeups", "cradle-roles", "", "%d", "", "",
	    "0", max("wakeups", "cradle-roles", "", 0))
	line("size of the program, bytes", "size", "cradle", "", "%d", "", "tini",
	    "<= 1572864", max("size", "cradle", "", 1572864))

	line("crash to a request at Slack, ms", "slack", "cradle", "", ms, "", "",
	    "<= 50", max("slack", "cradle", "", 50))
	if (has("secrets", "cradle-far")) {
		median["trips", "cradle"] = (median["secrets", "cradle-far"] - median["secrets", "cradle"]) / 100
		line("20 secrets, round trips", "trips", "cradle", "", "%.2f", "", "",
		    "<= 5", max("trips", "cradle", "", 5.25))
	}
	line("  at 20 ms a round trip, ms", "secrets", "cradle", "", ms, "", "", "", "")
	line("  without the distance, ms", "secrets", "cradle-near", "", ms, "", "", "", "")
	line("stdout through a capture, GB/s", "stdout", "cradle", "", ms, "cat", "pm2",
	    ">= 1", min_flow("stdout", "cradle", "cat", 1))
	line("a probe for HEALTHCHECK, ms", "probe", "cradle", "", ms, "curl", "curl", "", "")

	line("values into 210 MB, 2,000 files, ms", "subst-tree", "cradle", "", "%.1f",
	    "grep", "grep", "<= 1.5 x grep", max_of("subst-tree", "cradle", "grep", 1.5))
	line("  against import-meta-env", "subst-tree", "cradle", "", "%.1f", "grep",
	    "import-meta-env", "<= 0.1 x", max_of("subst-tree", "cradle", "import-meta-env", 0.1))
	line("  against sed -i", "subst-tree", "cradle", "", "%.1f", "grep", "sed",
	    "<= 0.33 x", max_of("subst-tree", "cradle", "sed", 1 / 3))
	line("  against GNU envsubst", "subst-tree", "cradle", "", "%.1f", "grep", "envsubst", "", "")
	line("  memory, KiB", "subst-memory", "cradle", "", "%d", "grep",
	    "import-meta-env", "<= 16384", max("subst-memory", "cradle", "", 16384))
	line("  with an index, ms", "subst-index", "cradle", "", ms, "", "",
	    "<= 5", max("subst-index", "cradle", "", 5))
	line("values into one page, ms", "subst-page", "cradle", "", ms, "", "",
	    "<= 2", max("subst-page", "cradle", "", 2))
	line("a file of 4 GB, looked through, ms", "subst-big", "cradle", "", "%.0f", "", "", "", "")
	line("  memory, KiB", "subst-big-memory", "cradle", "", "%d", "", "",
	    "<= 16384", max("subst-big-memory", "cradle", "", 16384))
	busy_line("handover: busy node, off to on", "busy-plain", 0.95)
	busy_line("  in a container's seccomp profile", "busy-caged", 0.99)
	connections()

	print ""
	print "floor: no supervisor (exec), npm itself (npm start), a loop of vfork and wait (restart), cat (stdout), curl (probe), grep -rlF (values)."
	if (has("restart", "s6-calm"))
		printf "s6 waits %.0f ms after a life of 1.1 s too.\n", median["restart", "s6-calm"]
	if (roles != "")
		printf "Roles, private (resident) KiB: %s.\n", roles
	printf "%d budgets, %d over.\n", judged, over
}
