-- +goose Up
CREATE TABLE report_subscription (
    id         TEXT PRIMARY KEY,
    owner_id   TEXT NOT NULL,
    -- Without a unit the report is about everything its owner may see.
    unit_id    TEXT,
    day        BIGINT NOT NULL CHECK (day BETWEEN 1 AND 28),
    format     TEXT NOT NULL CHECK (format IN ('xlsx', 'pdf')),
    zone       TEXT NOT NULL,
    recipients JSONB NOT NULL,
    version    BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX report_subscription_owner ON report_subscription (owner_id, created_at, id);
CREATE INDEX report_subscription_unit ON report_subscription (unit_id) WHERE unit_id IS NOT NULL;

-- One report that is sent: by the calendar once a month, or because its owner asked for it.
CREATE TABLE report_dispatch (
    id              TEXT PRIMARY KEY,
    subscription_id TEXT NOT NULL REFERENCES report_subscription (id) ON DELETE CASCADE,
    month           TEXT NOT NULL,
    by_hand         BOOLEAN NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
    problem         TEXT NOT NULL DEFAULT '',
    attempts        BIGINT NOT NULL DEFAULT 0,
    lease_until     TIMESTAMP,
    created_at      TIMESTAMP NOT NULL,
    sent_at         TIMESTAMP
);
CREATE UNIQUE INDEX report_dispatch_once ON report_dispatch (subscription_id, month) WHERE NOT by_hand;
CREATE INDEX report_dispatch_latest ON report_dispatch (subscription_id, created_at);

-- A report reads every booking that overlaps a window, whatever became of it. Those that last longer than a month are few
-- and found by this.
CREATE INDEX booking_environment_long ON booking_environment (from_at, to_at) WHERE lasts_long;
