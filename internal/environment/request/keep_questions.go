package request

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

// QuestionKind says how a question is answered.
type QuestionKind string

// How questions are answered.
const (
	YesNo    QuestionKind = "yes_no"
	FreeText QuestionKind = "text"
)

// Question is asked on booking requests for environments of a usage, of an application, of both, or for all.
type Question struct {
	bun.BaseModel `bun:"table:booking_request_question,alias:q" json:"-"`

	ID          string       `bun:"id,pk" json:"id"`
	Text        string       `bun:"text" json:"text"`
	Kind        QuestionKind `bun:"kind" json:"kind" enum:"yes_no,text"`
	Usage       ref.Lookup   `bun:"usage_id,nullzero" json:"usageId,omitempty" doc:"Asked for environments of this usage only."`
	Application ref.App      `bun:"application_id,nullzero" json:"applicationId,omitempty" doc:"Asked for environments of this application only."`
	Required    bool         `bun:"required" json:"required" doc:"Whether a request needs an answer before it is submitted."`
	Position    int64        `bun:"position" json:"order"`
	Active      bool         `bun:"active" json:"-"`
	Version     int64        `bun:"version" json:"version"`
	CreatedAt   time.Time    `bun:"created_at" json:"createdAt"`
	UpdatedAt   time.Time    `bun:"updated_at" json:"updatedAt"`
}

// NewQuestion is what CreateQuestion takes.
type NewQuestion struct {
	Text        string       `json:"text" minLength:"1" maxLength:"500"`
	Kind        QuestionKind `json:"kind,omitempty" enum:"yes_no,text" doc:"yes_no when left out."`
	Usage       string       `json:"usage,omitempty" maxLength:"200" doc:"The id or name of a usage."`
	Application string       `json:"application,omitempty" maxLength:"200" doc:"The id, key or name of an application."`
	Required    bool         `json:"required,omitempty"`
}

// QuestionChange is what ChangeQuestion takes; members that were not sent stay as they are, null clears.
type QuestionChange struct {
	Text        httpapi.Optional[string] `json:"text,omitzero"`
	Usage       httpapi.Optional[string] `json:"usage,omitzero"`
	Application httpapi.Optional[string] `json:"application,omitzero"`
	Required    httpapi.Optional[bool]   `json:"required,omitzero"`
	Order       httpapi.Optional[int64]  `json:"order,omitzero"`
}

func loadQuestions(ctx context.Context, tx db.Tx) ([]Question, error) {
	list := []Question{}
	err := tx.NewSelect().Model(&list).Where("q.active").OrderExpr("q.position, q.id").Scan(ctx)
	for i := range list {
		list[i].CreatedAt, list[i].UpdatedAt = list[i].CreatedAt.UTC(), list[i].UpdatedAt.UTC()
	}
	return list, err
}

// Questions returns the questions in their order.
func (s *Service) Questions(ctx context.Context) (list []Question, err error) {
	list = []Question{}
	if p := authz.From(ctx); p == nil || !p.CanSomewhere(PermView) {
		return list, nil
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		list, err = loadQuestions(ctx, tx)
		return err
	})
	return list, err
}

// CreateQuestion adds a question at the end of the list.
func (s *Service) CreateQuestion(ctx context.Context, in NewQuestion) (Question, error) {
	now := s.Clock.Now()
	q := Question{ID: ref.New[string](), Kind: in.Kind, Active: true, Version: 1, CreatedAt: now, UpdatedAt: now}
	if q.Kind == "" {
		q.Kind = YesNo
	}
	err := s.editSlot(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if q.Position, err = nextPosition(ctx, tx, "booking_request_question"); err != nil {
			return err
		}
		change := QuestionChange{Text: httpapi.Some(in.Text), Usage: httpapi.Some(in.Usage), Application: httpapi.Some(in.Application), Required: httpapi.Some(in.Required)}
		if err := s.applyQuestion(ctx, tx, &q, change); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&q).Exec(ctx); err != nil {
			return err
		}
		return s.sayOf(ctx, tx, EventQuestionSaved, q.ID, shorten(q.Text), events.Diff(nil, q, "id", "version", "createdAt", "updatedAt"))
	})
	return q, err
}

// ChangeQuestion edits a question that the caller read in the given version. Answers that were given stay.
func (s *Service) ChangeQuestion(ctx context.Context, id string, version int64, in QuestionChange) (q Question, err error) {
	err = s.editSlot(ctx, func(ctx context.Context, tx db.Tx) error {
		if q, err = questionToEdit(ctx, tx, id, version); err != nil {
			return err
		}
		before := q
		if err := s.applyQuestion(ctx, tx, &q, in); err != nil {
			return err
		}
		diff := events.Diff(before, q)
		if len(diff) == 0 {
			return nil
		}
		q.Version, q.UpdatedAt = q.Version+1, s.Clock.Now()
		if _, err := tx.NewUpdate().Model(&q).WherePK().ExcludeColumn("created_at").Exec(ctx); err != nil {
			return err
		}
		return s.sayOf(ctx, tx, EventQuestionSaved, q.ID, shorten(q.Text), diff)
	})
	return q, err
}

// DeleteQuestion stops asking; answers that were given stay with their requests.
func (s *Service) DeleteQuestion(ctx context.Context, id string, version int64) error {
	return s.editSlot(ctx, func(ctx context.Context, tx db.Tx) error {
		q, err := questionToEdit(ctx, tx, id, version)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE booking_request_question SET active = FALSE, version = version + 1 WHERE id = ?`, q.ID); err != nil {
			return err
		}
		return s.sayOf(ctx, tx, EventQuestionDeleted, q.ID, shorten(q.Text), events.Diff(q, nil, "id", "version", "createdAt", "updatedAt"))
	})
}

func questionToEdit(ctx context.Context, tx db.Tx, id string, version int64) (Question, error) {
	var q Question
	if _, err := tx.ExecContext(ctx, `UPDATE booking_request_question SET version = version WHERE id = ?`, id); err != nil {
		return q, err
	}
	err := tx.NewSelect().Model(&q).Where("q.id = ? AND q.active", id).Scan(ctx)
	if db.IsNoRows(err) {
		return q, authz.ErrNotFound
	}
	if err == nil && q.Version != version {
		err = httpapi.Stale(q.Version, q)
	}
	return q, err
}

func (s *Service) applyQuestion(ctx context.Context, tx db.Tx, q *Question, in QuestionChange) error {
	set(&q.Text, in.Text)
	set(&q.Required, in.Required)
	set(&q.Position, in.Order)
	q.Text = line(q.Text)
	if in.Usage.Set {
		q.Usage = ""
		if in.Usage.Value != "" {
			v, err := s.Fields.Lookups.Resolve(ctx, tx, environment.UsageList, in.Usage.Value, "body.usage")
			if err != nil {
				return err
			}
			q.Usage = v.ID
		}
	}
	if in.Application.Set {
		q.Application = ""
		if in.Application.Value != "" {
			err := tx.NewSelect().Table("v_application_name").Column("application_id").Where("name_key IN (?, ?)", in.Application.Value, ref.NameKey(in.Application.Value)).
				OrderExpr("precedence, application_id").Limit(1).Scan(ctx, &q.Application)
			if db.IsNoRows(err) {
				return fault("body.application", "application_unknown", "There is no such application.")
			}
			if err != nil {
				return err
			}
		}
	}
	var faults problem.Fields
	CheckText(&faults, "body.text", q.Text, true, 500)
	return faults.Err("question_invalid", "The question cannot be kept like this.")
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return s
}
