-- +goose Up
CREATE TABLE job (
  id               BIGINT PRIMARY KEY,
  kind             TEXT NOT NULL,
  queue            TEXT NOT NULL,
  args             TEXT NOT NULL,
  state            TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
  unique_key       TEXT,
  run_at           TIMESTAMP NOT NULL,
  attempt          INTEGER NOT NULL DEFAULT 0,
  max_attempts     INTEGER NOT NULL,
  worker           TEXT,
  lease_until      TIMESTAMP,
  cancel_requested BOOLEAN NOT NULL DEFAULT FALSE,
  progress_done    BIGINT NOT NULL DEFAULT 0,
  progress_total   BIGINT NOT NULL DEFAULT 0,
  progress_note    TEXT NOT NULL DEFAULT '',
  error            TEXT NOT NULL DEFAULT '',
  created_at       TIMESTAMP NOT NULL,
  started_at       TIMESTAMP,
  finished_at      TIMESTAMP
);
CREATE UNIQUE INDEX job_unique ON job (kind, unique_key) WHERE state = 'waiting' AND unique_key IS NOT NULL;
CREATE INDEX job_due ON job (queue, run_at, id) WHERE state = 'waiting';
CREATE INDEX job_lease ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_state ON job (state, id);
CREATE INDEX job_finished ON job (state, finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE job_schedule (
  name             TEXT PRIMARY KEY,
  interval_seconds BIGINT NOT NULL,
  next_at          TIMESTAMP NOT NULL
);
