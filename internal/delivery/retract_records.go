package delivery

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

// KindRetraction is the kind of a [Retraction].
const KindRetraction RecordKind = "retraction"

// Retraction says that a record is no longer there at its source. A mapping makes it beside records; it is handed to
// [Service.RetractRecords] and not to Ingest.
type Retraction struct {
	Head
	// Of and ID name the record that went.
	Of RecordKind `json:"of"`
	ID string     `json:"id"`
	// Reason tells people how that is known: "deleted at GitHub".
	Reason string `json:"reason"`
}

// NewRetraction returns a retraction of the record of a kind with an external id.
func NewRetraction(of RecordKind, externalID, reason string) Retraction {
	return Retraction{Head: Head{Kind: KindRetraction, ExternalID: string(of) + "|" + externalID}, Of: of, ID: externalID, Reason: reason}
}

// belongings are records that go with the one they belong to although they have ids of their own: table and the column
// that names it.
var belongings = map[*table][]struct {
	of     *table
	column string
}{
	tWorkItem:      {{tWorkItemChange, "work_item_id"}, {tWorkItemComment, "work_item_id"}},
	tChangeRequest: {{tReviewComment, "change_request_id"}},
	tPipelineRun:   {{tJobRun, "pipeline_run_id"}},
}

// RetractRecords takes back records of a connection that are gone at their source, with all that belongs to them, and
// says so in the history of each, unless quiet: a replay, which meets what was deleted long ago once more, adds nothing
// to the history. An incident that a person has changed stays. It returns how many of them were there.
func (s *Service) RetractRecords(ctx context.Context, connection ref.Connection, gone []Retraction, quiet bool) (removed int64, err error) {
	var touched Touched
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		removed, touched = 0, Touched{}
		all := newTouches()
		for _, t := range retractable {
			reasons := map[int64]string{}
			for _, g := range gone {
				if tableOf[g.Of] == t {
					reasons[int64(FactID(connection, g.Of, g.ID))] = g.Reason
				}
			}
			rows, err := s.retractListed(ctx, tx, t, reasons, all)
			if err != nil {
				return err
			}
			removed += int64(len(rows))
			if quiet {
				continue
			}
			for _, r := range rows {
				if err := s.events.Append(ctx, tx, events.Event{
					Kind: EventRecordRetracted, SubjectKind: string(kindOf[t]), SubjectID: ref.Fact(r.ID).String(), SubjectLabel: r.label(), Unit: r.UnitID,
					Data: map[string]any{"reason": reasons[r.ID], "record": string(kindOf[t]), "externalId": r.ExternalID, "connection": connection},
				}); err != nil {
					return err
				}
			}
		}
		touched, err = s.announceTouched(ctx, tx, "records that are no longer there", all.applications)
		return err
	})
	if err == nil && removed > 0 && s.onBatch != nil {
		s.onBatch(touched)
	}
	return removed, err
}

// retracted is what is kept of a record that goes.
type retracted struct {
	ID            int64
	ExternalID    string
	Title         string
	Name          string
	ApplicationID ref.App
	UnitID        ref.Unit
	RepositoryID  ref.Fact
	At            time.Time
}

func (r retracted) label() string {
	for _, s := range []string{r.Title, r.Name} {
		if s != "" {
			return s
		}
	}
	return r.ExternalID
}

// retractListed removes the rows of a table with the given ids and returns those that were there.
func (s *Service) retractListed(ctx context.Context, tx db.Tx, t *table, reasons map[int64]string, touched *touches) ([]retracted, error) {
	ids := make([]int64, 0, len(reasons))
	for id := range reasons {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var out []retracted
	for _, chunk := range db.Chunks(ids, 500) {
		var rows []retracted
		q := tx.NewSelect().TableExpr(t.name+" AS f").ColumnExpr("f.id, f.external_id").Where("f.id IN (?)", bun.In(chunk)).OrderExpr("f.id")
		for _, c := range []string{"title", "name", "repository_id", "at"} {
			if slices.Contains(t.columns, c) {
				q = q.ColumnExpr("?", bun.Ident("f."+c))
			}
		}
		if slices.Contains(t.columns, "application_id") {
			q = q.ColumnExpr("f.application_id, app.unit_id").Join("LEFT JOIN v_application AS app ON app.id = f.application_id")
		}
		if t == tIncident {
			q = q.Where("f.version = 1")
		}
		if err := q.Scan(ctx, &rows); err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			continue
		}
		there := make([]int64, len(rows))
		for i, r := range rows {
			there[i] = r.ID
			touched.app(r.ApplicationID, r.At)
			if t == tChangeRequest && r.RepositoryID != 0 {
				if err := touched.code(ctx, tx, []ref.Fact{r.RepositoryID}); err != nil {
					return nil, err
				}
			}
		}
		for _, b := range belongings[t] {
			if _, err := tx.NewDelete().Table(b.of.name).Where("? IN (?)", bun.Ident(b.column), bun.In(there)).Exec(ctx); err != nil {
				return nil, err
			}
		}
		if err := remove(ctx, tx, t, there); err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}
