-- +goose Up
-- One row per event and recipient: why somebody was told, in the inbox, by a mail or both.
CREATE TABLE notification (
    id            TEXT PRIMARY KEY,
    event_id      TEXT NOT NULL,
    event_kind    TEXT NOT NULL,
    subject_kind  TEXT NOT NULL,
    subject_id    TEXT NOT NULL,
    -- recipient_key is the person's id, or the outside address in lower case.
    recipient_key TEXT NOT NULL,
    person_id     TEXT,
    reason        TEXT NOT NULL,
    sentence      TEXT NOT NULL,
    actor_name    TEXT NOT NULL,
    at            TIMESTAMP NOT NULL,
    in_inbox      BOOLEAN NOT NULL,
    delivery_id   TEXT
);
CREATE UNIQUE INDEX notification_once ON notification (event_id, recipient_key);
CREATE INDEX notification_thread ON notification (person_id, subject_kind, subject_id, at, id) WHERE in_inbox;
CREATE INDEX notification_delivery ON notification (delivery_id) WHERE delivery_id IS NOT NULL;
CREATE INDEX notification_at ON notification (at);

-- One row per person and record: what a person sees in the inbox.
CREATE TABLE inbox_thread (
    id           TEXT PRIMARY KEY,
    person_id    TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    unit_id      TEXT NOT NULL,
    label        TEXT NOT NULL,
    label_key    TEXT NOT NULL,
    reason       TEXT NOT NULL,
    sentence     TEXT NOT NULL,
    actor_name   TEXT NOT NULL,
    unread       BIGINT NOT NULL,
    last_at      TIMESTAMP NOT NULL,
    archived     BOOLEAN NOT NULL DEFAULT FALSE,
    -- notice_id is new with every change; open screens learn of it by that.
    notice_id    TEXT NOT NULL,
    changed_at   TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX inbox_thread_once ON inbox_thread (person_id, subject_kind, subject_id);
CREATE INDEX inbox_thread_order ON inbox_thread (person_id, archived, last_at, id);
CREATE INDEX inbox_thread_unread ON inbox_thread (person_id) WHERE unread > 0;
CREATE INDEX inbox_thread_changed ON inbox_thread (changed_at);
CREATE INDEX inbox_thread_unit ON inbox_thread (unit_id);

-- One row per mail: it collects until it is due, then it is queued until the server took it.
CREATE TABLE mail_delivery (
    id            TEXT PRIMARY KEY,
    recipient_key TEXT NOT NULL,
    person_id     TEXT,
    recipient     TEXT NOT NULL,
    address       TEXT NOT NULL,
    mode          TEXT NOT NULL CHECK (mode IN ('at_once', 'digest')),
    subject_kind  TEXT NOT NULL DEFAULT '',
    subject_id    TEXT NOT NULL DEFAULT '',
    label         TEXT NOT NULL,
    title         TEXT NOT NULL DEFAULT '',
    state         TEXT NOT NULL CHECK (state IN ('collecting', 'queued', 'sent', 'failed', 'dropped')),
    first_at      TIMESTAMP NOT NULL,
    last_at       TIMESTAMP NOT NULL,
    due_at        TIMESTAMP NOT NULL,
    attempts      BIGINT NOT NULL DEFAULT 0,
    resends       BIGINT NOT NULL DEFAULT 0,
    problem       TEXT NOT NULL DEFAULT '',
    lease_until   TIMESTAMP,
    sent_at       TIMESTAMP,
    created_at    TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX mail_delivery_collecting ON mail_delivery (recipient_key, mode, subject_kind, subject_id) WHERE state = 'collecting';
CREATE INDEX mail_delivery_order ON mail_delivery (created_at, id);
CREATE INDEX mail_delivery_state ON mail_delivery (state, created_at, id);
CREATE INDEX mail_delivery_due ON mail_delivery (due_at) WHERE state IN ('collecting', 'queued');
CREATE INDEX mail_delivery_person ON mail_delivery (person_id) WHERE person_id IS NOT NULL;

-- What an administrator made of the standard mail of a topic; without a row the standard holds.
CREATE TABLE mail_template (
    topic      TEXT PRIMARY KEY,
    active     BOOLEAN NOT NULL,
    subject    TEXT NOT NULL,
    body       TEXT NOT NULL,
    recipients JSONB NOT NULL,
    version    BIGINT NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    updated_by TEXT NOT NULL
);

-- How a person wants to be told; without rows the standards hold.
CREATE TABLE notification_setting (
    person_id  TEXT PRIMARY KEY,
    quiet_from TEXT NOT NULL,
    quiet_to   TEXT NOT NULL,
    digest_at  TEXT NOT NULL,
    time_zone  TEXT NOT NULL,
    version    BIGINT NOT NULL
);
CREATE TABLE notification_choice (
    person_id TEXT NOT NULL,
    topic     TEXT NOT NULL,
    inbox     BOOLEAN NOT NULL,
    mail      TEXT NOT NULL CHECK (mail IN ('at_once', 'digest', 'off')),
    PRIMARY KEY (person_id, topic)
);
