-- Times are microseconds since 1970-01-01 UTC, boxes parts of the picture from 0 to 1.

-- The way of one object through the picture of a camera. track is unique within the camera and never comes again.
-- The box and best_time are those of its best sight; evidence is a picture of that sight, frame_evidence the whole frame.
CREATE TABLE IF NOT EXISTS tracks (
    camera         VARCHAR(64)  NOT NULL,
    track          BIGINT       NOT NULL,
    class          VARCHAR(64)  NOT NULL,
    first_time     BIGINT       NOT NULL,
    last_time      BIGINT       NOT NULL,
    is_over        SMALLINT     NOT NULL,
    sightings      BIGINT       NOT NULL,
    best_score     DOUBLE       NOT NULL,
    best_time      BIGINT       NOT NULL,
    box_left       DOUBLE       NOT NULL,
    box_top        DOUBLE       NOT NULL,
    box_right      DOUBLE       NOT NULL,
    box_bottom     DOUBLE       NOT NULL,
    zone           VARCHAR(64)  NULL,
    read_text      VARCHAR(255) NULL,
    attributes     TEXT         NULL,
    evidence       VARCHAR(64)  NULL,
    frame_evidence VARCHAR(64)  NULL,
    KEY tracks_by_camera_time (camera, first_time, track),
    KEY tracks_by_class_time (class, first_time, camera, track),
    KEY tracks_by_time (first_time, camera, track),
    KEY tracks_by_evidence (evidence),
    KEY tracks_by_frame_evidence (frame_evidence),
    PRIMARY KEY (camera, track)
);

-- What happened in the picture: enter, leave, line, loiter, crowd, left-behind, camera-moved, camera-covered.
CREATE TABLE IF NOT EXISTS scene_events (
    id          VARCHAR(96)   NOT NULL,
    happened_at BIGINT        NOT NULL,
    camera      VARCHAR(64)   NOT NULL,
    kind        VARCHAR(32)   NOT NULL,
    zone        VARCHAR(64)   NULL,
    class       VARCHAR(64)   NULL,
    track       BIGINT        NULL,
    direction   VARCHAR(16)   NULL,
    amount      DOUBLE        NULL,
    message     VARCHAR(2000) NOT NULL,
    attributes  TEXT          NULL,
    evidence    VARCHAR(64)   NULL,
    KEY scene_events_by_time (happened_at, id),
    KEY scene_events_by_camera (camera, happened_at, id),
    KEY scene_events_by_kind (kind, happened_at, id),
    KEY scene_events_by_zone (zone, happened_at, id),
    KEY scene_events_by_track (track, camera),
    KEY scene_events_by_evidence (evidence),
    PRIMARY KEY (id)
);

-- The words of their messages, for search.
CREATE TABLE IF NOT EXISTS scene_event_words (
    word        VARCHAR(64) NOT NULL,
    happened_at BIGINT      NOT NULL,
    id          VARCHAR(96) NOT NULL,
    camera      VARCHAR(64) NOT NULL,
    KEY scene_event_words_by_time (happened_at),
    PRIMARY KEY (word, happened_at, id)
) WITHOUT ROWID;

-- Pictures and clips, named by the SHA-256 of their bytes in hexadecimal: what is stored twice is there once. The bytes
-- lie in a table of their own, so that nothing that only looks for evidence reads them.
CREATE TABLE IF NOT EXISTS evidence (
    sha256     VARCHAR(64) NOT NULL,
    media_type VARCHAR(64) NOT NULL,
    byte_size  BIGINT      NOT NULL,
    stored_at  BIGINT      NOT NULL,
    KEY evidence_by_time (stored_at, sha256),
    PRIMARY KEY (sha256)
);

CREATE TABLE IF NOT EXISTS evidence_content (
    sha256  VARCHAR(64) NOT NULL,
    content LONGBLOB    NOT NULL,
    PRIMARY KEY (sha256)
);
