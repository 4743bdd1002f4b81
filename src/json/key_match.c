/*
 * key_match.c
 *		Which member of an item is for whom?
 *
 * A member is found by its name in any case or by other names, and if there is
 * none, as the head of a dotted path.  Which key matches what is found out when the
 * key is first met; since the items of an answer have their members in the same
 * order, a key is then recognised by one comparison with the key that followed
 * the last time.
 *
 * What is made of a member is asked in row_reader.c.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "json/key_match.h"

/*
 * How many different keys are remembered: three times the widest documented
 * row.  More are matched anew each time they come.
 */
#define MAX_KEYS	80

typedef struct Match
{
	PcaKeyTarget *seeker;
	PcaKeyMatchRank rank;
} Match;

/* A key that was met, and whom its member may be for. */
typedef struct Key
{
	char	   *text;
	size_t		length;
	int			nmatches;
	Match	   *matches;
} Key;

struct PcaKeyMatcher
{
	MemoryContext context;
	int			nseekers;
	PcaKeyTarget **seekers;
	Key			keys[MAX_KEYS + 1]; /* the last one is used anew */
	int			nkeys;
	int			expected;		/* the key that should come next */
	bool		ambiguous;		/* some seeker has been offered two members */
};

PcaKeyMatcher *
pca_key_match_create(void)
{
	PcaKeyMatcher *seek = palloc0(sizeof(PcaKeyMatcher));

	seek->context = CurrentMemoryContext;
	seek->seekers = palloc(sizeof(PcaKeyTarget *));
	return seek;
}

void
pca_key_match_add_target(PcaKeyMatcher *seek, PcaKeyTarget *seeker)
{
	seek->seekers = repalloc(seek->seekers, sizeof(PcaKeyTarget *) * (seek->nseekers + 1));
	seek->seekers[seek->nseekers++] = seeker;
	/* keys that were met are to be matched anew */
	seek->nkeys = 0;
	for (int i = 0; i <= MAX_KEYS; i++)
	{
		if (seek->keys[i].matches)
			pfree(seek->keys[i].matches);
		seek->keys[i].matches = NULL;
	}
}

/* What a member of that key is to the seeker. */
static PcaKeyMatchRank
match(const PcaKeyTarget *seeker, const char *key)
{
	if (strcmp(key, seeker->key) == 0)
		return PCA_KEY_MATCH_EXACT;
	if (pca_json_same_key(key, seeker->key))
		return PCA_KEY_MATCH_NO_CASE;
	for (size_t i = 0; i < lengthof(seeker->names); i++)
		if (seeker->names[i] && pca_json_same_key(key, seeker->names[i]))
			return PCA_KEY_MATCH_OTHER_NAME;
	if (seeker->head && strcmp(key, seeker->head) == 0)
		return PCA_KEY_MATCH_PATH;
	if (seeker->head && pca_json_same_key(key, seeker->head))
		return PCA_KEY_MATCH_PATH_NO_CASE;
	return PCA_KEY_MATCH_NONE;
}

/* Remember a key that was not met before. */
static Key *
learn_key(PcaKeyMatcher *seek, const char *text, size_t length)
{
	MemoryContext caller = MemoryContextSwitchTo(seek->context);
	Key		   *key = &seek->keys[seek->nkeys];

	if (seek->nkeys < MAX_KEYS)
		seek->nkeys++;
	if (key->text)
		pfree(key->text);
	key->text = pnstrdup(text, length);
	key->length = length;
	key->nmatches = 0;
	if (!key->matches)
		key->matches = palloc(sizeof(Match) * Max(1, seek->nseekers));
	MemoryContextSwitchTo(caller);
	for (int i = 0; i < seek->nseekers; i++)
	{
		PcaKeyMatchRank rank = match(seek->seekers[i], key->text);

		if (rank != PCA_KEY_MATCH_NONE)
			key->matches[key->nmatches++] = (Match)
		{
			seek->seekers[i], rank
		};
	}
	return key;
}

/* Whether the bytes are equal; most keys have eight to sixteen. */
static inline bool
same_bytes(const char *a, const char *b, size_t length)
{
	uint64		words[4];

	if (length < sizeof(uint64) || length > 2 * sizeof(uint64))
		return memcmp(a, b, length) == 0;
	memcpy(&words[0], a, sizeof(uint64));
	memcpy(&words[1], b, sizeof(uint64));
	memcpy(&words[2], a + length - sizeof(uint64), sizeof(uint64));
	memcpy(&words[3], b + length - sizeof(uint64), sizeof(uint64));
	return words[0] == words[1] && words[2] == words[3];
}

/* The key of that text; looked for first where it is expected. */
static inline const Key *
find_key(PcaKeyMatcher *seek, const char *text, size_t length)
{
	for (int i = 0; i < seek->nkeys; i++)
	{
		const Key  *key = &seek->keys[seek->expected];

		if (++seek->expected >= seek->nkeys)
			seek->expected = 0;
		if (key->length == length && same_bytes(key->text, text, length))
			return key;
	}
	return learn_key(seek, text, length);
}

/*
 * Whether a member takes the place of the one that the seeker has: a name does
 * that of the head of a path.  Of two of a kind neither can be told to be right.
 */
static bool
takes_place(PcaKeyMatcher *seek, const Match *match, const Key *key)
{
	PcaKeyTarget *seeker = match->seeker;
	bool		is_path = match->rank >= PCA_KEY_MATCH_PATH;

	if (is_path == (seeker->rank >= PCA_KEY_MATCH_PATH))
	{
		seek->ambiguous = true;
		seeker->again = pstrdup(key->text);
		return false;
	}
	if (!is_path)
		seeker->again = NULL;
	return !is_path;
}

/* Give the member of that key, one of the two, to those that it is for. */
static inline void
offer(PcaKeyMatcher *seek, const Key *key, const PcaJsonValue *value, const PcaFlatMember *member)
{
	for (int i = 0; i < key->nmatches; i++)
	{
		PcaKeyTarget *seeker = key->matches[i].seeker;

		if (unlikely(seeker->rank != PCA_KEY_MATCH_NONE) && !takes_place(seek, &key->matches[i], key))
			continue;
		seeker->rank = key->matches[i].rank;
		seeker->value = value;
		seeker->member = member;
	}
}

/* Forget what the members of the item before were said to be ambiguous with. */
static void
forget_ambiguous(PcaKeyMatcher *seek)
{
	for (int i = 0; i < seek->nseekers; i++)
		seek->seekers[i]->again = NULL;
	seek->ambiguous = false;
}

static void
begin_item(PcaKeyMatcher *seek)
{
	if (unlikely(seek->ambiguous))
		forget_ambiguous(seek);
	for (int i = 0; i < seek->nseekers; i++)
	{
		seek->seekers[i]->value = NULL;
		seek->seekers[i]->member = NULL;
		seek->seekers[i]->rank = PCA_KEY_MATCH_NONE;
	}
	seek->expected = 0;
}

bool
pca_key_match_match_flat_object(PcaKeyMatcher *seek, const PcaFlatObject *members)
{
	begin_item(seek);
	for (int i = 0; i < members->count; i++)
	{
		const PcaFlatMember *member = &members->member[i];

		offer(seek, find_key(seek, member->key, member->key_length), NULL, member);
	}
	return seek->ambiguous;
}

bool
pca_key_match_match_object(PcaKeyMatcher *seek, const PcaJsonValue *object)
{
	begin_item(seek);
	for (const PcaJsonValue *value = pca_json_first(object); value;
		 value = pca_json_next(value))
	{
		const char *key = pca_json_key(value);

		offer(seek, find_key(seek, key, strlen(key)), value, NULL);
	}
	return seek->ambiguous;
}

const char *
pca_key_match_found_key(const PcaKeyTarget *seeker)
{
	return seeker->member ? pnstrdup(seeker->member->key, seeker->member->key_length) :
		pca_json_key(seeker->value);
}
