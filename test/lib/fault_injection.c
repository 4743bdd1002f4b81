/*
 * fault_injection.c
 *		What does a program do when a call is refused?
 *
 * Loaded before the C library.  The file that REFUSE names holds three numbers
 * of type int: a process, one of the functions below, and which of its next
 * calls fails, once; it is 0 afterwards.  Timers do not fail: as long as the third
 * number is not 0, those that the process sets do not expire.  The process -1 is each.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum
{
	EPOLL_CTL = 1,				/* of a network's socket */
	SOCKET	   ,				/* of a network, to be connected */
				MALLOC,			/* calloc and realloc, too */
				TIMER			/* of a descriptor, or with a signal */
};

typedef struct Refusal
{
	volatile int process;
	volatile int function;
	volatile int after;
} Refusal;

static Refusal *refusal = NULL;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t number, size_t size);
extern void *__libc_realloc(void *block, size_t size);

__attribute__((constructor))
static void
find_refusal(void)
{
	const char *name = getenv("REFUSE");
	int			fd = name ? open(name, O_RDWR) : -1;
	void	   *shared = MAP_FAILED;

	if (fd >= 0)
		shared = mmap(NULL, sizeof(Refusal), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared != MAP_FAILED)
		refusal = shared;
	if (fd >= 0)
		close(fd);
}

/* Whether calls of this function are counted in this process. */
static int
is_chosen(int function)
{
	return refusal && refusal->after != 0 && refusal->function == function &&
		(refusal->process == getpid() || refusal->process == -1);
}

/* Whether this call is the one to fail. */
static int
is_refused(int function, int reason)
{
	if (!is_chosen(function) || --refusal->after > 0)
		return 0;
	errno = reason;
	return 1;
}

/* Whether it is a socket of a network, not PostgreSQL's own to its client. */
static int
is_network(int fd)
{
	struct sockaddr_storage address = {.ss_family = AF_UNIX};
	socklen_t	length = sizeof(address);

	return getsockname(fd, (struct sockaddr *) &address, &length) == 0 && address.ss_family != AF_UNIX;
}

int
epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
	int			(*real) (int, int, int, struct epoll_event *) = dlsym(RTLD_NEXT, "epoll_ctl");

	if (what == EPOLL_CTL_ADD && is_network(fd) && is_refused(EPOLL_CTL, ENOSPC))
		return -1;
	return real(epoll, what, fd, event);
}

int
socket(int family, int type, int protocol)
{
	int			(*real) (int, int, int) = dlsym(RTLD_NEXT, "socket");

	if (family != AF_UNIX && type & SOCK_STREAM && is_refused(SOCKET, EMFILE))
		return -1;
	return real(family, type, protocol);
}

void *
malloc(size_t size)
{
	return is_refused(MALLOC, ENOMEM) ? NULL : __libc_malloc(size);
}

void *
calloc(size_t number, size_t size)
{
	return is_refused(MALLOC, ENOMEM) ? NULL : __libc_calloc(number, size);
}

void *
realloc(void *block, size_t size)
{
	return is_refused(MALLOC, ENOMEM) ? NULL : __libc_realloc(block, size);
}

int
timerfd_settime(int fd, int flags, const struct itimerspec *new_value, struct itimerspec *old_value)
{
	static const struct itimerspec never;
	int			(*real) (int, int, const struct itimerspec *, struct itimerspec *) =
		dlsym(RTLD_NEXT, "timerfd_settime");

	return real(fd, flags, is_chosen(TIMER) ? &never : new_value, old_value);
}

int
setitimer(__itimer_which_t which, const struct itimerval *new_value, struct itimerval *old_value)
{
	static const struct itimerval never;
	int			(*real) (__itimer_which_t, const struct itimerval *, struct itimerval *) =
		dlsym(RTLD_NEXT, "setitimer");

	return real(which, is_chosen(TIMER) ? &never : new_value, old_value);
}
