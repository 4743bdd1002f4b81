/*
 * response_memory.h
 *		The entries and blocks of responses in shared memory, and which are evicted.
 *
 * Only response_cache.c and flight.c include this header.  No function raises an error.
 * Functions of the section "with the lock" need PCA_SHARED_RESPONSES, those of its first part
 * at least shared.  Times are pca_response_cache_now()'s, in ms.
 */
#ifndef PCA_RESPONSE_MEMORY_H
#define PCA_RESPONSE_MEMORY_H

#include "postgres.h"

#include "shared/shared_layout.h"

/* The cost of a request beside the time that is waited for it, in ms: it uses up a limit. */
#define PCA_RESPONSE_MEMORY_REQUEST_COST	100

/*
 * Returns the directory, with all segments attached that the process needs so far; NULL if there is
 * none.  megabytes: cache_size to create it with; 0: do not.  No lock is held.
 */
extern PcaResponseDirectory *pca_response_memory_open(int megabytes);

/*
 * Attach the segments that other processes have created.  Returns false if that is not
 * possible.  No lock is held.
 */
extern bool pca_response_memory_attach(PcaResponseDirectory *directory);

/*
 * Create segments, as long as that many bytes do not fit without an eviction, and as long as
 * all blocks are fewer than max_blocks.  No lock is held.
 */
extern void pca_response_memory_grow(PcaResponseDirectory *directory, size_t size, uint32 max_blocks,
									 int64 now);

/* Returns the number of blocks of all segments that may be created. */
extern uint32 pca_response_memory_capacity(const PcaResponseDirectory *directory);

/* Returns the number of blocks for that many bytes. */
extern uint32 pca_response_memory_count_blocks(size_t size);

/*
 * Copy the bytes of an entry, from begin on, to its blocks; of an entry that
 * pca_response_memory_take() returned.  No lock is needed.
 */
extern void pca_response_memory_write(PcaResponseDirectory *directory, const PcaResponseEntry *entry,
									  size_t begin, const char *bytes, size_t size);

/* ---- with the lock, also if it is shared ---- */

/* Returns true if all segments are attached. */
extern bool pca_response_memory_is_attached(const PcaResponseDirectory *directory);

/* Returns the entry of a response that is kept, or NULL. */
extern PcaResponseEntry *pca_response_memory_find(PcaResponseDirectory *directory,
												  const PcaResponseKey *key);

/* Returns the entry of that number, 0 to PCA_RESPONSE_ENTRIES - 1, if a response is kept there, or NULL. */
extern PcaResponseEntry *pca_response_memory_entry(PcaResponseDirectory *directory, int number);

/* Returns when the response of an entry expires. */
extern int64 pca_response_memory_expires_at(const PcaResponseDirectory *directory,
											const PcaResponseEntry *entry);

/* Copy bytes of an entry, from begin on.  All segments are attached. */
extern void pca_response_memory_read(PcaResponseDirectory *directory, const PcaResponseEntry *entry,
									 size_t begin, char *bytes, size_t size);

/* The response was used: raise its value. */
extern void pca_response_memory_touch(PcaResponseDirectory *directory, PcaResponseEntry *entry);

/* ---- with the lock, exclusively ---- */

/*
 * Take an entry and blocks for that many bytes.  Responses are evicted for it: expired ones
 * first, and then those that are cheapest to request again for their size.  max_blocks: of all
 * responses together.  Returns NULL if there is no space.
 */
extern PcaResponseEntry *pca_response_memory_take(PcaResponseDirectory *directory, size_t size,
												  uint32 max_blocks, int64 now);

/* Keep the response of an entry that was taken and written; its members are set. */
extern void pca_response_memory_keep(PcaResponseDirectory *directory, PcaResponseEntry *entry,
									 int64 expires_at);

/* Give an entry and its blocks back, whether its response is kept or was not written. */
extern void pca_response_memory_release(PcaResponseDirectory *directory, PcaResponseEntry *entry);

/* Drop the responses that are expired. */
extern void pca_response_memory_sweep(PcaResponseDirectory *directory, int64 now);

#endif							/* PCA_RESPONSE_MEMORY_H */
