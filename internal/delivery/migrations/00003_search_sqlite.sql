-- +goose Up
-- The words an incident is found by: those of its title, its key and its external id, folded.
CREATE TABLE incident_word (
    incident_id BIGINT NOT NULL,
    word        TEXT NOT NULL,
    at          TIMESTAMP NOT NULL,
    PRIMARY KEY (incident_id, word)
);
CREATE INDEX incident_word_search ON incident_word (word, at DESC, incident_id);

-- Deployments are found by the beginning of a version, an external id, a service or a commit.
CREATE INDEX deployment_search_version ON deployment (lower(version), at DESC) WHERE version <> '';
CREATE INDEX deployment_search_service ON deployment (lower(service), at DESC) WHERE service <> '';
CREATE INDEX deployment_search_external ON deployment (lower(external_id), at DESC);
CREATE INDEX deployment_commit_search ON deployment_commit (commit_sha, deployment_id);
