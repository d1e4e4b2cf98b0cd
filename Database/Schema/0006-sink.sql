-- Times are microseconds since 1970-01-01 UTC.

-- How far the sink has stored each stream of results: written in the transaction of the rows before it. What lies before
-- replay_to is read a second time and may be stored already.
CREATE TABLE IF NOT EXISTS sink_streams (
    stream_name VARCHAR(255) NOT NULL,
    stream_no   INT          NOT NULL,
    place       VARCHAR(64)  NOT NULL,
    replay_to   VARCHAR(64)  NULL,
    stored      BIGINT       NOT NULL,
    updated     BIGINT       NOT NULL,
    PRIMARY KEY (stream_name)
);

-- What a stream had and no table took, with the reason.
CREATE TABLE IF NOT EXISTS dead_letters (
    stream_name VARCHAR(255)  NOT NULL,
    place       VARCHAR(64)   NOT NULL,
    topic       VARCHAR(255)  NOT NULL,
    fault       VARCHAR(2000) NOT NULL,
    payload     LONGBLOB      NOT NULL,
    noticed     BIGINT        NOT NULL,
    KEY dead_letters_by_time (noticed, stream_name, place),
    PRIMARY KEY (stream_name, place)
);
