/*
 * page_parser.h
 *		Divides the bytes of a page into items as they arrive.
 *
 * A page is the body of one response.  The parser has no connection: the caller
 * passes the bytes and gets each item as a range of them.
 */
#ifndef PCA_PAGE_PARSER_H
#define PCA_PAGE_PARSER_H

#include "postgres.h"

#include "json/flat_object.h"

/*
 * Bytes that an item, or a member of the envelope, may have.  The widest documented
 * row (26 fields) has less than 4 kB; 1 MB is 40 kB for each field.  It limits the
 * size of the receive buffer and the memory of cJSON (at worst a node of 64 bytes
 * for every two bytes).
 */
#define PCA_PAGE_PARSER_MAX_ITEM	((size_t) 1024 * 1024)

typedef struct PcaPageParser PcaPageParser;

typedef enum PcaPageParserEvent
{
	PCA_PAGE_PARSER_ITEM,		/* *item is the next item */
	PCA_PAGE_PARSER_MORE,		/* more bytes are needed */
	PCA_PAGE_PARSER_END,		/* the page is complete */
	PCA_PAGE_PARSER_ERROR		/* see pca_page_parser_error() */
} PcaPageParserEvent;

/*
 * The forms that a page may have instead of an envelope.  The caller has to check
 * that a bare object is a row.
 */
typedef enum PcaPageForm
{
	PCA_PAGE_BARE_OBJECT = 1 << 0,	/* a single object, its only item */
	PCA_PAGE_BARE_ARRAY = 1 << 1	/* an array of the items */
} PcaPageForm;

/* An item, a JSON object; points to the caller's bytes. */
typedef struct PcaItem
{
	const char *data;
	size_t		length;
	bool		plain;			/* pca_json_parse_plain() may be used */
	bool		bare;			/* it is the whole response */
	const PcaFlatObject *members;	/* NULL if the item is not flat; valid
									 * until the next call */
} PcaItem;

/* The members of the page beside its items; complete at PCA_PAGE_PARSER_END. */
typedef struct PcaEnvelope
{
	int64		items;			/* number of items */
	int64		total_count;	/* TotalCount; -1 if absent or null */
	bool		next_link_seen; /* a next link is present, if only null */
	const char *next_link;		/* UTF-8; NULL if null, absent or empty; valid
								 * until the parser is reset */
	const char *continuation;	/* the MS-ContinuationToken header that the
								 * next link's request must have, or NULL;
								 * likewise */
	bool		has_body_token; /* the member continuationToken is present,
								 * and neither null nor empty */
	const char *body_token;		/* its text, likewise; NULL if that cannot be
								 * sent as a header */
} PcaEnvelope;

/* Create a parser, which lives in that context. */
extern PcaPageParser *pca_page_parser_create(MemoryContext context);

/* Begin the next page.  bare_forms: a set of PcaPageForm. */
extern void pca_page_parser_reset(PcaPageParser *parser, int bare_forms);

/*
 * Parse on.  data begins with the first byte that has not been consumed; with each
 * call it may be longer and at another address.  eof: no bytes will follow it.
 * *consumed is the number of bytes at the start of data that the caller may drop
 * once it has finished with the item.  The bytes may arrive in pieces of any size:
 * at most PCA_PAGE_PARSER_MAX_ITEM of them remain unconsumed, and none is read
 * twice.  After PCA_PAGE_PARSER_ERROR it returns that again.  Raises an error only
 * if it runs out of memory.
 */
extern PcaPageParserEvent pca_page_parser_next(PcaPageParser *parser, const char *data, size_t length,
											   bool eof, PcaItem *item, size_t *consumed);

/* Returns the envelope, which belongs to the parser; complete at PCA_PAGE_PARSER_END. */
extern const PcaEnvelope *pca_page_parser_envelope(const PcaPageParser *parser);

/* Returns true if the page consists of a single object, which is its only item. */
extern bool pca_page_parser_is_bare(const PcaPageParser *parser);

/*
 * Returns the reason of PCA_PAGE_PARSER_ERROR as a sentence fragment, valid until
 * the parser is reset.  *truncated is true if the page ended too early.
 */
extern const char *pca_page_parser_error(const PcaPageParser *parser, bool *truncated);

#endif							/* PCA_PAGE_PARSER_H */
