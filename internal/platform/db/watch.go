package db

import "github.com/uptrace/bun"

// Watch adds a hook that sees every statement, for telemetry and for tests that count statements. Call it before the
// database is used by several goroutines.
func (d *DB) Watch(hook bun.QueryHook) {
	same := d.reader == d.writer
	d.writer = d.writer.WithQueryHook(hook)
	if same {
		d.reader = d.writer
		return
	}
	d.reader = d.reader.WithQueryHook(hook)
}
