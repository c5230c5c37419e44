-- +goose Up
-- The words an incident is found by: those of its title, its key and its external id, folded.
-- Beginnings are ranges, so text is compared byte by byte, whatever the language of the database; SQLite does so by itself.
CREATE TABLE incident_word (
    incident_id BIGINT NOT NULL,
    word        TEXT COLLATE "C" NOT NULL,
    at          TIMESTAMP NOT NULL,
    PRIMARY KEY (incident_id, word)
);
CREATE INDEX incident_word_search ON incident_word (word, at DESC, incident_id);

-- Deployments are found by the beginning of a version, an external id, a service or a commit.
CREATE INDEX deployment_search_version ON deployment ((lower(version) COLLATE "C"), at DESC) WHERE version <> '';
CREATE INDEX deployment_search_service ON deployment ((lower(service) COLLATE "C"), at DESC) WHERE service <> '';
CREATE INDEX deployment_search_external ON deployment ((lower(external_id) COLLATE "C"), at DESC);
CREATE INDEX deployment_commit_search ON deployment_commit (commit_sha COLLATE "C", deployment_id);
