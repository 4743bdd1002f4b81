/*
 * compat.h
 *		What differs between the PostgreSQL majors, and nothing else.
 *
 * Every test of PG_VERSION_NUM stands here; each shim names the release that
 * made it necessary.
 */
#ifndef PCA_COMPAT_H
#define PCA_COMPAT_H

#include "postgres.h"

#include "access/stratnum.h"
#include "utils/guc.h"

#if PG_VERSION_NUM < 150000
#error "pc_analytics_fdw needs PostgreSQL 15 or later"
#endif

/* 18 moved ExplainState and its ExplainProperty functions to their own headers. */
#if PG_VERSION_NUM >= 180000
#define PCA_EXPLAIN_HEADERS_SPLIT 1
#endif

/* 18 took C's own way to say that a function does not return. */
#if PG_VERSION_NUM >= 180000
#define PCA_NORETURN	pg_noreturn
#else
#define PCA_NORETURN	_Noreturn
#endif

/* 17 lets an extension name its own wait event; before, all share one. */
#if PG_VERSION_NUM >= 170000
#define PCA_WAIT_EVENT(name)	WaitEventExtensionNew(name)
#else
#define PCA_WAIT_EVENT(name)	PG_WAIT_EXTENSION
#endif

/* 17 named anew what a parallel worker waits for whose rows nobody reads. */
#if PG_VERSION_NUM >= 170000
#define PCA_WAIT_FOR_READER	WAIT_EVENT_MESSAGE_QUEUE_SEND
#else
#define PCA_WAIT_FOR_READER	WAIT_EVENT_MQ_SEND
#endif

/*
 * 17 added fdw_restrictinfo, 18 the number of disabled nodes; this wrapper
 * needs neither.
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

/* The same changes, for paths of upper relations. */
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
 * Whether an Append that waits for several scans can be cancelled: since 15.13,
 * 16.9 and 17.5.  The server at hand is asked, not the headers.
 */
static inline bool
pca_compat_async_is_sound(void)
{
	int			version = atoi(GetConfigOption("server_version_num", false, false));

	return version >= 170005 ||
		(version >= 160009 && version < 170000) ||
		(version >= 150013 && version < 160000);
}

/* 16 added right anti joins, 18 right semi joins. */
#if PG_VERSION_NUM >= 180000
#define pca_compat_is_right_semi_or_anti(type) \
	((type) == JOIN_RIGHT_ANTI || (type) == JOIN_RIGHT_SEMI)
#elif PG_VERSION_NUM >= 160000
#define pca_compat_is_right_semi_or_anti(type) ((type) == JOIN_RIGHT_ANTI)
#else
#define pca_compat_is_right_semi_or_anti(type) false
#endif

/* 18 counts the disabled nodes of a path instead of adding to its cost. */
#if PG_VERSION_NUM >= 180000
#define pca_compat_keep_disabled_nodes(path, child) ((path)->disabled_nodes = (child)->disabled_nodes)
#define pca_compat_disable(path) ((path)->disabled_nodes++)
#else
#define pca_compat_keep_disabled_nodes(path, child) ((void) 0)
#define pca_compat_disable(path) ((void) 0)
#endif

/* 16 dropped the argument that made a missing entry. */
#if PG_VERSION_NUM >= 160000
#define pca_compat_find_placeholder_info(root, phv) find_placeholder_info(root, phv)
#else
#define pca_compat_find_placeholder_info(root, phv) find_placeholder_info(root, phv, false)
#endif

/* 18 calls a sort key's direction by what it means to every index. */
#if PG_VERSION_NUM >= 180000
#define pca_compat_descends(key)	((key)->pk_cmptype == COMPARE_GT)
#else
#define pca_compat_descends(key)	((key)->pk_strategy == BTGreaterStrategyNumber)
#endif

/*
 * The range table's index of the table that a scan asks for, in a plan; a scan
 * that stands for an aggregation names it only among its relations.  16 took the
 * outer joins out of a list of them.
 */
#if PG_VERSION_NUM >= 160000
#define pca_compat_scanned(node) \
	((node)->scan.scanrelid ? (int) (node)->scan.scanrelid : bms_next_member((node)->fs_base_relids, -1))
#else
#define pca_compat_scanned(node) \
	((node)->scan.scanrelid ? (int) (node)->scan.scanrelid : bms_next_member((node)->fs_relids, -1))
#endif

/* 16 moved checkAsUser from the range table to the scan node. */
#if PG_VERSION_NUM >= 160000
#define pca_compat_check_as_user(node, estate) ((node)->checkAsUser)
#else
#define pca_compat_check_as_user(node, estate) \
	(exec_rt_fetch(pca_compat_scanned(node), estate)->checkAsUser)
#endif

/* 16 replaced each catalog's functions that check privileges by one for all. */
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
 * The i-th backend's status, from 0.  16 says clearly that it is a position, not
 * a backend's number.
 */
#if PG_VERSION_NUM >= 160000
#define pca_compat_backend_status(i) (&pgstat_get_local_beentry_by_index((i) + 1)->backendStatus)
#else
#define pca_compat_backend_status(i) (&pgstat_fetch_stat_local_beentry((i) + 1)->backendStatus)
#endif

#endif							/* PCA_COMPAT_H */
