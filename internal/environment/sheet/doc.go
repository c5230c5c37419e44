// Package sheet brings in the spreadsheets that managers of environments keep: environments, what runs in them, groups and
// bookings. An import is a record: the file, what was chosen for it, what it would do row by row, what it did, and how to
// take that back.
//
// Tables: sheet_import, sheet_file_chunk (the file), sheet_row (what becomes of each row), sheet_clash (bookings of the sheet
// that do not go together), sheet_step (what a run did), sheet_reference (which record a row of a source stands for),
// sheet_mapping (remembered choices).
//
// Invariants: a check and a run go through the same code, and only the run writes; a run is one transaction, so that it
// leaves everything or nothing; every record is written by the use cases of environment, stack and booking, with the rights
// of whoever began the import as they are then; a job that is not the latest of its import writes nothing.
package sheet
