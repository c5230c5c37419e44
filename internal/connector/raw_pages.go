package connector

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

var facts = ref.NewFacts()

// keepPages stores pages as they came, compressed. A page that is the same as one stored before replaces it and moves to
// the end, so that a replay meets the newest state last.
func (s *Service) keepPages(ctx context.Context, c Connector, id ref.Connection, scope string, pages []Page) error {
	rows := make([][]any, 0, len(pages))
	at := map[string]int{}
	now := s.Clock.Now()
	for _, p := range pages {
		raw, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("page of %s: %w", p.Endpoint, err)
		}
		sum := sha256.Sum256(raw)
		key := hex.EncodeToString(sum[:16])
		packed, err := pack(raw)
		if err != nil {
			return err
		}
		row := []any{int64(facts.Next()), string(id), scope, p.Endpoint, p.URL, key, packed, now, subjectOf(c, scope, p)}
		if i, twice := at[key]; twice {
			rows[i] = row
			continue
		}
		at[key] = len(rows)
		rows = append(rows, row)
	}
	for _, chunk := range db.Chunks(rows, 100) {
		err := s.DB.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
			return tx.BulkUpsert(ctx, "raw_page", []string{"id", "connection_id", "scope_id", "endpoint", "url", "page_key", "content", "received_at", "subject"},
				[]string{"connection_id", "page_key"}, []string{"id", "received_at"}, "", chunk)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// packers are compressors to use again: each holds more than a megabyte of tables.
var packers = sync.Pool{New: func() any {
	z, err := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return z
}}

func pack(raw []byte) ([]byte, error) {
	var b bytes.Buffer
	z := packers.Get().(*gzip.Writer)
	defer packers.Put(z)
	z.Reset(&b)
	if _, err := z.Write(raw); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func unpack(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, MaxPageBytes+1<<20))
}

const replayBatch = 50

type rawPageRow struct {
	ID      int64  `bun:"id"`
	Content []byte `bun:"content"`
}

// replay maps every stored page of the connection again under the present rules, without asking the tool, and takes
// back what the old rules made and the new ones do not.
func (w *work) replay(ctx context.Context) error {
	if w.run.Total == 0 {
		err := w.s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
			n, err := tx.NewSelect().Table("raw_page").Where("connection_id = ?", w.row.ID).Count(ctx)
			w.run.Total = n
			return err
		})
		if err != nil {
			return err
		}
	}
	for {
		var rows []rawPageRow
		err := w.s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
			return tx.NewSelect().Table("raw_page").Column("id", "content").Where("connection_id = ? AND id > ?", w.row.ID, w.run.ResumeAfter).
				OrderExpr("id").Limit(replayBatch).Scan(ctx, &rows)
		})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		if err := w.replayBatch(ctx, rows); err != nil {
			return err
		}
	}
	started := *w.run.StartedAt
	if _, err := w.s.Ingest.Retract(ctx, w.row.ID, started); err != nil {
		return fmt.Errorf("retract: %w", err)
	}
	return w.s.clearUnmapped(ctx, w.row.ID, started)
}

func (w *work) replayBatch(ctx context.Context, rows []rawPageRow) error {
	pages := make([]Page, 0, len(rows))
	for _, r := range rows {
		raw, err := unpack(r.Content)
		if err != nil {
			return fmt.Errorf("stored page %d: %w", r.ID, err)
		}
		var p Page
		if err := json.Unmarshal(raw, &p); err != nil {
			return fmt.Errorf("stored page %d: %w", r.ID, err)
		}
		pages = append(pages, p)
	}
	records, unmapped, err := w.s.mapAndIngest(ctx, w.connector, w.row, pages, ingestion{anew: *w.run.StartedAt})
	if err != nil {
		return err
	}
	w.run.Pages += int64(len(pages))
	w.run.Records += records
	w.run.Unmapped += unmapped
	w.run.Done = w.run.Pages
	w.run.ResumeAfter = rows[len(rows)-1].ID
	w.run.Note = "Mapping stored pages again"
	return w.s.DB.Write(ctx, w.saveProgress)
}

const sampleLimit = 600

func shorten(s string) string {
	s = strings.TrimSpace(s)
	return s[:min(len(s), sampleLimit)]
}

// noteUnmapped adds to the list of what the rules could not map.
func (s *Service) noteUnmapped(ctx context.Context, id ref.Connection, left []Unmapped, anew time.Time) error {
	if len(left) == 0 {
		return nil
	}
	type key struct{ endpoint, reason string }
	count := map[key]int64{}
	sample := map[key]string{}
	for _, u := range left {
		k := key{u.Endpoint, u.Reason}
		count[k]++
		if sample[k] == "" {
			sample[k] = strings.ToValidUTF8(strings.ReplaceAll(shorten(u.Message+"\n"+u.Sample), "\x00", ""), "")
		}
	}
	now := s.Clock.Now()
	return s.DB.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
		for k, n := range count {
			_, err := tx.ExecContext(ctx, `INSERT INTO unmapped_page (connection_id, endpoint, reason, sample, occurrences, first_seen_at, last_seen_at)
				VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (connection_id, endpoint, reason) DO UPDATE
				SET occurrences = excluded.occurrences + CASE WHEN unmapped_page.last_seen_at < ? THEN 0 ELSE unmapped_page.occurrences END, last_seen_at = excluded.last_seen_at, sample = excluded.sample`,
				id, k.endpoint, k.reason, sample[k], n, now, now, anew)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// clearUnmapped forgets what was not seen again since t, after a replay.
func (s *Service) clearUnmapped(ctx context.Context, id ref.Connection, t time.Time) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM unmapped_page WHERE connection_id = ? AND last_seen_at < ?", id, t)
		return err
	})
}
