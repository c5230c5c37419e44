-- +goose Up
-- Every fact has a BIGINT id that is a hash of (connection, kind, external id), so that a reference to another fact needs
-- no look-up and may arrive before it. No foreign keys between facts for that reason. connection_id '' stands for the API.
-- revision orders the versions of one record: an older one never overwrites a newer.
-- at is the time lists are sorted by: the latest of the times that say when the thing happened.
-- seen_at is when the record last arrived, in whatever version.
-- The original value of a normalised column stands in the column that ends in _raw.

CREATE TABLE repository (
    id             BIGINT PRIMARY KEY,
    connection_id  TEXT NOT NULL DEFAULT '',
    external_id    TEXT NOT NULL DEFAULT '',
    repository_key TEXT NOT NULL DEFAULT '',
    name           TEXT NOT NULL DEFAULT '',
    url            TEXT NOT NULL DEFAULT '',
    clone_url      TEXT NOT NULL DEFAULT '',
    description    TEXT NOT NULL DEFAULT '',
    language       TEXT NOT NULL DEFAULT '',
    owner_id       TEXT NOT NULL DEFAULT '',
    forked_from    TEXT NOT NULL DEFAULT '',
    default_ref    TEXT NOT NULL DEFAULT '',
    is_archived    BOOLEAN NOT NULL DEFAULT FALSE,
    created_at     TIMESTAMP,
    updated_at     TIMESTAMP,
    at             TIMESTAMP NOT NULL,
    revision       BIGINT NOT NULL
);
CREATE INDEX repository_by_key ON repository (repository_key);
CREATE INDEX repository_by_name ON repository (name, id);

-- Every name a repository goes by: hash of a repository key, or of (connection, 'repository', external id).
CREATE TABLE repository_alias (
    id             BIGINT PRIMARY KEY,
    repository_id  BIGINT NOT NULL,
    repository_key TEXT NOT NULL DEFAULT '',
    connection_id  TEXT NOT NULL DEFAULT '',
    external_id    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX repository_alias_by_repository ON repository_alias (repository_id);
CREATE INDEX repository_alias_by_key ON repository_alias (repository_key) WHERE repository_key <> '';

-- Which applications a repository belongs to: what the catalogue says and what rules say, kept up to date by both.
CREATE TABLE repository_application (
    repository_id  BIGINT NOT NULL,
    application_id TEXT NOT NULL,
    path_prefix    TEXT NOT NULL DEFAULT '',
    source         TEXT NOT NULL CHECK (source IN ('catalog', 'rule')),
    PRIMARY KEY (repository_id, application_id, path_prefix)
);
CREATE INDEX repository_application_by_application ON repository_application (application_id, repository_id);

CREATE TABLE tool_account (
    id            BIGINT PRIMARY KEY,
    connection_id TEXT NOT NULL DEFAULT '',
    external_id   TEXT NOT NULL,
    user_name     TEXT NOT NULL DEFAULT '',
    full_name     TEXT NOT NULL DEFAULT '',
    email         TEXT NOT NULL DEFAULT '',
    avatar_url    TEXT NOT NULL DEFAULT '',
    url           TEXT NOT NULL DEFAULT '',
    organization  TEXT NOT NULL DEFAULT '',
    is_bot        BOOLEAN NOT NULL DEFAULT FALSE,
    person_id     TEXT,
    person_by     TEXT NOT NULL DEFAULT '' CHECK (person_by IN ('', 'email', 'rule', 'hand')),
    created_at    TIMESTAMP,
    revision      BIGINT NOT NULL,
    version       BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX tool_account_by_person ON tool_account (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX tool_account_by_email ON tool_account (email) WHERE email <> '';
CREATE INDEX tool_account_by_name ON tool_account (user_name, id);

CREATE TABLE board (
    id             BIGINT PRIMARY KEY,
    connection_id  TEXT NOT NULL DEFAULT '',
    external_id    TEXT NOT NULL,
    name           TEXT NOT NULL DEFAULT '',
    description    TEXT NOT NULL DEFAULT '',
    url            TEXT NOT NULL DEFAULT '',
    type           TEXT NOT NULL DEFAULT '',
    repository_id  BIGINT,
    application_id TEXT,
    created_at     TIMESTAMP,
    revision       BIGINT NOT NULL,
    seen_at TIMESTAMP
);
CREATE INDEX board_by_application ON board (application_id);

CREATE TABLE work_item (
    id                        BIGINT PRIMARY KEY,
    connection_id             TEXT NOT NULL DEFAULT '',
    external_id               TEXT NOT NULL,
    application_id            TEXT,
    key                       TEXT NOT NULL DEFAULT '',
    title                     TEXT NOT NULL DEFAULT '',
    url                       TEXT NOT NULL DEFAULT '',
    type                      TEXT NOT NULL DEFAULT '',
    type_raw                  TEXT NOT NULL DEFAULT '',
    status                    TEXT NOT NULL DEFAULT '',
    status_raw                TEXT NOT NULL DEFAULT '',
    story_point               DOUBLE PRECISION,
    created_at                TIMESTAMP,
    updated_at                TIMESTAMP,
    resolved_at               TIMESTAMP,
    due_at                    TIMESTAMP,
    at                        TIMESTAMP NOT NULL,
    lead_time_minutes         BIGINT,
    original_estimate_minutes BIGINT,
    time_spent_minutes        BIGINT,
    time_remaining_minutes    BIGINT,
    parent_id                 BIGINT,
    is_subtask                BOOLEAN NOT NULL DEFAULT FALSE,
    epic_key                  TEXT NOT NULL DEFAULT '',
    priority                  TEXT NOT NULL DEFAULT '',
    severity                  TEXT NOT NULL DEFAULT '',
    urgency                   TEXT NOT NULL DEFAULT '',
    component                 TEXT NOT NULL DEFAULT '',
    original_project          TEXT NOT NULL DEFAULT '',
    fix_versions              TEXT NOT NULL DEFAULT '',
    creator_id                BIGINT,
    creator_name              TEXT NOT NULL DEFAULT '',
    assignee_id               BIGINT,
    assignee_name             TEXT NOT NULL DEFAULT '',
    revision                  BIGINT NOT NULL,
    description               TEXT NOT NULL DEFAULT '',
    seen_at TIMESTAMP
);
CREATE INDEX work_item_by_application ON work_item (application_id, at, id);
CREATE INDEX work_item_by_time ON work_item (at, id);
CREATE INDEX work_item_by_key ON work_item (key);
CREATE INDEX work_item_incident ON work_item (application_id, id) WHERE type = 'INCIDENT';

CREATE TABLE work_item_change (
    id             BIGINT PRIMARY KEY,
    connection_id  TEXT NOT NULL DEFAULT '',
    external_id    TEXT NOT NULL,
    work_item_id   BIGINT NOT NULL,
    field_id       TEXT NOT NULL DEFAULT '',
    field_name     TEXT NOT NULL DEFAULT '',
    from_value     TEXT NOT NULL DEFAULT '',
    from_value_raw TEXT NOT NULL DEFAULT '',
    to_value       TEXT NOT NULL DEFAULT '',
    to_value_raw   TEXT NOT NULL DEFAULT '',
    author_id      BIGINT,
    author_name    TEXT NOT NULL DEFAULT '',
    created_at     TIMESTAMP,
    seen_at TIMESTAMP
);
CREATE INDEX work_item_change_by_item ON work_item_change (work_item_id, created_at);

CREATE TABLE work_item_label (
    work_item_id BIGINT NOT NULL,
    label_name   TEXT NOT NULL,
    PRIMARY KEY (work_item_id, label_name)
);

CREATE TABLE work_item_assignee (
    work_item_id  BIGINT NOT NULL,
    assignee_id   BIGINT NOT NULL,
    assignee_name TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (work_item_id, assignee_id)
);

CREATE TABLE work_item_comment (
    id            BIGINT PRIMARY KEY,
    connection_id TEXT NOT NULL DEFAULT '',
    external_id   TEXT NOT NULL,
    work_item_id  BIGINT NOT NULL,
    account_id    BIGINT,
    body          TEXT NOT NULL DEFAULT '',
    created_at    TIMESTAMP,
    updated_at    TIMESTAMP,
    revision      BIGINT NOT NULL,
    seen_at TIMESTAMP
);
CREATE INDEX work_item_comment_by_item ON work_item_comment (work_item_id, created_at);

CREATE TABLE board_work_item (
    board_id     BIGINT NOT NULL,
    work_item_id BIGINT NOT NULL,
    PRIMARY KEY (board_id, work_item_id)
);
CREATE INDEX board_work_item_by_item ON board_work_item (work_item_id);

CREATE TABLE milestone (
    id            BIGINT PRIMARY KEY,
    connection_id TEXT NOT NULL DEFAULT '',
    external_id   TEXT NOT NULL,
    scope_id      TEXT NOT NULL DEFAULT '',
    title         TEXT NOT NULL DEFAULT '',
    url           TEXT NOT NULL DEFAULT '',
    state         TEXT NOT NULL DEFAULT '',
    due_at        TIMESTAMP,
    created_at    TIMESTAMP,
    updated_at    TIMESTAMP,
    closed_at     TIMESTAMP,
    revision      BIGINT NOT NULL,
    seen_at TIMESTAMP
);

CREATE TABLE change_request (
    id                 BIGINT PRIMARY KEY,
    connection_id      TEXT NOT NULL DEFAULT '',
    external_id        TEXT NOT NULL,
    repository_id      BIGINT,
    head_repository_id BIGINT,
    number             BIGINT NOT NULL DEFAULT 0,
    title              TEXT NOT NULL DEFAULT '',
    url                TEXT NOT NULL DEFAULT '',
    status             TEXT NOT NULL DEFAULT '',
    status_raw         TEXT NOT NULL DEFAULT '',
    type               TEXT NOT NULL DEFAULT '',
    component          TEXT NOT NULL DEFAULT '',
    author_id          BIGINT,
    author_name        TEXT NOT NULL DEFAULT '',
    merged_by_id       BIGINT,
    merged_by_name     TEXT NOT NULL DEFAULT '',
    parent_id          BIGINT,
    created_at         TIMESTAMP,
    updated_at         TIMESTAMP,
    merged_at          TIMESTAMP,
    closed_at          TIMESTAMP,
    at                 TIMESTAMP NOT NULL,
    merge_commit_sha   TEXT NOT NULL DEFAULT '',
    merge_commit_id    BIGINT,
    head_commit_sha    TEXT NOT NULL DEFAULT '',
    head_commit_id     BIGINT,
    base_commit_sha    TEXT NOT NULL DEFAULT '',
    head_ref           TEXT NOT NULL DEFAULT '',
    base_ref           TEXT NOT NULL DEFAULT '',
    additions          BIGINT,
    deletions          BIGINT,
    is_draft           BOOLEAN NOT NULL DEFAULT FALSE,
    revision           BIGINT NOT NULL,
    description        TEXT NOT NULL DEFAULT '',
    seen_at TIMESTAMP
);
CREATE INDEX change_request_by_repository ON change_request (repository_id, at, id);
CREATE INDEX change_request_by_time ON change_request (at, id);
CREATE INDEX change_request_by_merge_commit ON change_request (merge_commit_id) WHERE merge_commit_id IS NOT NULL;

-- The commits of a change request as they were proposed, before any squash or rebase.
CREATE TABLE change_request_commit (
    change_request_id BIGINT NOT NULL,
    commit_sha        TEXT NOT NULL,
    author_name       TEXT NOT NULL DEFAULT '',
    author_email      TEXT NOT NULL DEFAULT '',
    authored_at       TIMESTAMP,
    PRIMARY KEY (change_request_id, commit_sha)
);
CREATE INDEX change_request_commit_by_sha ON change_request_commit (commit_sha);

CREATE TABLE change_request_label (
    change_request_id BIGINT NOT NULL,
    label_name        TEXT NOT NULL,
    PRIMARY KEY (change_request_id, label_name)
);

CREATE TABLE change_request_work_item (
    change_request_id BIGINT NOT NULL,
    work_item_id      BIGINT NOT NULL,
    work_item_key     TEXT NOT NULL DEFAULT '',
    number            BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (change_request_id, work_item_id)
);
CREATE INDEX change_request_work_item_by_item ON change_request_work_item (work_item_id);

CREATE TABLE review_comment (
    id                BIGINT PRIMARY KEY,
    connection_id     TEXT NOT NULL DEFAULT '',
    external_id       TEXT NOT NULL,
    change_request_id BIGINT NOT NULL,
    account_id        BIGINT,
    type              TEXT NOT NULL DEFAULT '',
    status            TEXT NOT NULL DEFAULT '',
    review_id         TEXT NOT NULL DEFAULT '',
    commit_sha        TEXT NOT NULL DEFAULT '',
    body              TEXT NOT NULL DEFAULT '',
    created_at        TIMESTAMP,
    updated_at        TIMESTAMP,
    revision          BIGINT NOT NULL,
    seen_at TIMESTAMP
);
CREATE INDEX review_comment_by_change ON review_comment (change_request_id, created_at);

CREATE TABLE reviewer (
    change_request_id BIGINT NOT NULL,
    account_id        BIGINT NOT NULL,
    name              TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (change_request_id, account_id)
);

-- id is a hash of (repository, sha): one row however many connections and senders name the commit. Parents are ids made
-- the same way; a parent need not be known.
CREATE TABLE repository_commit (
    id              BIGINT PRIMARY KEY,
    repository_id   BIGINT NOT NULL,
    sha             TEXT NOT NULL,
    parent1_id      BIGINT,
    parent2_id      BIGINT,
    more_parent_ids JSONB,
    authored_at     TIMESTAMP,
    committed_at    TIMESTAMP,
    at              TIMESTAMP NOT NULL,
    author_id       BIGINT,
    author_name     TEXT NOT NULL DEFAULT '',
    author_email    TEXT NOT NULL DEFAULT '',
    committer_name  TEXT NOT NULL DEFAULT '',
    committer_email TEXT NOT NULL DEFAULT '',
    additions       BIGINT,
    deletions       BIGINT,
    message         TEXT NOT NULL DEFAULT '',
    paths           JSONB,
    connection_id   TEXT NOT NULL DEFAULT ''
);
CREATE INDEX repository_commit_by_repository ON repository_commit (repository_id, at, id);
CREATE INDEX repository_commit_by_time ON repository_commit (at, id);

CREATE TABLE pipeline_run (
    id                  BIGINT PRIMARY KEY,
    connection_id       TEXT NOT NULL DEFAULT '',
    external_id         TEXT NOT NULL,
    application_id      TEXT,
    repository_id       BIGINT,
    scope_id            TEXT NOT NULL DEFAULT '',
    name                TEXT NOT NULL DEFAULT '',
    display_title       TEXT NOT NULL DEFAULT '',
    url                 TEXT NOT NULL DEFAULT '',
    type                TEXT NOT NULL DEFAULT '',
    environment         TEXT NOT NULL DEFAULT '',
    result              TEXT NOT NULL DEFAULT '',
    result_raw          TEXT NOT NULL DEFAULT '',
    status              TEXT NOT NULL DEFAULT '',
    status_raw          TEXT NOT NULL DEFAULT '',
    attempt             BIGINT NOT NULL DEFAULT 0,
    created_at          TIMESTAMP,
    queued_at           TIMESTAMP,
    started_at          TIMESTAMP,
    finished_at         TIMESTAMP,
    at                  TIMESTAMP NOT NULL,
    duration_sec        DOUBLE PRECISION,
    queued_duration_sec DOUBLE PRECISION,
    revision            BIGINT NOT NULL,
    seen_at TIMESTAMP
);
CREATE INDEX pipeline_run_by_application ON pipeline_run (application_id, at, id);
CREATE INDEX pipeline_run_by_repository ON pipeline_run (repository_id, at, id);
CREATE INDEX pipeline_run_by_time ON pipeline_run (at, id);

CREATE TABLE pipeline_run_commit (
    pipeline_run_id BIGINT NOT NULL,
    commit_sha      TEXT NOT NULL,
    repository_id   BIGINT,
    commit_id       BIGINT,
    branch          TEXT NOT NULL DEFAULT '',
    url             TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (pipeline_run_id, commit_sha)
);
CREATE INDEX pipeline_run_commit_by_commit ON pipeline_run_commit (commit_id);
CREATE INDEX pipeline_run_commit_by_repository ON pipeline_run_commit (repository_id);

CREATE TABLE job_run (
    id                  BIGINT PRIMARY KEY,
    connection_id       TEXT NOT NULL DEFAULT '',
    external_id         TEXT NOT NULL,
    pipeline_run_id     BIGINT,
    name                TEXT NOT NULL DEFAULT '',
    url                 TEXT NOT NULL DEFAULT '',
    type                TEXT NOT NULL DEFAULT '',
    environment         TEXT NOT NULL DEFAULT '',
    result              TEXT NOT NULL DEFAULT '',
    result_raw          TEXT NOT NULL DEFAULT '',
    status              TEXT NOT NULL DEFAULT '',
    status_raw          TEXT NOT NULL DEFAULT '',
    created_at          TIMESTAMP,
    queued_at           TIMESTAMP,
    started_at          TIMESTAMP,
    finished_at         TIMESTAMP,
    duration_sec        DOUBLE PRECISION,
    queued_duration_sec DOUBLE PRECISION,
    revision            BIGINT NOT NULL,
    seen_at TIMESTAMP
);
CREATE INDEX job_run_by_run ON job_run (pipeline_run_id, started_at);

CREATE TABLE test_run (
    id              BIGINT PRIMARY KEY,
    connection_id   TEXT NOT NULL DEFAULT '',
    external_id     TEXT NOT NULL,
    application_id  TEXT,
    application_raw TEXT NOT NULL DEFAULT '',
    repository_id   BIGINT,
    commit_sha      TEXT NOT NULL DEFAULT '',
    commit_id       BIGINT,
    pipeline_run_id BIGINT,
    name            TEXT NOT NULL DEFAULT '',
    url             TEXT NOT NULL DEFAULT '',
    environment     TEXT NOT NULL DEFAULT '',
    result          TEXT NOT NULL DEFAULT '',
    result_raw      TEXT NOT NULL DEFAULT '',
    passed          BIGINT,
    failed          BIGINT,
    skipped         BIGINT,
    started_at      TIMESTAMP,
    finished_at     TIMESTAMP,
    at              TIMESTAMP NOT NULL,
    revision        BIGINT NOT NULL,
    seen_at TIMESTAMP
);
CREATE INDEX test_run_by_application ON test_run (application_id, at, id);
CREATE INDEX test_run_by_time ON test_run (at, id);
CREATE INDEX test_run_by_repository ON test_run (repository_id) WHERE repository_id IS NOT NULL;

CREATE TABLE artifact (
    id              BIGINT PRIMARY KEY,
    connection_id   TEXT NOT NULL DEFAULT '',
    external_id     TEXT NOT NULL,
    application_id  TEXT,
    application_raw TEXT NOT NULL DEFAULT '',
    repository_id   BIGINT,
    commit_sha      TEXT NOT NULL DEFAULT '',
    commit_id       BIGINT,
    pipeline_run_id BIGINT,
    name            TEXT NOT NULL DEFAULT '',
    version         TEXT NOT NULL DEFAULT '',
    purl            TEXT NOT NULL DEFAULT '',
    digest          TEXT NOT NULL DEFAULT '',
    url             TEXT NOT NULL DEFAULT '',
    created_at      TIMESTAMP,
    at              TIMESTAMP NOT NULL,
    revision        BIGINT NOT NULL,
    seen_at TIMESTAMP
);
CREATE INDEX artifact_by_application ON artifact (application_id, at, id);
CREATE INDEX artifact_by_time ON artifact (at, id);
CREATE INDEX artifact_by_repository ON artifact (repository_id) WHERE repository_id IS NOT NULL;

-- Published versions of a repository (the record kind "release"); releases as planned work belong to another slice.
CREATE TABLE repository_release (
    id            BIGINT PRIMARY KEY,
    connection_id TEXT NOT NULL DEFAULT '',
    external_id   TEXT NOT NULL,
    repository_id BIGINT,
    name          TEXT NOT NULL DEFAULT '',
    tag_name      TEXT NOT NULL DEFAULT '',
    description   TEXT NOT NULL DEFAULT '',
    url           TEXT NOT NULL DEFAULT '',
    commit_sha    TEXT NOT NULL DEFAULT '',
    commit_id     BIGINT,
    is_draft      BOOLEAN NOT NULL DEFAULT FALSE,
    is_latest     BOOLEAN NOT NULL DEFAULT FALSE,
    is_prerelease BOOLEAN NOT NULL DEFAULT FALSE,
    author_id     BIGINT,
    created_at    TIMESTAMP,
    published_at  TIMESTAMP,
    updated_at    TIMESTAMP,
    at            TIMESTAMP NOT NULL,
    revision      BIGINT NOT NULL,
    seen_at TIMESTAMP
);
CREATE INDEX repository_release_by_repository ON repository_release (repository_id, at, id);

CREATE TABLE deployment (
    id                BIGINT PRIMARY KEY,
    connection_id     TEXT NOT NULL DEFAULT '',
    external_id       TEXT NOT NULL,
    application_id    TEXT,
    -- how the application was found: 'record', 'rule', 'catalog' or ''.
    application_by    TEXT NOT NULL DEFAULT '',
    application_raw   TEXT NOT NULL DEFAULT '',
    service           TEXT NOT NULL DEFAULT '',
    scope_id          TEXT NOT NULL DEFAULT '',
    repository_id     BIGINT,
    name              TEXT NOT NULL DEFAULT '',
    display_title     TEXT NOT NULL DEFAULT '',
    url               TEXT NOT NULL DEFAULT '',
    environment       TEXT NOT NULL DEFAULT '',
    environment_raw   TEXT NOT NULL DEFAULT '',
    environment_class TEXT NOT NULL DEFAULT '',
    -- how the class was found: 'record', 'rule', 'name' (a common name) or ''.
    class_by          TEXT NOT NULL DEFAULT '',
    result            TEXT NOT NULL DEFAULT '',
    result_raw        TEXT NOT NULL DEFAULT '',
    status            TEXT NOT NULL DEFAULT '',
    status_raw        TEXT NOT NULL DEFAULT '',
    version           TEXT NOT NULL DEFAULT '',
    created_at        TIMESTAMP,
    queued_at         TIMESTAMP,
    started_at        TIMESTAMP,
    finished_at       TIMESTAMP,
    at                TIMESTAMP NOT NULL,
    duration_sec      DOUBLE PRECISION,
    pipeline_run_id   BIGINT,
    deployed_by_id    BIGINT,
    is_rollback       BOOLEAN NOT NULL DEFAULT FALSE,
    rework            BOOLEAN,
    fixes_incident    TEXT NOT NULL DEFAULT '',
    fixes_key         BIGINT,
    fixes_incident_id BIGINT,
    url_key           BIGINT,
    revision          BIGINT NOT NULL,
    seen_at TIMESTAMP
);
CREATE INDEX deployment_by_application ON deployment (application_id, at, id);
CREATE INDEX deployment_by_time ON deployment (at, id);
CREATE INDEX deployment_by_repository ON deployment (repository_id) WHERE repository_id IS NOT NULL;
CREATE INDEX deployment_by_url ON deployment (url_key) WHERE url_key IS NOT NULL;
CREATE INDEX deployment_by_run ON deployment (pipeline_run_id) WHERE pipeline_run_id IS NOT NULL;
CREATE INDEX deployment_by_fix ON deployment (fixes_incident_id) WHERE fixes_incident_id IS NOT NULL;
CREATE INDEX deployment_open_fix ON deployment (fixes_key) WHERE fixes_key IS NOT NULL AND fixes_incident_id IS NULL;

CREATE TABLE deployment_commit (
    deployment_id BIGINT NOT NULL,
    commit_sha    TEXT NOT NULL,
    repository_id BIGINT,
    commit_id     BIGINT,
    ref_name      TEXT NOT NULL DEFAULT '',
    message       TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (deployment_id, commit_sha)
);
CREATE INDEX deployment_commit_by_commit ON deployment_commit (commit_id);
CREATE INDEX deployment_commit_by_repository ON deployment_commit (repository_id);

CREATE TABLE incident (
    id                      BIGINT PRIMARY KEY,
    connection_id           TEXT NOT NULL DEFAULT '',
    external_id             TEXT NOT NULL,
    application_id          TEXT,
    application_by          TEXT NOT NULL DEFAULT '',
    application_raw         TEXT NOT NULL DEFAULT '',
    service                 TEXT NOT NULL DEFAULT '',
    key                     TEXT NOT NULL DEFAULT '',
    title                   TEXT NOT NULL DEFAULT '',
    description             TEXT NOT NULL DEFAULT '',
    url                     TEXT NOT NULL DEFAULT '',
    severity                TEXT NOT NULL DEFAULT '',
    urgency                 TEXT NOT NULL DEFAULT '',
    status                  TEXT NOT NULL DEFAULT '',
    status_raw              TEXT NOT NULL DEFAULT '',
    environment             TEXT NOT NULL DEFAULT '',
    environment_class       TEXT NOT NULL DEFAULT '',
    started_at              TIMESTAMP,
    detected_at             TIMESTAMP,
    resolved_at             TIMESTAMP,
    at                      TIMESTAMP NOT NULL,
    caused_by               TEXT NOT NULL DEFAULT '',
    caused_by_key           BIGINT,
    caused_by_deployment_id BIGINT,
    work_item_id            BIGINT,
    url_key                 BIGINT,
    revision                BIGINT NOT NULL,
    version                 BIGINT NOT NULL DEFAULT 1,
    seen_at TIMESTAMP
);
CREATE INDEX incident_by_application ON incident (application_id, at, id);
CREATE INDEX incident_by_time ON incident (at, id);
CREATE INDEX incident_by_key ON incident (key) WHERE key <> '';
CREATE INDEX incident_by_work_item ON incident (work_item_id) WHERE work_item_id IS NOT NULL;
CREATE INDEX incident_by_url ON incident (url_key) WHERE url_key IS NOT NULL;
CREATE INDEX incident_by_cause ON incident (caused_by_deployment_id) WHERE caused_by_deployment_id IS NOT NULL;
CREATE INDEX incident_open_cause ON incident (caused_by_key) WHERE caused_by_key IS NOT NULL AND caused_by_deployment_id IS NULL;

-- Rules people make. kind repository|path|board|service|environment|pipeline leads to an application; environment_class
-- leads to a class in target; account leads to an e-mail address in target, with $1 for what a regex group matched.
CREATE TABLE mapping_rule (
    id             TEXT PRIMARY KEY,
    kind           TEXT NOT NULL CHECK (kind IN ('repository', 'path', 'board', 'service', 'environment', 'pipeline', 'environment_class', 'account')),
    match          TEXT NOT NULL CHECK (match IN ('exact', 'glob', 'regex')),
    pattern        TEXT NOT NULL,
    connection_id  TEXT,
    application_id TEXT,
    target         TEXT NOT NULL DEFAULT '',
    priority       BIGINT NOT NULL DEFAULT 0,
    enabled        BOOLEAN NOT NULL DEFAULT TRUE,
    created_at     TIMESTAMP NOT NULL,
    updated_at     TIMESTAMP NOT NULL,
    version        BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX mapping_rule_by_kind ON mapping_rule (kind, priority, id);

-- One row; version grows with every change of a rule, so that every node notices.
CREATE TABLE mapping_state (
    id      BIGINT PRIMARY KEY,
    version BIGINT NOT NULL
);
INSERT INTO mapping_state (id, version) VALUES (1, 1);

CREATE TABLE mapping_replay (
    id              TEXT PRIMARY KEY,
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    repository_ids  JSONB,
    application_ids JSONB,
    done            BIGINT NOT NULL DEFAULT 0,
    total           BIGINT NOT NULL DEFAULT 0,
    changed         BIGINT NOT NULL DEFAULT 0,
    error           TEXT NOT NULL DEFAULT '',
    requested_by    TEXT NOT NULL DEFAULT '',
    created_at      TIMESTAMP NOT NULL,
    started_at      TIMESTAMP,
    finished_at     TIMESTAMP
);
CREATE INDEX mapping_replay_by_time ON mapping_replay (created_at, id);

-- What a batch of several transactions has touched so far. The last transaction turns the rows into one event; rows that
-- a killed process leaves behind are turned into one at the next start.
CREATE TABLE ingest_touch (
    batch_id       TEXT NOT NULL,
    application_id TEXT NOT NULL,
    earliest       TIMESTAMP,
    at             TIMESTAMP NOT NULL,
    PRIMARY KEY (batch_id, application_id)
);
