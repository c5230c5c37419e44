-- +goose Up
-- What other slices may read. Columns are only ever added.
CREATE VIEW v_unit AS
SELECT id, name, parent_id, path, depth, type, director_id, 'ACTIVE' AS state FROM unit;

CREATE VIEW v_person AS
SELECT id, name, email, unit_id, state, notification_email, time_zone, valid_until, is_from_directory FROM person;

CREATE VIEW v_team AS
SELECT id, name, unit_id FROM team;

CREATE VIEW v_team_member AS
SELECT team_id, person_id, lead FROM team_member;
