/*
 * page_parser.h
 *		A page's bytes cut into items, as they arrive.
 *
 * Pure: it has no connection and reads nothing but the envelope.  An item is
 * handed out as a range of the bytes that the caller holds.
 */
#ifndef PCA_PAGE_PARSER_H
#define PCA_PAGE_PARSER_H

#include "postgres.h"

#include "json/flat_object.h"

/*
 * How many bytes an item, or a member of the envelope, may have.  The widest
 * documented row (26 fields) stays below 4 kB; 1 MB is 40 kB a field, and
 * bounds what the receive buffer must hold and cJSON may make of it (a node of
 * 64 bytes for each two bytes at worst).
 */
#define PCA_PAGE_PARSER_MAX_ITEM	((size_t) 1024 * 1024)

typedef struct PcaPageParser PcaPageParser;

typedef enum PcaPageParserEvent
{
	PCA_PAGE_PARSER_ITEM,		/* *item is one object */
	PCA_PAGE_PARSER_MORE,		/* more bytes are needed */
	PCA_PAGE_PARSER_END,		/* the envelope is complete, and nothing
								 * follows */
	PCA_PAGE_PARSER_ERROR		/* see pca_page_parser_error() */
} PcaPageParserEvent;

typedef struct PcaItem
{
	const char *data;
	size_t		length;
	bool		plain;			/* fit for pca_json_parse_plain() */
	bool		bare;			/* it is the whole answer */
	const PcaFlatObject *members;	/* NULL: see pca_flat_object_read() */
} PcaItem;

/* What stands around the items; known at PCA_PAGE_PARSER_END. */
typedef struct PcaEnvelope
{
	int64		items;			/* how many were cut */
	int64		total_count;	/* -1 when absent or null */
	bool		next_link_seen; /* the key was there, even if null */
	const char *next_link;		/* UTF-8; NULL when null, absent or empty;
								 * lives until the page is reset */
	const char *continuation;	/* what the next link's request must bring as
								 * MS-ContinuationToken, or NULL; likewise */
} PcaEnvelope;

/*
 * Begin a page.  bare_object: the answer may be one object that is a row, when
 * the caller says so of it (see pca_page_parser_is_bare).  Lives in that context.
 */
extern PcaPageParser *pca_page_parser_create(MemoryContext context, bool bare_object);

/* Begin the next page with the same rules. */
extern void pca_page_parser_reset(PcaPageParser *page);

/*
 * Go on with the bytes that were not consumed yet, old ones first (the start
 * of data is where the last consumed byte ended).  eof: none will follow.
 * *consumed says how many the caller may forget once it is done with the item.
 * The bytes may come in any pieces: no more than PCA_PAGE_PARSER_MAX_ITEM of them stay
 * unconsumed, and none is looked at twice.  After a fault it is the fault
 * again.  Raises an error only when memory is out.
 */
extern PcaPageParserEvent pca_page_parser_next(PcaPageParser *page, const char *data, size_t length,
											   bool eof, PcaItem *item, size_t *consumed);

/* The envelope, complete at PCA_PAGE_PARSER_END. */
extern const PcaEnvelope *pca_page_parser_envelope(const PcaPageParser *page);

/* True when the item is the bare object that the whole answer consists of. */
extern bool pca_page_parser_is_bare(const PcaPageParser *page);

/*
 * What is wrong, as a sentence fragment; at a body that ends too early
 * *truncated is set.  Lives until the page is reset.
 */
extern const char *pca_page_parser_error(const PcaPageParser *page, bool *truncated);

#endif							/* PCA_PAGE_PARSER_H */
