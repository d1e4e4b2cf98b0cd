-- Times are microseconds since 1970-01-01 UTC. settings and attributes are JSON, without passwords.

-- What a site is made of, for people and their tools; what runs is set by the grains. removed is set where it is gone.
CREATE TABLE IF NOT EXISTS sites (
    site    VARCHAR(64)  NOT NULL,
    name    VARCHAR(200) NOT NULL,
    parent  VARCHAR(64)  NULL,
    updated BIGINT       NOT NULL,
    PRIMARY KEY (site)
);

CREATE TABLE IF NOT EXISTS cameras (
    camera   VARCHAR(64)  NOT NULL,
    name     VARCHAR(200) NOT NULL,
    settings TEXT         NOT NULL,
    updated  BIGINT       NOT NULL,
    removed  BIGINT       NULL,
    PRIMARY KEY (camera)
);

CREATE TABLE IF NOT EXISTS models (
    model         VARCHAR(64) NOT NULL,
    model_version VARCHAR(64) NOT NULL,
    first_seen    BIGINT      NOT NULL,
    PRIMARY KEY (model, model_version)
);

CREATE TABLE IF NOT EXISTS exchanges (
    exchange_name VARCHAR(64) NOT NULL,
    settings      TEXT        NOT NULL,
    updated       BIGINT      NOT NULL,
    removed       BIGINT      NULL,
    PRIMARY KEY (exchange_name)
);

-- One upload of rows, files or clips from a site to its parent.
CREATE TABLE IF NOT EXISTS transfers (
    id         VARCHAR(64)   NOT NULL,
    site       VARCHAR(64)   NOT NULL,
    kind       VARCHAR(32)   NOT NULL,
    item       VARCHAR(512)  NOT NULL,
    sha256     VARCHAR(64)   NULL,
    byte_size  BIGINT        NOT NULL,
    byte_done  BIGINT        NOT NULL,
    state_name VARCHAR(16)   NOT NULL,
    fault      VARCHAR(2000) NULL,
    started    BIGINT        NOT NULL,
    ended      BIGINT        NULL,
    KEY transfers_by_time (started, id),
    KEY transfers_by_state (state_name, started, id),
    PRIMARY KEY (id)
);

-- A range that was lost or dropped. id is made of its source and range: a repeat changes nothing.
CREATE TABLE IF NOT EXISTS gaps (
    id         VARCHAR(64)   NOT NULL,
    source     VARCHAR(255)  NOT NULL,
    from_time  BIGINT        NULL,
    to_time    BIGINT        NULL,
    from_place VARCHAR(64)   NULL,
    to_place   VARCHAR(64)   NULL,
    cause      VARCHAR(32)   NOT NULL,
    lost       BIGINT        NULL,
    detail     VARCHAR(2000) NOT NULL,
    noticed    BIGINT        NOT NULL,
    KEY gaps_by_time (noticed, id),
    KEY gaps_by_source (source, noticed, id),
    PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS rules (
    id       VARCHAR(64)  NOT NULL,
    name     VARCHAR(200) NOT NULL,
    kind     VARCHAR(32)  NOT NULL,
    settings TEXT         NOT NULL,
    enabled  SMALLINT     NOT NULL,
    updated  BIGINT       NOT NULL,
    PRIMARY KEY (id)
);

-- @unless alarms.rule_id
ALTER TABLE alarms ADD COLUMN rule_id VARCHAR(64) NULL;

-- The evidence of an alarm.
CREATE TABLE IF NOT EXISTS alarm_evidence (
    alarm_id VARCHAR(32) NOT NULL,
    sha256   VARCHAR(64) NOT NULL,
    added    BIGINT      NOT NULL,
    KEY alarm_evidence_by_sha256 (sha256),
    PRIMARY KEY (alarm_id, sha256)
);

-- What an alarm has gone through: raised, acknowledged, cleared; by whom, where it was a person.
CREATE TABLE IF NOT EXISTS alarm_history (
    alarm_id    VARCHAR(32)   NOT NULL,
    happened_at BIGINT        NOT NULL,
    change_name VARCHAR(16)   NOT NULL,
    user_name   VARCHAR(200)  NULL,
    note        VARCHAR(2000) NULL,
    PRIMARY KEY (alarm_id, happened_at, change_name)
);

INSERT INTO alarm_history (alarm_id, happened_at, change_name)
SELECT id, raised, 'raised' FROM alarms WHERE NOT EXISTS (SELECT 1 FROM alarm_history h WHERE h.change_name = 'raised');
INSERT INTO alarm_history (alarm_id, happened_at, change_name)
SELECT id, acknowledged, 'acknowledged' FROM alarms
WHERE acknowledged IS NOT NULL AND NOT EXISTS (SELECT 1 FROM alarm_history h WHERE h.change_name = 'acknowledged');
INSERT INTO alarm_history (alarm_id, happened_at, change_name)
SELECT id, cleared, 'cleared' FROM alarms
WHERE cleared IS NOT NULL AND NOT EXISTS (SELECT 1 FROM alarm_history h WHERE h.change_name = 'cleared');

CREATE TABLE IF NOT EXISTS users (
    user_name     VARCHAR(200) NOT NULL,
    role_name     VARCHAR(32)  NOT NULL,
    password_hash VARCHAR(512) NULL,
    enabled       SMALLINT     NOT NULL,
    created       BIGINT       NOT NULL,
    last_seen     BIGINT       NULL,
    PRIMARY KEY (user_name)
);

-- Who changed what.
CREATE TABLE IF NOT EXISTS audit (
    happened_at BIGINT        NOT NULL,
    id          VARCHAR(32)   NOT NULL,
    user_name   VARCHAR(200)  NULL,
    change_name VARCHAR(64)   NOT NULL,
    item        VARCHAR(255)  NOT NULL,
    detail      VARCHAR(2000) NULL,
    KEY audit_by_item (item, happened_at, id),
    PRIMARY KEY (happened_at, id)
);
