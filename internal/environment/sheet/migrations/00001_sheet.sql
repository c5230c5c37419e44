-- +goose Up
-- An import is kept with its file: what was uploaded, what was chosen, what came of it.
CREATE TABLE sheet_import (
    id             TEXT PRIMARY KEY,
    unit_id        TEXT NOT NULL,
    kind           TEXT NOT NULL DEFAULT '' CHECK (kind IN ('', 'environments', 'components', 'groups', 'bookings')),
    state          TEXT NOT NULL CHECK (state IN ('uploaded', 'checking', 'checked', 'running', 'done', 'failed', 'undoing', 'undone', 'discarded')),
    file_name      TEXT NOT NULL,
    size           BIGINT NOT NULL DEFAULT 0,
    sha256         TEXT NOT NULL DEFAULT '',
    sheets         JSONB NOT NULL,
    choices        JSONB NOT NULL,
    notes          JSONB NOT NULL,
    counts         JSONB NOT NULL,
    questions      JSONB NOT NULL,
    consequences   JSONB NOT NULL,
    error_code     TEXT NOT NULL DEFAULT '',
    error_message  TEXT NOT NULL DEFAULT '',
    error_row      BIGINT NOT NULL DEFAULT 0,
    progress_done  BIGINT NOT NULL DEFAULT 0,
    progress_total BIGINT NOT NULL DEFAULT 0,
    same_as        TEXT,
    -- turn numbers the jobs of an import: what an older job brings is thrown away.
    turn           BIGINT NOT NULL DEFAULT 0,
    actor_kind     TEXT NOT NULL,
    actor_person   TEXT,
    actor_account  TEXT,
    actor_name     TEXT NOT NULL,
    actor_limit    JSONB NOT NULL,
    -- ready is false while the file is still coming in; nobody sees it then.
    ready          BOOLEAN NOT NULL,
    version        BIGINT NOT NULL DEFAULT 1,
    created_at     TIMESTAMP NOT NULL,
    updated_at     TIMESTAMP NOT NULL,
    finished_at    TIMESTAMP
);
CREATE INDEX sheet_import_unit ON sheet_import (unit_id, created_at, id);
CREATE INDEX sheet_import_created ON sheet_import (created_at, id);
CREATE INDEX sheet_import_file ON sheet_import (sha256, created_at);

-- The file in pieces, so that no row is large.
CREATE TABLE sheet_file_chunk (
    import_id TEXT NOT NULL REFERENCES sheet_import (id) ON DELETE CASCADE,
    part      BIGINT NOT NULL,
    content   BYTEA NOT NULL,
    PRIMARY KEY (import_id, part)
);

-- What becomes, or became, of every row. turn tells which check or run wrote it.
CREATE TABLE sheet_row (
    import_id TEXT NOT NULL REFERENCES sheet_import (id) ON DELETE CASCADE,
    turn      BIGINT NOT NULL,
    number    BIGINT NOT NULL,
    act       TEXT NOT NULL CHECK (act IN ('new', 'changed', 'unchanged', 'invalid', 'skipped')),
    label     TEXT NOT NULL DEFAULT '',
    status    TEXT NOT NULL DEFAULT '',
    clashing  BOOLEAN NOT NULL DEFAULT FALSE,
    record_id TEXT NOT NULL DEFAULT '',
    errors    JSONB NOT NULL,
    notes     JSONB NOT NULL,
    changes   JSONB NOT NULL,
    PRIMARY KEY (import_id, turn, number)
);

CREATE TABLE sheet_clash (
    import_id      TEXT NOT NULL REFERENCES sheet_import (id) ON DELETE CASCADE,
    turn           BIGINT NOT NULL,
    position       BIGINT NOT NULL,
    number         BIGINT NOT NULL,
    other_number   BIGINT NOT NULL DEFAULT 0,
    booking_id     TEXT NOT NULL DEFAULT '',
    environment_id TEXT NOT NULL,
    from_at        TIMESTAMP NOT NULL,
    to_at          TIMESTAMP NOT NULL,
    a_from_at      TIMESTAMP NOT NULL,
    a_to_at        TIMESTAMP NOT NULL,
    b_from_at      TIMESTAMP NOT NULL,
    b_to_at        TIMESTAMP NOT NULL,
    kind           TEXT NOT NULL,
    held           BOOLEAN NOT NULL,
    a_label        TEXT NOT NULL DEFAULT '',
    b_label        TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (import_id, turn, position)
);

-- What a run did, in order, so that it can be taken back.
CREATE TABLE sheet_step (
    import_id     TEXT NOT NULL REFERENCES sheet_import (id) ON DELETE CASCADE,
    position      BIGINT NOT NULL,
    number        BIGINT NOT NULL,
    act           TEXT NOT NULL,
    record_kind   TEXT NOT NULL,
    record_id     TEXT NOT NULL,
    label         TEXT NOT NULL DEFAULT '',
    owner_id      TEXT NOT NULL DEFAULT '',
    after_version BIGINT NOT NULL DEFAULT 0,
    before        JSONB NOT NULL,
    PRIMARY KEY (import_id, position)
);

-- Which record a row of a source stands for, so that the next import changes it instead of adding another.
CREATE TABLE sheet_reference (
    kind          TEXT NOT NULL,
    unit_id       TEXT NOT NULL,
    source_key    TEXT NOT NULL,
    reference_key TEXT NOT NULL,
    record_id     TEXT NOT NULL,
    import_id     TEXT NOT NULL,
    created_at    TIMESTAMP NOT NULL,
    PRIMARY KEY (kind, unit_id, source_key, reference_key)
);

-- Remembered choices: those without a name belong to a person and a header, those with one to a unit.
CREATE TABLE sheet_mapping (
    id          TEXT PRIMARY KEY,
    unit_id     TEXT NOT NULL,
    kind        TEXT NOT NULL,
    name        TEXT NOT NULL DEFAULT '',
    name_key    TEXT NOT NULL DEFAULT '',
    author_id   TEXT NOT NULL,
    author_name TEXT NOT NULL,
    signature   TEXT NOT NULL,
    content     JSONB NOT NULL,
    version     BIGINT NOT NULL DEFAULT 1,
    created_at  TIMESTAMP NOT NULL,
    updated_at  TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX sheet_mapping_named ON sheet_mapping (unit_id, kind, name_key) WHERE name_key <> '';
CREATE UNIQUE INDEX sheet_mapping_own ON sheet_mapping (author_id, kind, signature) WHERE name_key = '';
CREATE INDEX sheet_mapping_unit ON sheet_mapping (unit_id, kind, name_key);
