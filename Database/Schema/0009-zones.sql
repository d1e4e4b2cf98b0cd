-- Times are microseconds since 1970-01-01 UTC.

-- The detections that are in a zone, by zone. An index over the detections' own column has, in all databases but SQLite, an
-- entry for each detection, and most are in none. A fill that was cut off begins again with an empty table.
DROP TABLE IF EXISTS detection_zones;

CREATE TABLE IF NOT EXISTS detection_zones (
    zone            VARCHAR(64) NOT NULL,
    frame_time      BIGINT      NOT NULL,
    stream_no       INT         NOT NULL,
    stream_position BIGINT      NOT NULL,
    idx             INT         NOT NULL,
    camera          VARCHAR(64) NOT NULL,
    KEY detection_zones_by_time (frame_time),
    PRIMARY KEY (zone, frame_time, stream_no, stream_position, idx)
) WITHOUT ROWID;

-- @daily SELECT MIN(frame_time), MAX(frame_time) FROM detections
INSERT INTO detection_zones (zone, frame_time, stream_no, stream_position, idx, camera)
SELECT zone, frame_time, stream_no, stream_position, idx, camera
FROM detections
WHERE zone IS NOT NULL AND frame_time >= @from AND frame_time < @to;

DROP INDEX detections_by_zone ON detections;
