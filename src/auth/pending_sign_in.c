/*
 * pending_sign_in.c
 *		Sign-ins that the current session has begun and not ended.
 *
 * They are kept in the session's memory only: a device code or a verifier is a
 * secret, with which another user's sign-in can be completed.
 */
#include "postgres.h"

#include "nodes/pg_list.h"
#include "storage/ipc.h"
#include "utils/memutils.h"

#include "auth/pending_sign_in.h"
#include "auth/secret.h"
#include "http/pollset.h"

static List *sign_ins = NIL;	/* of PcaPendingSignIn * */
static MemoryContext sign_in_context = NULL;

/* Returns a copy of a text, which may be NULL, in sign_in_context. */
static char *
copy_text(const char *text)
{
	return text ? MemoryContextStrdup(sign_in_context, text) : NULL;
}

/* Zero the secrets when the session ends. */
static void
clear_at_exit(int code, Datum arg)
{
	pca_pending_sign_in_clear();
}

/* Create the memory context, unless it exists. */
static void
init_sign_ins(void)
{
	if (sign_in_context)
		return;
	sign_in_context = AllocSetContextCreate(TopMemoryContext, "pc_analytics_fdw sign-ins",
											ALLOCSET_SMALL_SIZES);
	before_shmem_exit(clear_at_exit, (Datum) 0);
}

/* Zero and free the sign-ins that have expired. */
static void
forget_expired(void)
{
	int64		now = pca_pollset_now();

	for (int i = list_length(sign_ins) - 1; i >= 0; i--)
	{
		PcaPendingSignIn *sign_in = list_nth(sign_ins, i);

		if (sign_in->ends_at <= now)
			pca_pending_sign_in_forget(sign_in);
	}
}

PcaPendingSignIn *
pca_pending_sign_in_add(const PcaPendingSignIn *sign_in)
{
	PcaPendingSignIn *other = pca_pending_sign_in_find(sign_in->umid, sign_in->userid);
	PcaPendingSignIn *copy;
	MemoryContext caller;

	init_sign_ins();
	if (other)
		pca_pending_sign_in_forget(other);
	copy = MemoryContextAlloc(sign_in_context, sizeof(PcaPendingSignIn));
	*copy = *sign_in;
	copy->login = copy_text(sign_in->login);
	copy->device_code = copy_text(sign_in->device_code);
	copy->verifier = copy_text(sign_in->verifier);
	copy->state = copy_text(sign_in->state);
	copy->nonce = copy_text(sign_in->nonce);
	copy->redirect_uri = copy_text(sign_in->redirect_uri);
	caller = MemoryContextSwitchTo(sign_in_context);
	sign_ins = lappend(sign_ins, copy);
	MemoryContextSwitchTo(caller);
	return copy;
}

PcaPendingSignIn *
pca_pending_sign_in_find(Oid umid, Oid userid)
{
	ListCell   *lc;

	forget_expired();
	foreach(lc, sign_ins)
	{
		PcaPendingSignIn *sign_in = lfirst(lc);

		if (sign_in->umid == umid && sign_in->userid == userid)
			return sign_in;
	}
	return NULL;
}

void
pca_pending_sign_in_forget(PcaPendingSignIn *sign_in)
{
	sign_ins = list_delete_ptr(sign_ins, sign_in);
	pca_secret_free(&sign_in->login);
	pca_secret_free(&sign_in->device_code);
	pca_secret_free(&sign_in->verifier);
	pca_secret_free(&sign_in->state);
	pca_secret_free(&sign_in->nonce);
	pca_secret_free(&sign_in->redirect_uri);
	pfree(sign_in);
}

void
pca_pending_sign_in_clear(void)
{
	while (sign_ins != NIL)
		pca_pending_sign_in_forget(linitial(sign_ins));
}
