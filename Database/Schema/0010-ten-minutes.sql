-- Times are microseconds since 1970-01-01 UTC.

-- Counts of ten minutes, which is what a chart of a day shows: from those of a minute. A fill that was cut off begins again.
DELETE FROM detection_counts WHERE width = 600000000;

DELETE FROM detection_counts_of_site WHERE width = 600000000;

-- @daily SELECT MIN(bucket), MAX(bucket) FROM detection_counts_of_site WHERE width = 86400000000
INSERT INTO detection_counts (camera, width, bucket, class, detections, most_at_once)
SELECT camera, 600000000, bucket - bucket % 600000000, class, SUM(detections), MAX(most_at_once)
FROM detection_counts
WHERE width = 60000000 AND bucket >= @from AND bucket < @to
GROUP BY camera, bucket - bucket % 600000000, class;

-- @daily SELECT MIN(bucket), MAX(bucket) FROM detection_counts_of_site WHERE width = 86400000000
INSERT INTO detection_counts_of_site (width, bucket, class, detections, most_at_once)
SELECT 600000000, bucket - bucket % 600000000, class, SUM(detections), MAX(most_at_once)
FROM detection_counts_of_site
WHERE width = 60000000 AND bucket >= @from AND bucket < @to
GROUP BY bucket - bucket % 600000000, class;
