-- +goose Up
-- Rows derived from the facts of delivery; times are microseconds since 1970 and 0 stands for "not known". The numbers of
-- classes, results, flags, remedies, kinds and reasons are those of the Go constants of the same names.

-- One row per application that ever had something derived. revision grows with every derivation, so that other nodes
-- notice; digest tells whether a derivation changed anything.
CREATE TABLE dora_application (
    app_no         INTEGER PRIMARY KEY,
    application_id TEXT NOT NULL UNIQUE,
    revision       BIGINT NOT NULL DEFAULT 0,
    digest         BIGINT NOT NULL DEFAULT 0,
    deployments    BIGINT NOT NULL DEFAULT 0,
    changes        BIGINT NOT NULL DEFAULT 0,
    derived_at     TIMESTAMP
);

CREATE TABLE dora_deployment (
    app_no            INTEGER NOT NULL,
    deployment_id     BIGINT NOT NULL,
    environment_class INTEGER NOT NULL,
    result            INTEGER NOT NULL,
    flags             INTEGER NOT NULL,
    remedy            INTEGER NOT NULL,
    started_at        BIGINT NOT NULL,
    finished_at       BIGINT NOT NULL,
    new_commits       BIGINT NOT NULL,
    remedy_id         BIGINT NOT NULL,
    remedied_at       BIGINT NOT NULL,
    fixes_incident    BIGINT NOT NULL,
    environment       TEXT NOT NULL,
    PRIMARY KEY (app_no, deployment_id)
);

-- One row per change and environment class; change_id is a change request, a commit or, for the history before a first
-- deployment, the deployment.
CREATE TABLE dora_change (
    app_no            INTEGER NOT NULL,
    environment_class INTEGER NOT NULL,
    kind              INTEGER NOT NULL,
    change_id         BIGINT NOT NULL,
    reason            INTEGER NOT NULL,
    flags             INTEGER NOT NULL,
    deployment_id     BIGINT NOT NULL,
    deployed_at       BIGINT NOT NULL,
    first_at          BIGINT NOT NULL,
    merged_at         BIGINT NOT NULL,
    changes           BIGINT NOT NULL,
    PRIMARY KEY (app_no, environment_class, kind, change_id)
);

-- What each incident is put down to, or why to nothing. app_no is the incident's application, deployment_app_no that of
-- the deployment; evidence holds words separated by spaces.
CREATE TABLE dora_failure (
    incident_id       BIGINT PRIMARY KEY,
    app_no            INTEGER NOT NULL,
    environment_class INTEGER NOT NULL,
    started_at        BIGINT NOT NULL,
    resolved_at       BIGINT NOT NULL,
    deployment_id     BIGINT NOT NULL,
    deployment_app_no INTEGER NOT NULL,
    confidence        DOUBLE PRECISION NOT NULL,
    source            INTEGER NOT NULL,
    reason            INTEGER NOT NULL,
    evidence          TEXT NOT NULL
);
CREATE INDEX dora_failure_by_application ON dora_failure (app_no);
CREATE INDEX dora_failure_by_blamed ON dora_failure (deployment_app_no);
CREATE INDEX dora_failure_by_deployment ON dora_failure (deployment_id);

-- What a person decided about an incident; it stands above every derivation. No deployment means that none caused it.
CREATE TABLE attribution_override (
    incident_id    BIGINT PRIMARY KEY,
    deployment_id  BIGINT,
    application_id TEXT,
    reason         TEXT NOT NULL DEFAULT '',
    decided_by     TEXT NOT NULL DEFAULT '',
    decided_at     TIMESTAMP NOT NULL,
    version        BIGINT NOT NULL DEFAULT 1
);
