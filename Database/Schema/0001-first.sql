-- Times are microseconds since 1970-01-01 UTC.

-- A frame is named by its camera and its time, a detection by its place on the frame: a repeat changes nothing.
CREATE TABLE IF NOT EXISTS detections (
    camera        VARCHAR(64)  NOT NULL,
    frame_time    BIGINT       NOT NULL,
    idx           INT          NOT NULL,
    frame_number  BIGINT       NOT NULL,
    model         VARCHAR(64)  NOT NULL,
    model_version VARCHAR(64)  NOT NULL,
    class         VARCHAR(64)  NOT NULL,
    score         DOUBLE       NOT NULL,
    box_left      DOUBLE       NOT NULL,
    box_top       DOUBLE       NOT NULL,
    box_right     DOUBLE       NOT NULL,
    box_bottom    DOUBLE       NOT NULL,
    stored_time   BIGINT       NOT NULL,
    KEY detections_by_class (camera, class, frame_time, idx),
    KEY detections_by_time (frame_time),
    PRIMARY KEY (camera, frame_time, idx)
);

CREATE TABLE IF NOT EXISTS alarms (
    id           VARCHAR(32)   NOT NULL,
    source       VARCHAR(255)  NOT NULL,
    kind         VARCHAR(64)   NOT NULL,
    message      VARCHAR(2000) NOT NULL,
    raised       BIGINT        NOT NULL,
    acknowledged BIGINT        NULL,
    cleared      BIGINT        NULL,
    KEY alarms_by_raised (raised),
    KEY alarms_by_source (source, kind, cleared),
    PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS grain_state (
    state_name  VARCHAR(255) NOT NULL,
    grain_id    VARCHAR(512) NOT NULL,
    etag        BIGINT       NOT NULL,
    payload     LONGBLOB     NULL,
    modified    BIGINT       NOT NULL,
    PRIMARY KEY (state_name, grain_id)
);
