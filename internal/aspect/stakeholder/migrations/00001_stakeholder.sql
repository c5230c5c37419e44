-- +goose Up
-- One row per record that has had stakeholders: its version is the ETag of the list, and touching it makes changes of
-- the list take turns.
CREATE TABLE stakeholder_list (
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    version      BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (subject_kind, subject_id)
);

CREATE TABLE stakeholder (
    id           TEXT PRIMARY KEY,
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    unit_id      TEXT NOT NULL,
    person_id    TEXT,
    team_id      TEXT,
    responsible  BOOLEAN NOT NULL DEFAULT FALSE,
    accountable  BOOLEAN NOT NULL DEFAULT FALSE,
    consulted    BOOLEAN NOT NULL DEFAULT FALSE,
    informed     BOOLEAN NOT NULL DEFAULT FALSE,
    roles        JSONB NOT NULL,
    created_at   TIMESTAMP NOT NULL,
    updated_at   TIMESTAMP NOT NULL,
    CHECK ((person_id IS NULL) <> (team_id IS NULL))
);
CREATE UNIQUE INDEX stakeholder_person_once ON stakeholder (subject_kind, subject_id, person_id) WHERE person_id IS NOT NULL;
CREATE UNIQUE INDEX stakeholder_team_once ON stakeholder (subject_kind, subject_id, team_id) WHERE team_id IS NOT NULL;
CREATE UNIQUE INDEX stakeholder_one_accountable ON stakeholder (subject_kind, subject_id) WHERE accountable;
CREATE INDEX stakeholder_person ON stakeholder (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX stakeholder_team ON stakeholder (team_id) WHERE team_id IS NOT NULL;
CREATE INDEX stakeholder_unit ON stakeholder (unit_id);
