/*
 * memcheck.h
 *		PostgreSQL's annotations for Valgrind, passed on to AddressSanitizer.
 *
 * PostgreSQL's memory contexts take large blocks from malloc, so that
 * AddressSanitizer alone does not see an access behind a palloc'ed chunk or to
 * a freed one.  Built with USE_VALGRIND, PostgreSQL says which bytes may be
 * accessed; here this becomes poisoned memory.  The functions are weak symbols:
 * without AddressSanitizer in the process, nothing happens.
 */
#ifndef PCA_MEMCHECK_H
#define PCA_MEMCHECK_H

#include <stddef.h>

extern void __asan_poison_memory_region(volatile void *address, size_t size)
			__attribute__((weak));
extern void __asan_unpoison_memory_region(volatile void *address, size_t size)
			__attribute__((weak));

#define PCA_POISON(address, size) \
	do { \
		if (__asan_poison_memory_region) \
			__asan_poison_memory_region((volatile void *) (address), size); \
	} while (0)
#define PCA_UNPOISON(address, size) \
	do { \
		if (__asan_unpoison_memory_region) \
			__asan_unpoison_memory_region((volatile void *) (address), size); \
	} while (0)

#define VALGRIND_MAKE_MEM_NOACCESS(address, size)	PCA_POISON(address, size)
#define VALGRIND_MAKE_MEM_UNDEFINED(address, size)	PCA_UNPOISON(address, size)
#define VALGRIND_MAKE_MEM_DEFINED(address, size)	PCA_UNPOISON(address, size)
#define VALGRIND_MEMPOOL_ALLOC(pool, address, size) PCA_UNPOISON(address, size)
#define VALGRIND_MEMPOOL_CHANGE(pool, old, address, size) PCA_UNPOISON(address, size)

/* AddressSanitizer does not know which bytes are defined, or of pools. */
#define VALGRIND_CHECK_MEM_IS_DEFINED(address, size) do {} while (0)
#define VALGRIND_CREATE_MEMPOOL(pool, redzone, zeroed) do {} while (0)
#define VALGRIND_CREATE_MEMPOOL_EXT(pool, redzone, zeroed, flags) do {} while (0)
#define VALGRIND_DESTROY_MEMPOOL(pool) do {} while (0)
#define VALGRIND_MEMPOOL_FREE(pool, address) do {} while (0)
#define VALGRIND_MEMPOOL_TRIM(pool, address, size) do {} while (0)
#define VALGRIND_COUNT_ERRORS 0
#define VALGRIND_PRINTF(...) do {} while (0)
#define VALGRIND_DO_ADDED_LEAK_CHECK do {} while (0)
#define RUNNING_ON_VALGRIND 0

#endif							/* PCA_MEMCHECK_H */
