/*
 * group_repeat.h
 *		Returns a group as often as it has rows.
 */
#ifndef PCA_GROUP_REPEAT_H
#define PCA_GROUP_REPEAT_H

#include "postgres.h"

#include "executor/tuptable.h"

#include "config/option.h"

typedef struct PcaGroupRepeat PcaGroupRepeat;

/*
 * Create the state for one scan.  row_count_attnum: attribute number of the measure that
 * has the number of a group's rows.  Lives in the current memory context; table must
 * live as long.
 */
extern PcaGroupRepeat *pca_group_repeat_create(const PcaTable *table, TupleDesc desc, int row_count_attnum);

/*
 * Begin with the group in the slot, which is the first of its rows.  Errors: the
 * number of its rows is not a positive integer.
 */
extern void pca_group_repeat_begin(PcaGroupRepeat *repeat, TupleTableSlot *slot);

/*
 * Store the group's next row in the slot, which is cleared.  Its measures are null.
 * Returns false if all rows were returned.
 */
extern bool pca_group_repeat_next(PcaGroupRepeat *repeat, TupleTableSlot *slot);

/* Forget the group. */
extern void pca_group_repeat_reset(PcaGroupRepeat *repeat);

#endif							/* PCA_GROUP_REPEAT_H */
