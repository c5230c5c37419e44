package booking

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// ScheduleView is a saved way to look at the schedule.
type ScheduleView struct {
	bun.BaseModel `bun:"table:schedule_view,alias:sv" json:"-"`

	ID        string          `bun:"id,pk" json:"id"`
	Owner     string          `bun:"owner_id" json:"ownerId"`
	Unit      ref.Unit        `bun:"unit_id,nullzero" json:"unitId,omitempty" doc:"The unit whose people all see the view; absent for the owner alone."`
	Name      string          `bun:"name" json:"name"`
	NameKey   string          `bun:"name_key" json:"-"`
	Query     json.RawMessage `bun:"query,type:jsonb" json:"query" doc:"What the screen keeps: filters, zoom, grouping."`
	Version   int64           `bun:"version" json:"version"`
	CreatedAt time.Time       `bun:"created_at" json:"createdAt"`
	UpdatedAt time.Time       `bun:"updated_at" json:"updatedAt"`
	Mine      bool            `bun:"-" json:"mine"`
}

// NewScheduleView is what SaveView takes.
type NewScheduleView struct {
	Name  string         `json:"name" minLength:"1" maxLength:"120"`
	Unit  ref.Unit       `json:"unitId,omitempty" doc:"Share it with everybody of this unit."`
	Query map[string]any `json:"query"`
}

// ListViews returns the caller's views and those shared with him.
func (s *Service) ListViews(ctx context.Context) (out []ScheduleView, err error) {
	p := authz.From(ctx)
	if p == nil {
		return nil, authz.ErrUnauthenticated
	}
	out = []ScheduleView{}
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q := tx.NewSelect().Model(&out).OrderExpr("sv.name_key, sv.id")
		cond, args := authz.Condition(ctx, PermView, "sv.unit_id")
		if cond == "" {
			cond = "sv.unit_id IS NOT NULL"
		}
		return q.Where("(sv.owner_id = ? OR "+cond+")", append([]any{p.ID()}, args...)...).Scan(ctx)
	})
	for i := range out {
		out[i].Mine, out[i].CreatedAt, out[i].UpdatedAt = out[i].Owner == p.ID(), out[i].CreatedAt.UTC(), out[i].UpdatedAt.UTC()
	}
	return out, err
}

// SaveView keeps a view under its name; id "" makes a new one. Only its owner changes a view.
func (s *Service) SaveView(ctx context.Context, id string, version int64, in NewScheduleView) (v ScheduleView, err error) {
	p := authz.From(ctx)
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		in.Name = strings.TrimSpace(in.Name)
		if in.Name == "" {
			var faults problem.Fields
			faults.Add("body.name", "required", "Give the view a name.")
			return faults.Err("view_invalid", "The view cannot be saved like this.")
		}
		if in.Unit != "" {
			if err := authz.CheckUnit(ctx, tx, PermView, in.Unit); err != nil {
				return bodyFault(err, "body.unitId", "unit", string(in.Unit))
			}
		}
		raw, err := json.Marshal(in.Query)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		v = ScheduleView{ID: id, Owner: p.ID(), Unit: in.Unit, Name: in.Name, NameKey: ref.NameKey(in.Name), Query: raw, Version: 1, CreatedAt: now, UpdatedAt: now, Mine: true}
		if id == "" {
			v.ID = ref.New[string]()
			_, err = tx.NewInsert().Model(&v).Exec(ctx)
		} else {
			err = s.changeView(ctx, tx, &v, version)
		}
		if db.IsUnique(err) {
			return problem.Newf(problem.Conflict, "view_name_taken", "You have a view named %q already.", in.Name)
		}
		if err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, events.Event{Kind: EventViewSaved, SubjectID: v.ID, SubjectLabel: v.Name, Unit: v.Unit})
	})
	return v, err
}

func (s *Service) changeView(ctx context.Context, tx db.Tx, v *ScheduleView, version int64) error {
	old, err := ownView(ctx, tx, v.ID)
	if err != nil {
		return err
	}
	if old.Version != version {
		return httpapi.Stale(old.Version, old)
	}
	v.Version, v.CreatedAt = version+1, old.CreatedAt
	_, err = tx.NewUpdate().Model(v).WherePK().Exec(ctx)
	return err
}

func ownView(ctx context.Context, tx db.Tx, id string) (v ScheduleView, err error) {
	err = tx.NewSelect().Model(&v).Where("sv.id = ? AND sv.owner_id = ?", id, authz.From(ctx).ID()).Scan(ctx)
	if db.IsNoRows(err) {
		err = authz.ErrNotFound
	}
	return v, err
}

// DeleteView deletes one of the caller's views.
func (s *Service) DeleteView(ctx context.Context, id string) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		v, err := ownView(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(&v).WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, events.Event{Kind: EventViewDeleted, SubjectID: v.ID, SubjectLabel: v.Name, Unit: v.Unit})
	})
}

type viewOut struct {
	ETag string `header:"ETag"`
	Body ScheduleView
}

// ViewPath is the part of an address that names a saved view.
type ViewPath struct {
	ID string `path:"id"`
}

func (s *Service) mountViews(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/schedule-views", ID: "list-schedule-views", Tag: tag, Summary: "List your saved views of the schedule, and those shared with you"},
		authz.SignedIn(), func(ctx context.Context, _ *struct{}) (*httpapi.ListOut[ScheduleView], error) {
			list, err := s.ListViews(ctx)
			return &httpapi.ListOut[ScheduleView]{Body: httpapi.Page[ScheduleView]{Items: list}}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/schedule-views", ID: "create-schedule-view", Tag: tag, Summary: "Save a view of the schedule", Status: http.StatusCreated},
		authz.Need(PermView), func(ctx context.Context, in *struct{ Body NewScheduleView }) (*viewOut, error) {
			v, err := s.SaveView(ctx, "", 0, in.Body)
			return &viewOut{httpapi.ETag(v.Version), v}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPut, Path: "/schedule-views/{id}", ID: "change-schedule-view", Tag: tag, Summary: "Change one of your saved views"},
		authz.Need(PermView), func(ctx context.Context, in *struct {
			ViewPath
			httpapi.IfMatch
			Body NewScheduleView
		}) (*viewOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			v, err := s.SaveView(ctx, in.ID, version, in.Body)
			return &viewOut{httpapi.ETag(v.Version), v}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/schedule-views/{id}", ID: "delete-schedule-view", Tag: tag, Summary: "Delete one of your saved views", Status: http.StatusNoContent},
		authz.Need(PermView), func(ctx context.Context, in *ViewPath) (*struct{}, error) { return nil, s.DeleteView(ctx, in.ID) })
}
