/*
 * compat.h
 *		Differences between the major versions of PostgreSQL.
 *
 * PG_VERSION_NUM is tested in this file only.  The comment of each macro names
 * the version that made it necessary.  The macros take the arguments of the
 * PostgreSQL function that they call, in the order of version 15, unless their
 * comment says otherwise.
 */
#ifndef PCA_COMPAT_H
#define PCA_COMPAT_H

#include "postgres.h"

#include "access/stratnum.h"
#include "utils/guc.h"

#if PG_VERSION_NUM < 150000
#error "pc_analytics_fdw needs PostgreSQL 15 or later"
#endif

/* 18 moved ExplainState and the ExplainProperty functions to separate headers. */
#if PG_VERSION_NUM >= 180000
#define PCA_EXPLAIN_HEADERS_SPLIT 1
#endif

/*
 * PostgreSQL was built with OpenSSL, so that its headers and libcrypto can be used.
 * PCA_WITHOUT_OPENSSL builds as if it was not.
 */
#if defined(USE_OPENSSL) && !defined(PCA_WITHOUT_OPENSSL)
#define PCA_HAVE_OPENSSL 1
#endif

/*
 * PostgreSQL was built with zstd, so that its library can be used.  PCA_WITHOUT_ZSTD
 * builds as if it was not.
 */
#if defined(USE_ZSTD) && !defined(PCA_WITHOUT_ZSTD)
#define PCA_HAVE_ZSTD 1
#endif

/*
 * Specifier of a function that does not return.  18 replaced the attribute
 * pg_attribute_noreturn(), which follows the declaration, by pg_noreturn, which
 * precedes it as C11's _Noreturn does.
 */
#if PG_VERSION_NUM >= 180000
#define PCA_NORETURN	pg_noreturn
#else
#define PCA_NORETURN	_Noreturn
#endif

/*
 * The wait event of that name.  17 lets an extension define wait events; before,
 * all extensions share one.
 */
#if PG_VERSION_NUM >= 170000
#define PCA_WAIT_EVENT(name)	WaitEventExtensionNew(name)
#else
#define PCA_WAIT_EVENT(name)	PG_WAIT_EXTENSION
#endif

/*
 * A new tranche of locks, and its name in the current process.  19 keeps the name
 * with the tranche; before, each process registers it.
 */
#if PG_VERSION_NUM >= 190000
#define pca_compat_new_tranche(name) LWLockNewTrancheId(name)
#define pca_compat_register_tranche(id, name) ((void) 0)
#else
#define pca_compat_new_tranche(name) LWLockNewTrancheId()
#define pca_compat_register_tranche(id, name) LWLockRegisterTranche(id, name)
#endif

/* The index of the current process in the array of processes.  17 renamed it. */
#if PG_VERSION_NUM >= 170000
#define PCA_MY_PROC_NUMBER	((int32) MyProcNumber)
#else
#define PCA_MY_PROC_NUMBER	((int32) MyProc->pgprocno)
#endif

/*
 * The wait event of a parallel worker whose tuple queue is full.  17 renamed
 * it.
 */
#if PG_VERSION_NUM >= 170000
#define PCA_WAIT_FOR_READER	WAIT_EVENT_MESSAGE_QUEUE_SEND
#else
#define PCA_WAIT_FOR_READER	WAIT_EVENT_MQ_SEND
#endif

/*
 * create_foreignscan_path().  17 added fdw_restrictinfo, 18 the number of
 * disabled nodes.  This wrapper passes NIL and 0.
 */
#if PG_VERSION_NUM >= 180000
#define pca_compat_foreignscan_path(root, rel, target, rows, startup, total, pathkeys, outer, fdw_private) \
	create_foreignscan_path(root, rel, target, rows, 0, startup, total, pathkeys, outer, NULL, NIL, fdw_private)
#elif PG_VERSION_NUM >= 170000
#define pca_compat_foreignscan_path(root, rel, target, rows, startup, total, pathkeys, outer, fdw_private) \
	create_foreignscan_path(root, rel, target, rows, startup, total, pathkeys, outer, NULL, NIL, fdw_private)
#else
#define pca_compat_foreignscan_path(root, rel, target, rows, startup, total, pathkeys, outer, fdw_private) \
	create_foreignscan_path(root, rel, target, rows, startup, total, pathkeys, outer, NULL, fdw_private)
#endif

/* create_foreign_upper_path(), which changed in the same way. */
#if PG_VERSION_NUM >= 180000
#define pca_compat_foreign_upper_path(root, rel, target, rows, startup, total, pathkeys, fdw_private) \
	create_foreign_upper_path(root, rel, target, rows, 0, startup, total, pathkeys, NULL, NIL, fdw_private)
#elif PG_VERSION_NUM >= 170000
#define pca_compat_foreign_upper_path(root, rel, target, rows, startup, total, pathkeys, fdw_private) \
	create_foreign_upper_path(root, rel, target, rows, startup, total, pathkeys, NULL, NIL, fdw_private)
#else
#define pca_compat_foreign_upper_path(root, rel, target, rows, startup, total, pathkeys, fdw_private) \
	create_foreign_upper_path(root, rel, target, rows, startup, total, pathkeys, NULL, fdw_private)
#endif

/*
 * Returns true if a query can be cancelled while an Append waits for several
 * asynchronous scans: since 15.13, 16.9 and 17.5.  This depends on the running
 * server's minor version, not on the headers that the extension is built with.
 */
static inline bool
pca_compat_async_is_sound(void)
{
	int			version = atoi(GetConfigOption("server_version_num", false, false));

	return version >= 170005 ||
		(version >= 160009 && version < 170000) ||
		(version >= 150013 && version < 160000);
}

/* Returns true for the join types that 16 (right anti) and 18 (right semi) added. */
#if PG_VERSION_NUM >= 180000
#define pca_compat_is_right_semi_or_anti(type) \
	((type) == JOIN_RIGHT_ANTI || (type) == JOIN_RIGHT_SEMI)
#elif PG_VERSION_NUM >= 160000
#define pca_compat_is_right_semi_or_anti(type) ((type) == JOIN_RIGHT_ANTI)
#else
#define pca_compat_is_right_semi_or_anti(type) false
#endif

/*
 * Give a path the number of disabled nodes of its child, and mark a path as
 * disabled.  Before 18, which counts disabled nodes, a disabled path only has a
 * high cost.
 */
#if PG_VERSION_NUM >= 180000
#define pca_compat_keep_disabled_nodes(path, child) ((path)->disabled_nodes = (child)->disabled_nodes)
#define pca_compat_disable(path) ((path)->disabled_nodes++)
#else
#define pca_compat_keep_disabled_nodes(path, child) ((void) 0)
#define pca_compat_disable(path) ((void) 0)
#endif

/* find_placeholder_info() that creates no entry.  16 removed the argument for this. */
#if PG_VERSION_NUM >= 160000
#define pca_compat_find_placeholder_info(root, phv) find_placeholder_info(root, phv)
#else
#define pca_compat_find_placeholder_info(root, phv) find_placeholder_info(root, phv, false)
#endif

/* Make a RestrictInfo for a clause that takes the place of that of another one. */
#if PG_VERSION_NUM >= 160000
#define pca_compat_make_restrictinfo(root, clause, info) \
	make_restrictinfo(root, clause, (info)->is_pushed_down, (info)->has_clone, (info)->is_clone, \
					  false, (info)->security_level, (info)->required_relids, \
					  (info)->incompatible_relids, (info)->outer_relids)
#else
#define pca_compat_make_restrictinfo(root, clause, info) \
	make_restrictinfo(root, clause, (info)->is_pushed_down, (info)->outerjoin_delayed, false, \
					  (info)->security_level, (info)->required_relids, (info)->outer_relids, \
					  (info)->nullable_relids)
#endif

/*
 * Returns true if a path key sorts in descending order.  18 replaced the B-tree
 * strategy number by a comparison type that is the same for all index methods.
 */
#if PG_VERSION_NUM >= 180000
#define pca_compat_descends(key)	((key)->pk_cmptype == COMPARE_GT)
#else
#define pca_compat_descends(key)	((key)->pk_strategy == BTGreaterStrategyNumber)
#endif

/*
 * The range table index of the table that a ForeignScan node reads.  A node that
 * replaces an aggregation has scanrelid 0, and names its table only in its set of
 * relations.  16 added a set that does not contain outer joins.
 */
#if PG_VERSION_NUM >= 160000
#define pca_compat_scanned_rti(node) \
	((node)->scan.scanrelid ? (int) (node)->scan.scanrelid : bms_next_member((node)->fs_base_relids, -1))
#else
#define pca_compat_scanned_rti(node) \
	((node)->scan.scanrelid ? (int) (node)->scan.scanrelid : bms_next_member((node)->fs_relids, -1))
#endif

/*
 * The user whose permissions a ForeignScan node uses; InvalidOid for the current
 * user.  16 moved checkAsUser from the range table entry to the node.
 */
#if PG_VERSION_NUM >= 160000
#define pca_compat_check_as_user(node, estate) ((node)->checkAsUser)
#else
#define pca_compat_check_as_user(node, estate) \
	(exec_rt_fetch(pca_compat_scanned_rti(node), estate)->checkAsUser)
#endif

/*
 * Check a role's privileges on a foreign server, and its ownership.  16 replaced
 * the functions for each catalog by one for all.
 */
#if PG_VERSION_NUM >= 160000
#define pca_compat_server_aclcheck(server, role, mode) \
	object_aclcheck(ForeignServerRelationId, server, role, mode)
#define pca_compat_server_ownercheck(server, role) \
	object_ownercheck(ForeignServerRelationId, server, role)
#else
#define pca_compat_server_aclcheck(server, role, mode) \
	pg_foreign_server_aclcheck(server, role, mode)
#define pca_compat_server_ownercheck(server, role) \
	pg_foreign_server_ownercheck(server, role)
#endif

/*
 * The status of the i-th backend in the local copy of the backend status array;
 * i counts from 0, and is not a backend ID.  16 renamed the function.
 */
#if PG_VERSION_NUM >= 160000
#define pca_compat_backend_status(i) (&pgstat_get_local_beentry_by_index((i) + 1)->backendStatus)
#else
#define pca_compat_backend_status(i) (&pgstat_fetch_stat_local_beentry((i) + 1)->backendStatus)
#endif

/*
 * Returns false if the client has closed the connection.  libpq/libpq.h, which
 * declares the function of PostgreSQL, needs the headers of GSSAPI.
 */
static inline bool
pca_compat_client_is_connected(void)
{
	extern bool pq_check_connection(void);

	return pq_check_connection();
}

#endif							/* PCA_COMPAT_H */
