-- Times are microseconds since 1970-01-01 UTC.

-- Counts of all cameras are read from one index alone, in which those of an interval lie together.
CREATE INDEX detection_counts_of_all ON detection_counts (width, bucket, class, detections, most_at_once);

DROP INDEX detection_counts_by_time ON detection_counts;

-- What stands is asked for every second.
CREATE INDEX alarms_by_standing ON alarms (cleared, raised);

-- kind is search (rows and files to subscribers), upload (files to the parent in site) or receive (a file from a client).
-- transfer_name is what the client calls it; holder the process that carries it, by a name that it keeps.
-- @unless transfers.transfer_name
ALTER TABLE transfers ADD COLUMN transfer_name VARCHAR(255) NULL;

-- @unless transfers.client
ALTER TABLE transfers ADD COLUMN client VARCHAR(255) NULL;

-- @unless transfers.messages
ALTER TABLE transfers ADD COLUMN messages BIGINT NULL;

-- @unless transfers.holder
ALTER TABLE transfers ADD COLUMN holder VARCHAR(64) NULL;
