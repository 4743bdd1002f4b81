/*
 * shared_tokens.c
 *		Access tokens that the sessions of the server share.
 *
 * A fingerprint of credentials has a slot.  One process at a time requests its token:
 * it has the slot's lease.  The others wait for a time, and look again.  The lease
 * ends by itself, so that nobody waits for a process that does not work.
 *
 * The texts of tokens are in a segment of their own, which a process maps only while
 * it copies them.  A text is zeroed when it is replaced, refused or expired.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "auth/shared_tokens.h"
#include "shared/lease.h"
#include "shared/shared_memory.h"

/*
 * How often a waiting process looks, in ms: at a token request, which takes some
 * hundred ms, and at the end of a longer wait.
 */
#define LOOK_MS					20
#define LOOK_LATER_MS			200

/*
 * A token that another process renews is used until that long before it expires, in
 * ms, and the process looks for the new one that often.
 */
#define LAST_USE_MS				10000
#define LOOK_FOR_RENEWED_MS		1000

/* After a token that was too long to be shared, sessions work alone for that time, in ms. */
#define ALONE_MS				60000

/*
 * A refresh token outlives the access token that it came with.  It is wiped that long
 * after the access token has expired, in ms: a day without a query.
 */
#define REFRESH_LIFE_MS			(24 * 3600 * INT64CONST(1000))

/* ---- slots ---- */

/* The slot of a fingerprint, or NULL. */
static PcaTokenSlot *
find_token_slot(PcaSharedRoot *root, const PcaFingerprint *fingerprint)
{
	for (int i = 0; i < PCA_TOKEN_SLOTS; i++)
	{
		PcaTokenSlot *slot = &root->tokens.slots[i];

		if (slot->used_at != 0 &&
			memcmp(&slot->fingerprint, fingerprint, sizeof(PcaFingerprint)) == 0)
			return slot;
	}
	return NULL;
}

/*
 * The slot of a fingerprint, which replaces the one that was not used for longest.
 * The texts of a replaced slot are wiped when the next token is written.
 */
static PcaTokenSlot *
make_token_slot(PcaSharedRoot *root, const PcaFingerprint *fingerprint, int64 now)
{
	PcaTokenSlot *slot = find_token_slot(root, fingerprint);
	uint64		serial;
	uint64		lease_serial;

	if (!slot)
	{
		slot = &root->tokens.slots[0];
		for (int i = 1; i < PCA_TOKEN_SLOTS; i++)
		{
			if (root->tokens.slots[i].used_at < slot->used_at)
				slot = &root->tokens.slots[i];
		}

		/* the serial numbers go on, so that an earlier user's do not fit */
		serial = slot->serial + 1;
		lease_serial = slot->lease.serial;
		memset(slot, 0, sizeof(PcaTokenSlot));
		slot->serial = serial;
		slot->lease.serial = lease_serial;
		slot->fingerprint = *fingerprint;
	}
	slot->used_at = now;
	return slot;
}

/* The texts of a slot; NULL if the segment is not attached. */
static PcaTokenTexts *
get_slot_texts(PcaSharedRoot *root, PcaSharedTokens *tokens, const PcaTokenSlot *slot)
{
	return tokens ? &tokens->texts[slot - root->tokens.slots] : NULL;
}

/*
 * Wipe the access token of a slot.  texts NULL: nobody uses it any longer, and the
 * next process that attaches the segment wipes it.
 */
static void
wipe_slot_token(PcaTokenSlot *slot, PcaTokenTexts *texts)
{
	if (texts)
		explicit_bzero(texts->token, sizeof(texts->token));
	slot->token_size = 0;
	slot->proved = 0;
	slot->serial++;
}

/* Wipe the refresh token of a slot, in the same way. */
static void
wipe_slot_refresh_token(PcaTokenSlot *slot, PcaTokenTexts *texts)
{
	if (texts)
		explicit_bzero(texts->refresh_token, sizeof(texts->refresh_token));
	slot->refresh_token_size = 0;
}

/* Wipe the texts that nobody may use any longer. */
static void
sweep_texts(PcaSharedRoot *root, PcaSharedTokens *tokens, int64 now)
{
	for (int i = 0; i < PCA_TOKEN_SLOTS; i++)
	{
		PcaTokenSlot *slot = &root->tokens.slots[i];

		if (slot->token_size > 0 && slot->ends_at <= now)
			wipe_slot_token(slot, &tokens->texts[i]);
		if (slot->refresh_token_size > 0 && slot->ends_at + REFRESH_LIFE_MS <= now)
			wipe_slot_refresh_token(slot, &tokens->texts[i]);

		/* a slot that was given to other credentials */
		if (slot->token_size == 0 && tokens->texts[i].token[0] != '\0')
			explicit_bzero(tokens->texts[i].token, PCA_TOKEN_SIZE);
		if (slot->refresh_token_size == 0 && tokens->texts[i].refresh_token[0] != '\0')
			explicit_bzero(tokens->texts[i].refresh_token, PCA_REFRESH_TOKEN_SIZE);
	}
}

/* ---- reading ---- */

bool
pca_shared_tokens_has_token(const PcaFingerprint *fingerprint, int64 now)
{
	PcaSharedRoot *root = pca_shared_memory_root();
	PcaTokenSlot *slot;
	bool		found;

	if (!root)
		return false;
	pca_shared_memory_lock(root, PCA_SHARED_TOKENS);
	slot = find_token_slot(root, fingerprint);
	found = slot && slot->token_size > 0 && slot->renew_at > now;
	pca_shared_memory_unlock(root, PCA_SHARED_TOKENS);
	return found;
}

/* Copy a slot and its texts.  Returns false if it has no token. */
static bool
copy_slot(PcaSharedRoot *root, PcaSharedTokens *tokens, const PcaFingerprint *fingerprint, int64 now,
		  PcaTokenSlot *slot_copy, PcaTokenTexts *texts)
{
	PcaTokenSlot *slot;
	bool		found;

	pca_shared_memory_lock(root, PCA_SHARED_TOKENS);
	sweep_texts(root, tokens, now);
	slot = find_token_slot(root, fingerprint);
	found = slot && (slot->token_size > 0 || slot->refresh_token_size > 0);
	if (found)
	{
		slot->used_at = now;
		*slot_copy = *slot;
		memcpy(texts, get_slot_texts(root, tokens, slot), sizeof(PcaTokenTexts));
	}
	pca_shared_memory_unlock(root, PCA_SHARED_TOKENS);
	return found;
}

bool
pca_shared_tokens_copy(const PcaFingerprint *fingerprint, int64 now, PcaTokenCopy *copy)
{
	PcaSharedRoot *root = pca_shared_memory_root();
	PcaTokenTexts *texts;
	PcaTokenSlot slot;
	PcaSharedTokens *tokens;
	bool		found = false;

	memset(copy, 0, sizeof(PcaTokenCopy));
	if (!root)
		return false;
	texts = palloc(sizeof(PcaTokenTexts));
	tokens = pca_shared_memory_attach_tokens(false);
	if (tokens)
	{
		found = copy_slot(root, tokens, fingerprint, now, &slot, texts);
		pca_shared_memory_detach_tokens();
	}
	if (found)
	{
		copy->serial = slot.serial;
		copy->made_at = slot.made_at;
		copy->renew_at = slot.renew_at;
		copy->ends_at = slot.ends_at;
		copy->proved = slot.proved != 0;
		copy->token = slot.token_size > 0 ? pstrdup(texts->token) : NULL;
		copy->refresh_token = slot.refresh_token_size > 0 ? pstrdup(texts->refresh_token) : NULL;
		explicit_bzero(texts, sizeof(PcaTokenTexts));
	}
	pfree(texts);
	return found;
}

int64
pca_shared_tokens_renewed_by_other(const PcaFingerprint *fingerprint, uint64 serial, int64 now)
{
	PcaSharedRoot *root = pca_shared_memory_root();
	PcaTokenSlot *slot;
	int64		until = 0;

	if (!root)
		return 0;
	pca_shared_memory_lock(root, PCA_SHARED_TOKENS);
	slot = find_token_slot(root, fingerprint);
	if (slot && slot->serial == serial && slot->lease.pid != MyProcPid &&
		pca_lease_is_live(&slot->lease, now) && slot->ends_at - LAST_USE_MS > now)
		until = Min(now + LOOK_FOR_RENEWED_MS, slot->ends_at - LAST_USE_MS);
	pca_shared_memory_unlock(root, PCA_SHARED_TOKENS);
	return until;
}

/* ---- one request ---- */

/* What a session does whose slot has no token; the lock is held. */
static PcaTokenTurn
choose_turn(PcaTokenSlot *slot, PcaTokenLease *lease, uint64 *awaited, int64 now, int64 *until)
{
	if (pca_lease_is_live(&slot->lease, now))
	{
		/* another scan of this process, which may not run before this one */
		if (slot->lease.pid == MyProcPid)
			return PCA_TOKEN_TURN_REQUEST;
		*awaited = slot->lease.serial;
		*until = now + LOOK_MS;
		return PCA_TOKEN_TURN_WAIT;
	}
	if (slot->not_before > now)
	{
		*until = Min(slot->not_before, now + LOOK_LATER_MS);
		return PCA_TOKEN_TURN_WAIT;
	}
	if (slot->alone_until <= now)
	{
		lease->fingerprint = slot->fingerprint;
		lease->serial = pca_lease_take(&slot->lease, now);
	}
	return PCA_TOKEN_TURN_REQUEST;
}

PcaTokenTurn
pca_shared_tokens_take_turn(const PcaFingerprint *fingerprint, PcaTokenLease *lease, uint64 *awaited,
							int64 max_wait_ms, int64 now, int64 *until, PcaTokenError *error)
{
	PcaSharedRoot *root = pca_shared_memory_root();
	PcaTokenSlot *slot;
	PcaTokenTurn turn = PCA_TOKEN_TURN_REQUEST;

	if (!root)
		return turn;
	pca_shared_memory_lock(root, PCA_SHARED_TOKENS);
	slot = make_token_slot(root, fingerprint, now);
	if (lease->serial != 0 && pca_lease_beat(&slot->lease, lease->serial, now))
		turn = PCA_TOKEN_TURN_REQUEST;
	else if (slot->token_size > 0 && slot->renew_at > now)
		turn = PCA_TOKEN_TURN_COPY;
	else if ((*awaited != 0 && slot->failed_lease == *awaited) ||
			 slot->not_before - now > max_wait_ms)
	{
		*error = slot->error;
		turn = PCA_TOKEN_TURN_FAILED;
	}
	else
		turn = choose_turn(slot, lease, awaited, now, until);
	pca_shared_memory_unlock(root, PCA_SHARED_TOKENS);
	if (turn != PCA_TOKEN_TURN_WAIT)
		*awaited = 0;
	return turn;
}

void
pca_shared_tokens_beat(const PcaTokenLease *lease, int64 now)
{
	PcaSharedRoot *root = pca_shared_memory_attached_root();
	PcaTokenSlot *slot;

	if (!root || lease->serial == 0)
		return;
	pca_shared_memory_lock(root, PCA_SHARED_TOKENS);
	slot = find_token_slot(root, &lease->fingerprint);
	if (slot)
		(void) pca_lease_beat(&slot->lease, lease->serial, now);
	pca_shared_memory_unlock(root, PCA_SHARED_TOKENS);
}

/* Write a granted token into a slot and its texts; the lock is held. */
static void
write_slot(PcaTokenSlot *slot, PcaTokenTexts *texts, PcaTokenCopy *copy, size_t token_size,
		   size_t refresh_token_size)
{
	wipe_slot_token(slot, texts);
	memcpy(texts->token, copy->token, token_size);
	slot->token_size = (int32) token_size;
	if (refresh_token_size > 0)
	{
		wipe_slot_refresh_token(slot, texts);
		memcpy(texts->refresh_token, copy->refresh_token, refresh_token_size);
		slot->refresh_token_size = (int32) refresh_token_size;
	}
	slot->made_at = copy->made_at;
	slot->renew_at = copy->renew_at;
	slot->ends_at = copy->ends_at;
	slot->not_before = 0;
	copy->serial = slot->serial;
}

/* Let each session request its own token for a while, and end the lease. */
static void
let_work_alone(PcaTokenLease *lease, int64 now)
{
	PcaSharedRoot *root = pca_shared_memory_attached_root();
	PcaTokenSlot *slot;

	if (root)
	{
		pca_shared_memory_lock(root, PCA_SHARED_TOKENS);
		slot = find_token_slot(root, &lease->fingerprint);
		if (slot && pca_lease_is_held(&slot->lease, lease->serial))
			slot->alone_until = now + ALONE_MS;
		pca_shared_memory_unlock(root, PCA_SHARED_TOKENS);
	}
	pca_shared_tokens_release(lease);
}

bool
pca_shared_tokens_publish(PcaTokenLease *lease, PcaTokenCopy *copy)
{
	PcaSharedRoot *root = pca_shared_memory_attached_root();
	size_t		token_size = strlen(copy->token) + 1;
	size_t		refresh_token_size = copy->refresh_token ? strlen(copy->refresh_token) + 1 : 0;
	PcaSharedTokens *tokens;
	PcaTokenSlot *slot;
	bool		is_held;

	if (lease->serial == 0)
		return false;
	tokens = root && token_size <= PCA_TOKEN_SIZE && refresh_token_size <= PCA_REFRESH_TOKEN_SIZE ?
		pca_shared_memory_attach_tokens(true) : NULL;
	if (!tokens)
	{
		let_work_alone(lease, copy->made_at);
		return false;
	}
	pca_shared_memory_lock(root, PCA_SHARED_TOKENS);
	sweep_texts(root, tokens, copy->made_at);
	slot = find_token_slot(root, &lease->fingerprint);
	is_held = slot && pca_lease_is_held(&slot->lease, lease->serial);
	if (is_held)
	{
		write_slot(slot, get_slot_texts(root, tokens, slot), copy, token_size, refresh_token_size);
		pca_lease_end(&slot->lease, lease->serial);
	}
	pca_shared_memory_unlock(root, PCA_SHARED_TOKENS);
	pca_shared_memory_detach_tokens();
	lease->serial = 0;
	return is_held;
}

/* Copy a text of an error, cut between characters; NULL is an empty one. */
static void
copy_error_text(char *place, const char *text)
{
	int			length = text ? pg_mbcliplen(text, (int) strlen(text), PCA_TOKEN_ERROR_SIZE - 1) : 0;

	if (text)
		memcpy(place, text, length);
	place[length] = '\0';
}

void
pca_shared_tokens_fail(PcaTokenLease *lease, const ErrorData *error, int64 not_before)
{
	PcaSharedRoot *root = pca_shared_memory_attached_root();
	PcaTokenSlot *slot;
	PcaTokenError copy = {.sqlstate = error->sqlerrcode};

	copy_error_text(copy.message, error->message);
	copy_error_text(copy.detail, error->detail);
	copy_error_text(copy.hint, error->hint);
	if (root && lease->serial != 0)
	{
		pca_shared_memory_lock(root, PCA_SHARED_TOKENS);
		slot = find_token_slot(root, &lease->fingerprint);
		if (slot && pca_lease_is_held(&slot->lease, lease->serial))
		{
			slot->failed_lease = lease->serial;
			slot->error = copy;
			slot->not_before = not_before;
			pca_lease_end(&slot->lease, lease->serial);
		}
		pca_shared_memory_unlock(root, PCA_SHARED_TOKENS);
	}
	lease->serial = 0;
}

void
pca_shared_tokens_release(PcaTokenLease *lease)
{
	PcaSharedRoot *root = pca_shared_memory_attached_root();
	PcaTokenSlot *slot;

	if (root && lease->serial != 0)
	{
		pca_shared_memory_lock(root, PCA_SHARED_TOKENS);
		slot = find_token_slot(root, &lease->fingerprint);
		if (slot)
			pca_lease_end(&slot->lease, lease->serial);
		pca_shared_memory_unlock(root, PCA_SHARED_TOKENS);
	}
	lease->serial = 0;
}

/* ---- the API's judgement, and wiping ---- */

void
pca_shared_tokens_prove(const PcaFingerprint *fingerprint, uint64 serial)
{
	PcaSharedRoot *root = pca_shared_memory_attached_root();
	PcaTokenSlot *slot;

	if (!root)
		return;
	pca_shared_memory_lock(root, PCA_SHARED_TOKENS);
	slot = find_token_slot(root, fingerprint);
	if (slot && slot->serial == serial && slot->token_size > 0)
		slot->proved = 1;
	pca_shared_memory_unlock(root, PCA_SHARED_TOKENS);
}

/* What is to be wiped of a slot. */
typedef enum WipedPart
{
	WIPE_TOKEN,
	WIPE_REFRESH_TOKEN,
	WIPE_BOTH
} WipedPart;

/* Wipe texts of a slot.  serial: of the token that is meant, or 0 for any. */
static void
wipe_slot(PcaSharedRoot *root, const PcaFingerprint *fingerprint, uint64 serial, WipedPart part)
{
	PcaSharedTokens *tokens;
	PcaTokenSlot *slot;

	if (!root)
		return;
	tokens = pca_shared_memory_attach_tokens(false);
	pca_shared_memory_lock(root, PCA_SHARED_TOKENS);
	slot = find_token_slot(root, fingerprint);
	if (slot && part != WIPE_REFRESH_TOKEN && (serial == 0 || slot->serial == serial))
		wipe_slot_token(slot, get_slot_texts(root, tokens, slot));
	if (slot && part != WIPE_TOKEN)
		wipe_slot_refresh_token(slot, get_slot_texts(root, tokens, slot));
	pca_shared_memory_unlock(root, PCA_SHARED_TOKENS);
	if (tokens)
		pca_shared_memory_detach_tokens();
}

void
pca_shared_tokens_refuse(const PcaFingerprint *fingerprint, uint64 serial)
{
	wipe_slot(pca_shared_memory_root(), fingerprint, serial, WIPE_TOKEN);
}

void
pca_shared_tokens_refuse_refresh(const PcaFingerprint *fingerprint)
{
	wipe_slot(pca_shared_memory_root(), fingerprint, 0, WIPE_REFRESH_TOKEN);
}

void
pca_shared_tokens_wipe(const PcaFingerprint *fingerprint)
{
	wipe_slot(pca_shared_memory_root(), fingerprint, 0, WIPE_BOTH);
}

void
pca_shared_tokens_wipe_disabled(void)
{
	PcaSharedRoot *root = pca_shared_memory_disabled_root();
	PcaSharedTokens *tokens = root ? pca_shared_memory_attach_tokens(false) : NULL;

	if (!tokens)
		return;
	pca_shared_memory_lock(root, PCA_SHARED_TOKENS);
	for (int i = 0; i < PCA_TOKEN_SLOTS; i++)
	{
		wipe_slot_token(&root->tokens.slots[i], &tokens->texts[i]);
		wipe_slot_refresh_token(&root->tokens.slots[i], &tokens->texts[i]);
	}
	pca_shared_memory_unlock(root, PCA_SHARED_TOKENS);
	pca_shared_memory_detach_tokens();
}
