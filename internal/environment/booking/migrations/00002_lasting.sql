-- +goose Up
-- What lasts long is looked for whatever became of it, by reports too; it is few.
DROP INDEX booking_environment_lasting;
CREATE INDEX booking_environment_lasting ON booking_environment (environment_id, from_at, to_at) WHERE lasts_long;
