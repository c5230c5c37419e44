// Package audit is the read side of the event table: the history of a record, of a unit and of the whole organisation,
// searchable and exportable. It owns no table; events.Append writes the one it reads.
package audit
