#include "core/clock.h"

#include <limits.h>
#include <time.h>

static int64_t
read_ns(clockid_t id)
{
	struct timespec now;
	if (clock_gettime(id, &now) == -1)
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t
clock_ms(void)
{
	return read_ns(CLOCK_BOOTTIME) / 1000000;
}

int64_t
clock_us(void)
{
	return read_ns(CLOCK_BOOTTIME) / 1000;
}

int64_t
clock_wall_ns(void)
{
	return read_ns(CLOCK_REALTIME);
}

int
clock_left(int64_t deadline)
{
	if (deadline == NEVER)
		return -1;
	int64_t left = deadline - clock_ms();
	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}
