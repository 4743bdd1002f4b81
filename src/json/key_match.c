/*
 * key_match.c
 *		Matches the keys of an item with the columns and fields that are read.
 *
 * A key is matched with all targets when it occurs first, and the matches are
 * remembered.  The items of a response have their members in the same order, so
 * a known key is usually found by one comparison with the key that came next in
 * the item before.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "json/key_match.h"

/*
 * Distinct keys that are remembered: three times the keys of the widest
 * documented row.  Further keys are matched again each time they occur.
 */
#define MAX_KNOWN_KEYS	80

typedef struct KeyMatch
{
	PcaKeyTarget *target;
	PcaKeyMatchRank rank;
} KeyMatch;

/* A key that has occurred, and the targets that it matches. */
typedef struct KnownKey
{
	char	   *text;
	size_t		length;
	int			nmatches;
	KeyMatch   *matches;		/* NULL until the key is used; as many as
								 * there are targets */
} KnownKey;

struct PcaKeyMatcher
{
	MemoryContext context;
	int			ntargets;
	PcaKeyTarget **targets;
	KnownKey	keys[MAX_KNOWN_KEYS + 1];	/* the last one is overwritten by
											 * each further key */
	int			nkeys;
	int			expected;		/* index of the key that should come next */
	bool		ambiguous;		/* a target of the current item has two
								 * members */
};

PcaKeyMatcher *
pca_key_match_create(void)
{
	PcaKeyMatcher *matcher = palloc0(sizeof(PcaKeyMatcher));

	matcher->context = CurrentMemoryContext;
	matcher->targets = palloc(sizeof(PcaKeyTarget *));
	return matcher;
}

void
pca_key_match_add_target(PcaKeyMatcher *matcher, PcaKeyTarget *target)
{
	matcher->targets = repalloc(matcher->targets, sizeof(PcaKeyTarget *) * (matcher->ntargets + 1));
	matcher->targets[matcher->ntargets++] = target;
	/* known keys must be matched again, and have one match more */
	matcher->nkeys = 0;
	for (int i = 0; i <= MAX_KNOWN_KEYS; i++)
	{
		if (matcher->keys[i].matches)
			pfree(matcher->keys[i].matches);
		matcher->keys[i].matches = NULL;
	}
}

/* Returns how a key matches the target. */
static PcaKeyMatchRank
match_key(const PcaKeyTarget *target, const char *key)
{
	if (strcmp(key, target->key) == 0)
		return PCA_KEY_MATCH_EXACT;
	if (pca_json_same_key(key, target->key))
		return PCA_KEY_MATCH_NO_CASE;
	for (size_t i = 0; i < lengthof(target->names); i++)
		if (target->names[i] && pca_json_same_key(key, target->names[i]))
			return PCA_KEY_MATCH_OTHER_NAME;
	if (target->path_head && strcmp(key, target->path_head) == 0)
		return PCA_KEY_MATCH_PATH;
	if (target->path_head && pca_json_same_key(key, target->path_head))
		return PCA_KEY_MATCH_PATH_NO_CASE;
	return PCA_KEY_MATCH_NONE;
}

/* Match a new key with all targets, and remember it. */
static KnownKey *
learn_key(PcaKeyMatcher *matcher, const char *text, size_t length)
{
	MemoryContext caller = MemoryContextSwitchTo(matcher->context);
	KnownKey   *key = &matcher->keys[matcher->nkeys];

	if (matcher->nkeys < MAX_KNOWN_KEYS)
		matcher->nkeys++;
	if (key->text)
		pfree(key->text);
	key->text = pnstrdup(text, length);
	key->length = length;
	key->nmatches = 0;
	if (!key->matches)
		key->matches = palloc(sizeof(KeyMatch) * Max(1, matcher->ntargets));
	MemoryContextSwitchTo(caller);
	for (int i = 0; i < matcher->ntargets; i++)
	{
		PcaKeyMatchRank rank = match_key(matcher->targets[i], key->text);

		if (rank != PCA_KEY_MATCH_NONE)
			key->matches[key->nmatches++] = (KeyMatch)
		{
			matcher->targets[i], rank
		};
	}
	return key;
}

/* Returns true if the bytes are equal.  Most keys have 8 to 16 bytes: two words that may overlap. */
static inline bool
key_bytes_equal(const char *a, const char *b, size_t length)
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

/* Find or remember a key; the search begins at the expected one. */
static inline const KnownKey *
find_known_key(PcaKeyMatcher *matcher, const char *text, size_t length)
{
	for (int i = 0; i < matcher->nkeys; i++)
	{
		const KnownKey *key = &matcher->keys[matcher->expected];

		if (++matcher->expected >= matcher->nkeys)
			matcher->expected = 0;
		if (key->length == length && key_bytes_equal(key->text, text, length))
			return key;
	}
	return learn_key(matcher, text, length);
}

/*
 * Returns true if a member replaces the one that the target already has: a match by
 * name replaces a match of a path.  Two matches of the same kind are ambiguous,
 * since it is not known which of them is meant.
 */
static bool
replaces_member(PcaKeyMatcher *matcher, const KeyMatch *match, const KnownKey *key)
{
	PcaKeyTarget *target = match->target;
	bool		is_path = match->rank >= PCA_KEY_MATCH_PATH;

	if (is_path == (target->rank >= PCA_KEY_MATCH_PATH))
	{
		matcher->ambiguous = true;
		target->duplicate_key = pstrdup(key->text);
		return false;
	}
	if (!is_path)
		target->duplicate_key = NULL;
	return !is_path;
}

/* Assign a member, of which value or member is given, to the targets of its key. */
static inline void
assign_member(PcaKeyMatcher *matcher, const KnownKey *key, const PcaJsonValue *value,
			  const PcaFlatMember *member)
{
	for (int i = 0; i < key->nmatches; i++)
	{
		PcaKeyTarget *target = key->matches[i].target;

		if (unlikely(target->rank != PCA_KEY_MATCH_NONE) && !replaces_member(matcher, &key->matches[i], key))
			continue;
		target->rank = key->matches[i].rank;
		target->value = value;
		target->member = member;
	}
}

/* Reset what was ambiguous in the item before this one. */
static void
reset_ambiguous(PcaKeyMatcher *matcher)
{
	for (int i = 0; i < matcher->ntargets; i++)
		matcher->targets[i]->duplicate_key = NULL;
	matcher->ambiguous = false;
}

static void
reset_targets(PcaKeyMatcher *matcher)
{
	if (unlikely(matcher->ambiguous))
		reset_ambiguous(matcher);
	for (int i = 0; i < matcher->ntargets; i++)
	{
		matcher->targets[i]->value = NULL;
		matcher->targets[i]->member = NULL;
		matcher->targets[i]->rank = PCA_KEY_MATCH_NONE;
	}
	matcher->expected = 0;
}

bool
pca_key_match_find_in_flat_object(PcaKeyMatcher *matcher, const PcaFlatObject *object)
{
	reset_targets(matcher);
	for (int i = 0; i < object->count; i++)
	{
		const PcaFlatMember *member = &object->member[i];

		assign_member(matcher, find_known_key(matcher, member->key, member->key_length), NULL, member);
	}
	return matcher->ambiguous;
}

bool
pca_key_match_find_in_object(PcaKeyMatcher *matcher, const PcaJsonValue *object)
{
	reset_targets(matcher);
	for (const PcaJsonValue *value = pca_json_first(object); value;
		 value = pca_json_next(value))
	{
		const char *key = pca_json_key(value);

		assign_member(matcher, find_known_key(matcher, key, strlen(key)), value, NULL);
	}
	return matcher->ambiguous;
}

const char *
pca_key_match_found_key(const PcaKeyTarget *target)
{
	return target->member ? pnstrdup(target->member->key, target->member->key_length) :
		pca_json_key(target->value);
}
