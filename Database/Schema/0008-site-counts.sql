-- Times are microseconds since 1970-01-01 UTC.

-- The counts of all cameras together, kept as those of each camera are: a chart of the whole site reads as many rows as it
-- shows, however many cameras there are. most_at_once is the most objects of the class on one frame of any camera.
-- A fill that was cut off begins again with an empty table.
DROP TABLE IF EXISTS detection_counts_of_site;

CREATE TABLE IF NOT EXISTS detection_counts_of_site (
    width        BIGINT      NOT NULL,
    bucket       BIGINT      NOT NULL,
    class        VARCHAR(64) NOT NULL,
    detections   BIGINT      NOT NULL,
    most_at_once BIGINT      NOT NULL,
    PRIMARY KEY (width, bucket, class)
) WITHOUT ROWID;

-- Counts outlive the detections, so they are what is added up.
-- @daily SELECT MIN(bucket), MAX(bucket) FROM detection_counts WHERE width = 86400000000
INSERT INTO detection_counts_of_site (width, bucket, class, detections, most_at_once)
SELECT width, bucket, class, SUM(detections), MAX(most_at_once)
FROM detection_counts
WHERE width IN (60000000, 3600000000, 86400000000) AND bucket >= @from AND bucket < @to
GROUP BY width, bucket, class;

-- For the retention, which goes by time. It has no count in it: a count that grows does not move in an index.
CREATE INDEX detection_counts_by_time ON detection_counts (width, bucket);

DROP INDEX detection_counts_of_all ON detection_counts;
