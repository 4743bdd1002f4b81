/*
 * response_record.c
 *		A response with all its pages as one piece of bytes.
 *
 * A record begins with its index: a RecordHeader, a RecordPage for each page, and their
 * texts.  The bodies of the pages follow, each as frames of at most
 * PCA_RESPONSE_RECORD_FRAME bytes, which are compressed one by one.  The index and each
 * frame have a checksum.  Nothing is aligned but the index, and the offsets are relative
 * to the record's beginning.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "port/pg_crc32c.h"
#include "utils/memutils.h"

#include "compat.h"
#include "shared/response_record.h"

#ifdef PCA_HAVE_ZSTD
#include <zstd.h>
#endif

/* The first bytes of a record. */
#define RECORD_MAGIC	UINT32_C(0x50634152)

/*
 * The level of compression.  Level 1 makes a page of 10,000 rows 13 times smaller in some
 * ms; higher levels take several times as long, and save little.
 */
#define RECORD_LEVEL	1

/* The beginning of a record. */
typedef struct RecordHeader
{
	uint32		magic;			/* RECORD_MAGIC */
	pg_crc32c	checksum;		/* of the index from here on */
	uint32		index_size;		/* bytes before the first body */
	int32		npages;
	uint64		size;			/* bytes of the record */
	int64		rows;			/* items of all pages */
} RecordHeader;

/* A page in the index. */
typedef struct RecordPage
{
	int64		top;
	int64		skip;
	int64		items;
	uint64		digest;
	uint64		body;			/* offset of its frames */
	uint64		body_size;		/* bytes of all its frames */
	uint32		url;			/* offsets of texts */
	uint32		response_detail;
	int32		status;
} RecordPage;

/* The beginning of a frame.  Its bytes are compressed if their number says so. */
typedef struct FrameHeader
{
	uint32		stored;			/* bytes that follow */
	uint32		length;			/* bytes of the body that they stand for */
	pg_crc32c	checksum;		/* of the bytes that follow */
} FrameHeader;

struct PcaPageWriter
{
	PcaResponseWriter *writer;
	PcaRecordedPage page;		/* its texts are the page writer's */
	StringInfoData pending;		/* bytes of the body that are in no frame */
	StringInfoData frames;
};

struct PcaResponseWriter
{
	MemoryContext context;		/* of the writer and all below */
	MemoryContext data;			/* of what the pages have; NULL: given up */
	size_t		max_size;
	size_t		size;			/* bytes of all frames, and of the index */
	List	   *accepted;		/* PcaPageWriter *, in their order */
	int64		rows;			/* of accepted pages */
};

struct PcaResponseReader
{
	const char *bytes;
	const RecordHeader *header;
	const RecordPage *pages;
};

struct PcaPageStream
{
	const char *next;			/* frame */
	const char *end;
	MemoryContext context;
	char	   *buffer;			/* of a frame that was compressed, or NULL */
};

/* ---- compression ---- */

#ifdef PCA_HAVE_ZSTD

/*
 * zstd's memory, some 100 kB, which is kept for the session: making it takes longer than
 * compressing a small response.
 */
static ZSTD_CCtx *compressor = NULL;
static ZSTD_DCtx *decompressor = NULL;

/*
 * Compress bytes to at most space bytes.  Returns their number; 0 if they do not get
 * smaller.
 */
static size_t
compress_frame(const char *bytes, size_t length, char *place, size_t space)
{
	size_t		stored;

	if (!compressor)
		compressor = ZSTD_createCCtx();
	if (!compressor)
		return 0;
	stored = ZSTD_compressCCtx(compressor, place, space, bytes, length, RECORD_LEVEL);
	return ZSTD_isError(stored) ? 0 : stored;
}

/* Decompress a frame.  Returns false if it is damaged. */
static bool
decompress_frame(const char *bytes, size_t stored, char *place, size_t length)
{
	if (!decompressor)
		decompressor = ZSTD_createDCtx();
	return decompressor &&
		ZSTD_decompressDCtx(decompressor, place, length, bytes, stored) == length;
}

#else

static size_t
compress_frame(const char *bytes, size_t length, char *place, size_t space)
{
	return 0;
}

static bool
decompress_frame(const char *bytes, size_t stored, char *place, size_t length)
{
	return false;
}

#endif

static pg_crc32c
checksum_bytes(const char *bytes, size_t length)
{
	pg_crc32c	checksum;

	INIT_CRC32C(checksum);
	COMP_CRC32C(checksum, bytes, length);
	FIN_CRC32C(checksum);
	return checksum;
}

/* ---- writing ---- */

PcaResponseWriter *
pca_response_record_begin(MemoryContext context, size_t max_size)
{
	MemoryContext own = AllocSetContextCreate(context, "pc_analytics_fdw response record",
											  ALLOCSET_SMALL_SIZES);
	PcaResponseWriter *writer = MemoryContextAllocZero(own, sizeof(PcaResponseWriter));

	writer->context = own;
	writer->data = AllocSetContextCreate(own, "pc_analytics_fdw recorded pages",
										 ALLOCSET_DEFAULT_SIZES);
	writer->max_size = max_size;
	writer->size = sizeof(RecordHeader);
	return writer;
}

bool
pca_response_record_is_kept(const PcaResponseWriter *writer)
{
	return writer->data != NULL;
}

void
pca_response_record_give_up(PcaResponseWriter *writer)
{
	if (writer->data)
		MemoryContextDelete(writer->data);
	writer->data = NULL;
}

/* Count bytes of the record, which is given up if it becomes too large. */
static void
add_record_size(PcaResponseWriter *writer, size_t size)
{
	writer->size += size;
	if (writer->size > writer->max_size)
		pca_response_record_give_up(writer);
}

/* Bytes of a page in the index. */
static size_t
count_index_bytes(const PcaRecordedPage *page)
{
	return sizeof(RecordPage) + strlen(page->url) + 1 + strlen(page->response_detail) + 1;
}

/* Set the texts and numbers of a page whose body is empty. */
static void
set_recorded_page(PcaPageWriter *page_writer, const PcaRecordedPage *page)
{
	PcaRecordedPage *own = &page_writer->page;

	*own = *page;
	own->url = pstrdup(page->url);
	own->response_detail = pstrdup(page->response_detail ? page->response_detail : "");
	own->items = 0;
	own->digest = 0;
	initStringInfo(&page_writer->pending);
	initStringInfo(&page_writer->frames);
}

/* Free the texts and the body of a page, and do not count them any more. */
static void
free_recorded_page(PcaPageWriter *page_writer)
{
	page_writer->writer->size -= count_index_bytes(&page_writer->page) +
		page_writer->frames.len;
	pfree(unconstify(char *, page_writer->page.url));
	pfree(unconstify(char *, page_writer->page.response_detail));
	pfree(page_writer->pending.data);
	pfree(page_writer->frames.data);
}

PcaPageWriter *
pca_response_record_begin_page(PcaResponseWriter *writer, const PcaRecordedPage *page)
{
	PcaPageWriter *page_writer = MemoryContextAllocZero(writer->context, sizeof(PcaPageWriter));
	MemoryContext caller;

	page_writer->writer = writer;
	if (!writer->data)
		return page_writer;
	caller = MemoryContextSwitchTo(writer->data);
	set_recorded_page(page_writer, page);
	MemoryContextSwitchTo(caller);
	add_record_size(writer, count_index_bytes(&page_writer->page));
	return page_writer;
}

void
pca_response_record_restart_page(PcaPageWriter *page_writer, const PcaRecordedPage *page)
{
	PcaResponseWriter *writer = page_writer->writer;
	MemoryContext caller;

	if (!writer->data)
		return;
	caller = MemoryContextSwitchTo(writer->data);
	free_recorded_page(page_writer);
	set_recorded_page(page_writer, page);
	MemoryContextSwitchTo(caller);
	add_record_size(writer, count_index_bytes(&page_writer->page));
}

/* Move the bytes that are in no frame to one. */
static void
make_frame(PcaPageWriter *page_writer, bool may_compress)
{
	StringInfo	pending = &page_writer->pending;
	StringInfo	frames = &page_writer->frames;
	int			begin = frames->len;
	FrameHeader header = {.length = (uint32) pending->len};
	char	   *place;

	enlargeStringInfo(frames, (int) sizeof(FrameHeader) + pending->len);
	place = frames->data + begin + sizeof(FrameHeader);
	if (may_compress)
		header.stored = (uint32) compress_frame(pending->data, pending->len, place, pending->len - 1);
	if (header.stored == 0)
	{
		header.stored = header.length;
		memcpy(place, pending->data, pending->len);
	}
	header.checksum = checksum_bytes(place, header.stored);
	memcpy(frames->data + begin, &header, sizeof(FrameHeader));
	frames->len += (int) (sizeof(FrameHeader) + header.stored);
	resetStringInfo(pending);
	add_record_size(page_writer->writer, frames->len - begin);
}

void
pca_response_record_append(PcaPageWriter *page_writer, const char *bytes, size_t length)
{
	while (length > 0 && page_writer->writer->data)
	{
		size_t		part = Min(length, PCA_RESPONSE_RECORD_FRAME - page_writer->pending.len);

		appendBinaryStringInfo(&page_writer->pending, bytes, (int) part);
		bytes += part;
		length -= part;
		if ((size_t) page_writer->pending.len == PCA_RESPONSE_RECORD_FRAME)
			make_frame(page_writer, true);
	}
}

void
pca_response_record_end_page(PcaPageWriter *page_writer, int64 items, uint64 digest)
{
	size_t		length = page_writer->pending.len;

	if (!page_writer->writer->data)
		return;
	page_writer->page.items = items;
	page_writer->page.digest = digest;
	if (length > 0)
		make_frame(page_writer, page_writer->frames.len > 0 ||
				   length >= PCA_RESPONSE_RECORD_COMPRESS_FROM);
}

void
pca_response_record_accept_page(PcaPageWriter *page_writer)
{
	PcaResponseWriter *writer = page_writer->writer;
	MemoryContext caller;

	if (!writer->data)
		return;
	caller = MemoryContextSwitchTo(writer->context);
	writer->accepted = lappend(writer->accepted, page_writer);
	writer->rows += page_writer->page.items;
	MemoryContextSwitchTo(caller);
}

void
pca_response_record_drop_page(PcaPageWriter *page_writer)
{
	if (page_writer->writer->data)
		free_recorded_page(page_writer);
	pfree(page_writer);
}

size_t
pca_response_record_size(const PcaResponseWriter *writer)
{
	return writer->size;
}

int64
pca_response_record_pages(const PcaResponseWriter *writer)
{
	return list_length(writer->accepted);
}

int64
pca_response_record_rows(const PcaResponseWriter *writer)
{
	return writer->rows;
}

/* ---- the whole record ---- */

/* Append a text with its terminating null at *place.  Returns its offset. */
static uint32
write_text(char *bytes, size_t *place, const char *text)
{
	size_t		begin = *place;
	size_t		size = strlen(text) + 1;

	memcpy(bytes + begin, text, size);
	*place += size;
	return (uint32) begin;
}

/* Write a page's part of the index, and its body. */
static void
write_page(char *bytes, int number, const PcaPageWriter *page_writer, size_t *texts, size_t *bodies)
{
	const PcaRecordedPage *page = &page_writer->page;
	RecordPage *place = (RecordPage *) (bytes + sizeof(RecordHeader)) + number;

	place->top = page->top;
	place->skip = page->skip;
	place->items = page->items;
	place->digest = page->digest;
	place->status = page->status;
	place->url = write_text(bytes, texts, page->url);
	place->response_detail = write_text(bytes, texts, page->response_detail);
	place->body = *bodies;
	place->body_size = page_writer->frames.len;
	memcpy(bytes + *bodies, page_writer->frames.data, page_writer->frames.len);
	*bodies += page_writer->frames.len;
}

/* The checksum of an index. */
static pg_crc32c
checksum_index(const char *bytes, size_t index_size)
{
	size_t		begin = offsetof(RecordHeader, index_size);

	return checksum_bytes(bytes + begin, index_size - begin);
}

/* Write the record of that size, whose index has index_size bytes. */
static void
write_record(const PcaResponseWriter *writer, char *bytes, size_t index_size, size_t size)
{
	RecordHeader *header = (RecordHeader *) bytes;
	int			npages = list_length(writer->accepted);
	size_t		texts = sizeof(RecordHeader) + npages * sizeof(RecordPage);
	size_t		bodies = index_size;

	memset(bytes, 0, index_size);
	header->magic = RECORD_MAGIC;
	header->index_size = (uint32) index_size;
	header->npages = npages;
	header->size = size;
	header->rows = writer->rows;
	for (int i = 0; i < npages; i++)
		write_page(bytes, i, list_nth(writer->accepted, i), &texts, &bodies);
	header->checksum = checksum_index(bytes, index_size);
}

char *
pca_response_record_finish(PcaResponseWriter *writer, size_t *size)
{
	size_t		index_size = sizeof(RecordHeader);
	size_t		bodies_size = 0;
	char	   *bytes = NULL;
	ListCell   *cell;

	foreach(cell, writer->accepted)
	{
		const PcaPageWriter *page_writer = lfirst(cell);

		if (!writer->data)
			break;
		index_size += count_index_bytes(&page_writer->page);
		bodies_size += page_writer->frames.len;
	}
	*size = index_size + bodies_size;
	if (writer->data && writer->accepted != NIL && *size <= writer->max_size)
	{
		bytes = palloc(*size);
		write_record(writer, bytes, index_size, *size);
	}
	MemoryContextDelete(writer->context);
	return bytes;
}

/* ---- reading ---- */

/* Returns true if a record's index and the places that it names are inside it. */
static bool
is_index_valid(const char *bytes, size_t size)
{
	const RecordHeader *header = (const RecordHeader *) bytes;
	const RecordPage *pages = (const RecordPage *) (bytes + sizeof(RecordHeader));

	if (size < sizeof(RecordHeader) || header->magic != RECORD_MAGIC || header->size != size ||
		header->index_size > size || header->npages <= 0 ||
		header->index_size < sizeof(RecordHeader) + header->npages * sizeof(RecordPage) ||
		header->checksum != checksum_index(bytes, header->index_size) ||
		bytes[header->index_size - 1] != '\0')
		return false;
	for (int i = 0; i < header->npages; i++)
	{
		if (pages[i].url >= header->index_size || pages[i].response_detail >= header->index_size ||
			pages[i].body > size || pages[i].body_size > size - pages[i].body)
			return false;
	}
	return true;
}

PcaResponseReader *
pca_response_record_open(MemoryContext context, const char *bytes, size_t size)
{
	PcaResponseReader *reader;

	if (!is_index_valid(bytes, size))
		return NULL;
	reader = MemoryContextAlloc(context, sizeof(PcaResponseReader));
	reader->bytes = bytes;
	reader->header = (const RecordHeader *) bytes;
	reader->pages = (const RecordPage *) (bytes + sizeof(RecordHeader));
	return reader;
}

int
pca_response_record_npages(const PcaResponseReader *reader)
{
	return reader->header->npages;
}

int64
pca_response_record_nrows(const PcaResponseReader *reader)
{
	return reader->header->rows;
}

void
pca_response_record_page(const PcaResponseReader *reader, int number, PcaRecordedPage *page)
{
	const RecordPage *place = &reader->pages[number];

	page->top = place->top;
	page->skip = place->skip;
	page->status = place->status;
	page->url = reader->bytes + place->url;
	page->response_detail = reader->bytes + place->response_detail;
	page->items = place->items;
	page->digest = place->digest;
}

PcaPageStream *
pca_response_record_open_page(const PcaResponseReader *reader, int number, MemoryContext context)
{
	const RecordPage *place = &reader->pages[number];
	PcaPageStream *stream = MemoryContextAllocZero(context, sizeof(PcaPageStream));

	stream->next = reader->bytes + place->body;
	stream->end = stream->next + place->body_size;
	stream->context = context;
	return stream;
}

bool
pca_response_record_read(PcaPageStream *stream, const char **bytes, size_t *length)
{
	size_t		left = stream->end - stream->next;
	FrameHeader header;

	*bytes = stream->next;
	*length = 0;
	if (left == 0)
		return true;
	if (left < sizeof(FrameHeader))
		return false;
	memcpy(&header, stream->next, sizeof(FrameHeader));
	*bytes = stream->next + sizeof(FrameHeader);
	if (header.stored > left - sizeof(FrameHeader) || header.length > PCA_RESPONSE_RECORD_FRAME ||
		header.length == 0 || header.checksum != checksum_bytes(*bytes, header.stored))
		return false;
	stream->next = *bytes + header.stored;
	*length = header.length;
	if (header.stored == header.length)
		return true;
	if (!stream->buffer)
		stream->buffer = MemoryContextAlloc(stream->context, PCA_RESPONSE_RECORD_FRAME);
	if (!decompress_frame(*bytes, header.stored, stream->buffer, header.length))
		return false;
	*bytes = stream->buffer;
	return true;
}

bool
pca_response_record_is_intact(const PcaRecordedPage *page, int64 items, uint64 digest)
{
	return page->items == items && page->digest == digest;
}
