--
-- shared: the memory that all sessions share
--
-- A change of one of these numbers also raises PCA_SHARED_LAYOUT in src/shared/shared_layout.h:
-- sessions with another version of the library must not see this memory.
SELECT * FROM pca_unit_layout();

-- a lease is live while its process exists and shows that it works
SELECT * FROM pca_unit_lease('0,take,2999,1,beat,2999,end,beat');
-- of another process, or of a later holder, it is not changed
SELECT * FROM pca_unit_lease('take,other takes,beat,end');
SELECT * FROM pca_unit_lease('take,other process,beat,take');
