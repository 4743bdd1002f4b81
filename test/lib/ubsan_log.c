/*
 * ubsan_log.c
 *		Lets UBSan write into a file in a process that has AddressSanitizer too.
 *
 * Loaded before UBSan, which calls the function when it reports the first error.
 * By then PostgreSQL has written over the environment that UBSan reads, so the
 * options are handed over here.  Of option log_path, both libraries have the
 * same function, and UBSan calls AddressSanitizer's, which only says again what
 * it knows; UBSan's own is called here.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

extern const char *__ubsan_default_options(void);

const char *
__ubsan_default_options(void)
{
	const char *library = getenv("UBSAN_LIBRARY");
	const char *path = getenv("UBSAN_LOG");
	const char *options = getenv("UBSAN_OPTIONS");
	void	   *handle = library ? dlopen(library, RTLD_NOW | RTLD_NOLOAD) : NULL;
	void		(*set_path) (const char *path) =
		handle ? (void (*) (const char *)) dlsym(handle, "__sanitizer_set_report_path") : NULL;

	if (set_path && path)
		set_path(path);
	return options ? options : "";
}
