-- Times and periods are in microseconds; times since 1970-01-01 UTC.

-- A reminder comes due while its silo may be gone, so it is found by the hash range of the grain that owns it.
CREATE TABLE IF NOT EXISTS reminders (
    grain_id      VARCHAR(512) NOT NULL,
    reminder_name VARCHAR(150) NOT NULL,
    grain_hash    BIGINT       NOT NULL,
    start_at      BIGINT       NOT NULL,
    period        BIGINT       NOT NULL,
    etag          VARCHAR(32)  NOT NULL,
    KEY reminders_by_hash (grain_hash),
    PRIMARY KEY (grain_id, reminder_name)
);

-- The version of a cluster's membership rises with every change of it, and guards it.
CREATE TABLE IF NOT EXISTS clusters (
    cluster_id VARCHAR(150) NOT NULL,
    version    INT          NOT NULL,
    PRIMARY KEY (cluster_id)
);

-- The silos of a cluster, those that are dead included. The address has the start of the silo in it.
CREATE TABLE IF NOT EXISTS cluster_members (
    cluster_id   VARCHAR(150)  NOT NULL,
    address      VARCHAR(64)   NOT NULL,
    silo_name    VARCHAR(150)  NOT NULL,
    host_name    VARCHAR(255)  NOT NULL,
    role_name    VARCHAR(150)  NULL,
    status       INT           NOT NULL,
    gateway_port INT           NOT NULL,
    suspecters   TEXT          NOT NULL,
    started      BIGINT        NOT NULL,
    alive        BIGINT        NOT NULL,
    etag         BIGINT        NOT NULL,
    PRIMARY KEY (cluster_id, address)
);
