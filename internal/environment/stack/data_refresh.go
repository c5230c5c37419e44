package stack

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// DataRefresh is one time at which the data of an environment was brought up to date.
type DataRefresh struct {
	bun.BaseModel `bun:"table:environment_data_refresh,alias:r" json:"-"`

	ID          int64                 `bun:"id,pk" json:"-"`
	Environment ref.Environment       `bun:"environment_id" json:"-"`
	At          time.Time             `bun:"at" json:"at"`
	DataClass   environment.DataClass `bun:"data_class" json:"dataClass,omitempty" enum:"synthetic,masked,production_copy"`
	Source      string                `bun:"source" json:"source,omitempty"`
	Note        string                `bun:"note" json:"note,omitempty"`
	Actor       string                `bun:"actor" json:"actor,omitempty"`
}

// NewDataRefresh is what RecordDataRefresh takes.
type NewDataRefresh struct {
	At        *time.Time            `json:"at,omitempty" doc:"Now when left out."`
	DataClass environment.DataClass `json:"dataClass,omitempty" enum:"synthetic,masked,production_copy" doc:"The data class of the environment when left out."`
	Source    string                `json:"source,omitempty" maxLength:"200" doc:"Where the data came from."`
	Note      string                `json:"note,omitempty" maxLength:"1000"`
}

// RecordDataRefresh notes that the data of an environment was refreshed. The latest refresh decides about its data class.
func (s *Service) RecordDataRefresh(ctx context.Context, keyOrID string, in NewDataRefresh) (DataRefresh, error) {
	var out DataRefresh
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := s.environments.May(ctx, tx, environment.PermManageStack, keyOrID)
		if err != nil {
			return err
		}
		if err := s.environments.Touch(ctx, tx, e.ID); err != nil {
			return err
		}
		out = DataRefresh{At: s.clock.Now(), DataClass: in.DataClass, Source: line(in.Source), Note: in.Note}
		if in.At != nil {
			out.At = in.At.UTC().Truncate(time.Microsecond)
		}
		if out.DataClass == "" {
			out.DataClass = e.DataClass
		}
		var faults problem.Fields
		if out.At.After(s.clock.Now().Add(5 * time.Minute)) {
			faults.Add("body.at", "time_in_future", "A refresh is recorded once it happened.")
		}
		if out.At.Year() < 1970 {
			faults.Add("body.at", "time_invalid", "The year is 1970 or later.")
		}
		if !environment.KnownDataClass(out.DataClass) {
			faults.Add("body.dataClass", "data_class_unknown", "A data class is synthetic, masked or production_copy.")
		}
		if err := faults.Err("data_refresh_invalid", "The refresh cannot be recorded like this."); err != nil {
			return err
		}
		if err := s.insertRefresh(ctx, tx, e, out); err != nil {
			return err
		}
		changes := map[string]events.Change{}
		if e.DataRefreshedAt == nil || out.At.After(*e.DataRefreshedAt) {
			changes = events.Diff(dataShown{e.DataClass, e.DataRefreshedAt}, dataShown{out.DataClass, &out.At})
			_, err := tx.ExecContext(ctx, `UPDATE environment SET data_class = ?, data_refreshed_at = ?, version = version + 1, updated_at = ? WHERE id = ?`,
				out.DataClass, out.At, s.clock.Now(), e.ID)
			if err != nil {
				return err
			}
		}
		return s.environments.Tell(ctx, tx, environment.DataRefreshed, e, changes, map[string]any{"at": out.At, "dataClass": out.DataClass, "source": out.Source})
	})
	return out, err
}

// dataShown are the fields of an environment that a refresh changes, for history.
type dataShown struct {
	DataClass   environment.DataClass `json:"dataClass,omitempty"`
	RefreshedAt *time.Time            `json:"dataRefreshedAt,omitempty"`
}

func (s *Service) insertRefresh(ctx context.Context, tx db.Tx, e environment.Environment, r DataRefresh) error {
	r.ID, r.Environment = int64(s.facts.Next()), e.ID
	if p := authz.From(ctx); p != nil {
		r.Actor = p.Name
	}
	_, err := tx.NewInsert().Model(&r).Exec(ctx)
	return err
}

// DataRefreshes returns a page of the refreshes of an environment, the latest first.
func (s *Service) DataRefreshes(ctx context.Context, keyOrID, cursor string, limit int) (httpapi.Page[DataRefresh], error) {
	var page httpapi.Page[DataRefresh]
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := s.environments.May(ctx, tx, environment.PermView, keyOrID)
		if err != nil {
			return err
		}
		list := []DataRefresh{}
		q := tx.NewSelect().Model(&list).Where("r.environment_id = ?", e.ID).OrderExpr("r.at DESC, r.id DESC").Limit(int64(limit) + 1)
		var at time.Time
		var id int64
		if more, err := httpapi.DecodeCursor(cursor, &at, &id); err != nil {
			return err
		} else if more {
			q = q.Where("(r.at, r.id) < (?, ?)", at.UTC(), id)
		}
		if err := q.Scan(ctx); err != nil {
			return err
		}
		for i := range list {
			list[i].At = list[i].At.UTC()
		}
		page = httpapi.NewPage(list, limit, func(r DataRefresh) []any { return []any{r.At, r.ID} })
		return nil
	})
	return page, err
}
