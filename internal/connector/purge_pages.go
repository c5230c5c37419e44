package connector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Versioned is implemented by connectors that can tell which pages are versions of one thing, so that older versions
// need not be kept for good. Subject returns the same text for pages of which the newest says all that the others say,
// and "" for a page that nothing supersedes.
type Versioned interface {
	Subject(page Page) string
}

// subjectOf is what is stored of a page's subject; a text of fixed length, because addresses may be long.
func subjectOf(c Connector, scope string, p Page) string {
	v, ok := c.(Versioned)
	if !ok {
		return ""
	}
	subject := v.Subject(p)
	if subject == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(scope + "\n" + p.Endpoint + "\n" + subject))
	return hex.EncodeToString(sum[:16])
}

// PurgePages removes raw pages that came more than the configured days ago and that a newer version supersedes, and
// returns how many went. The newest version of each page stays for good: replays need it.
func (s *Service) PurgePages(ctx context.Context) (removed int64, err error) {
	if s.KeepPagesFor <= 0 {
		return 0, nil
	}
	before := s.Clock.Now().Add(-s.KeepPagesFor)
	var connection ref.Connection
	subject := ""
	for {
		var groups []struct {
			Connection ref.Connection `bun:"connection_id"`
			Subject    string         `bun:"subject"`
			Newest     int64          `bun:"newest"`
		}
		err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
			return tx.NewSelect().Table("raw_page").Column("connection_id", "subject").ColumnExpr("max(id) AS newest").
				Where("subject <> ''").Where("(connection_id, subject) > (?, ?)", connection, subject).
				GroupExpr("connection_id, subject").Having("count(*) > 1").OrderExpr("connection_id, subject").Limit(purgeAtOnce).Scan(ctx, &groups)
		})
		if err != nil || len(groups) == 0 {
			return removed, err
		}
		var gone int64
		err = s.DB.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
			gone = 0
			for _, g := range groups {
				res, err := tx.ExecContext(ctx, "DELETE FROM raw_page WHERE connection_id = ? AND subject = ? AND subject <> '' AND id < ? AND received_at < ?",
					g.Connection, g.Subject, g.Newest, before)
				if err != nil {
					return err
				}
				n, _ := res.RowsAffected()
				gone += n
			}
			return nil
		})
		if err != nil {
			return removed, err
		}
		removed += gone
		connection, subject = groups[len(groups)-1].Connection, groups[len(groups)-1].Subject
	}
}

// purgeAtOnce is how many things one transaction looks at.
const purgeAtOnce = 200

// Days is a setting of days as the time they last.
func Days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
