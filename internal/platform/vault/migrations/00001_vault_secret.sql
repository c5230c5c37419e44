-- +goose Up
CREATE TABLE vault_secret (
  ref        TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  key_id     TEXT NOT NULL,
  sealed     TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL
);
CREATE INDEX vault_secret_key ON vault_secret (key_id, ref);
