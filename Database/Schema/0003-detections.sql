-- Times are microseconds since 1970-01-01 UTC, boxes parts of the picture from 0 to 1.

-- A detection is named by the place in the stream that it came from: a repeat changes nothing, and several models may
-- look at one frame. Frame time stands first, so that the table lies in order of time on the disk.
-- stream_no is that of sink_streams; 0 are the detections that were stored before there was one.
-- @if detections.stored_time
ALTER TABLE detections RENAME TO detections_2;

CREATE TABLE IF NOT EXISTS detections (
    frame_time      BIGINT       NOT NULL,
    stream_no       INT          NOT NULL,
    stream_position BIGINT       NOT NULL,
    idx             INT          NOT NULL,
    camera          VARCHAR(64)  NOT NULL,
    frame_number    BIGINT       NOT NULL,
    model           VARCHAR(64)  NOT NULL,
    model_version   VARCHAR(64)  NOT NULL,
    class           VARCHAR(64)  NOT NULL,
    score           DOUBLE       NOT NULL,
    box_left        DOUBLE       NOT NULL,
    box_top         DOUBLE       NOT NULL,
    box_right       DOUBLE       NOT NULL,
    box_bottom      DOUBLE       NOT NULL,
    track           BIGINT       NULL,
    zone            VARCHAR(64)  NULL,
    read_text       VARCHAR(255) NULL,
    attributes      TEXT         NULL,
    stored_at       BIGINT       NOT NULL,
    KEY detections_by_camera_time (camera, frame_time, stream_no, stream_position, idx),
    KEY detections_by_camera_class (camera, class, frame_time, stream_no, stream_position, idx),
    KEY detections_by_class_time (class, frame_time, stream_no, stream_position, idx),
    KEY detections_by_zone (zone, frame_time, stream_no, stream_position, idx),
    PRIMARY KEY (frame_time, stream_no, stream_position, idx)
) WITHOUT ROWID;

-- The words of what was read on an object (a plate, a sign), for search.
CREATE TABLE IF NOT EXISTS detection_words (
    word            VARCHAR(64) NOT NULL,
    frame_time      BIGINT      NOT NULL,
    stream_no       INT         NOT NULL,
    stream_position BIGINT      NOT NULL,
    idx             INT         NOT NULL,
    camera          VARCHAR(64) NOT NULL,
    KEY detection_words_by_time (frame_time),
    PRIMARY KEY (word, frame_time, stream_no, stream_position, idx)
) WITHOUT ROWID;

-- How much was detected in each minute, hour and day (width and bucket are microseconds): kept by the sink in the
-- transaction that stores the detections, so that charts of months need not read them. most_at_once is the most
-- objects of the class on one frame.
CREATE TABLE IF NOT EXISTS detection_counts (
    camera       VARCHAR(64) NOT NULL,
    width        BIGINT      NOT NULL,
    bucket       BIGINT      NOT NULL,
    class        VARCHAR(64) NOT NULL,
    detections   BIGINT      NOT NULL,
    most_at_once BIGINT      NOT NULL,
    KEY detection_counts_by_time (width, bucket),
    PRIMARY KEY (camera, width, bucket, class)
) WITHOUT ROWID;

-- A camera's detections of one frame had idx 0, 1 …: with the frame's time as position the key holds among cameras
-- only if the cameras differ in it, so each camera of the old table gets a number of its own below 0.
-- @if detections_2.stored_time
INSERT INTO detections (
    frame_time, stream_no, stream_position, idx, camera, frame_number, model, model_version, class, score,
    box_left, box_top, box_right, box_bottom, stored_at)
SELECT o.frame_time, -c.camera_no, o.frame_time, o.idx, o.camera, o.frame_number, o.model, o.model_version, o.class, o.score,
       o.box_left, o.box_top, o.box_right, o.box_bottom, o.stored_time
FROM detections_2 o
JOIN (SELECT a.camera AS camera, COUNT(*) AS camera_no
      FROM (SELECT DISTINCT camera FROM detections_2) a JOIN (SELECT DISTINCT camera FROM detections_2) b ON b.camera <= a.camera
      GROUP BY a.camera) c ON c.camera = o.camera
WHERE NOT EXISTS (SELECT 1 FROM detections d WHERE d.stream_no < 0);

-- @if detections_2.stored_time
INSERT INTO detection_counts (camera, width, bucket, class, detections, most_at_once)
SELECT camera, width, frame_time - frame_time % width, class, SUM(objects), MAX(objects)
FROM (SELECT camera, frame_time, class, COUNT(*) AS objects FROM detections GROUP BY camera, frame_time, class) frames
CROSS JOIN (SELECT 60000000 AS width UNION ALL SELECT 3600000000 UNION ALL SELECT 86400000000) widths
WHERE NOT EXISTS (SELECT 1 FROM detection_counts c WHERE c.width > 0)
GROUP BY camera, width, frame_time - frame_time % width, class;

-- @if detections_2.stored_time
DROP TABLE detections_2;
